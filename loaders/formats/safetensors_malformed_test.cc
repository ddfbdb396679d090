// One case or more for each class of malformed SafeTensors file that the format's rules name, each
// with the whole message a user reads.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/formats/safetensors.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

struct Malformed {
  std::string name;
  std::string bytes;    // the whole file
  std::string message;  // PATH stands for the file's path
};

std::string Prefix(std::uint64_t header_bytes) {
  return {reinterpret_cast<const char*>(&header_bytes), sizeof(header_bytes)};
}

/// A file with one tensor "t" whose entry is `info`.
std::string One(const std::string& info, std::size_t data_bytes) {
  return SafetensorsBytes("{\"t\":" + info + "}", std::string(data_bytes, 'x'));
}

/// A file with one tensor "t".
std::string Tensor(const std::string& dtype, const std::string& shape, const std::string& offsets,
                   std::size_t data_bytes) {
  return One(
      "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}",
      data_bytes);
}

/// A file with the U8 tensors "a" and "b".
std::string Two(const std::string& a, const std::string& b, std::size_t data_bytes) {
  return SafetensorsBytes("{\"a\":{\"dtype\":\"U8\"," + a + "},\"b\":{\"dtype\":\"U8\"," + b + "}}",
                          std::string(data_bytes, 'x'));
}

const std::string kGood = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";

std::vector<Malformed> TooSmallOrTooLong() {
  return {
      {"R01_Empty", "",
       "PATH: 0 B, expected at least 8 B; is the download complete? [ST_TOO_SMALL]"},
      {"R01_OneByte", "x",
       "PATH: 1 B, expected at least 8 B; is the download complete? [ST_TOO_SMALL]"},
      {"R01_SevenBytes", "1234567",
       "PATH: 7 B, expected at least 8 B; is the download complete? [ST_TOO_SMALL]"},
      {"R02_NoHeader", Prefix(0), "PATH: the header is empty, expected `{` [ST_JSON]"},
      {"R02_Blanks", SafetensorsBytes(" \n\t\r    "),
       "PATH: the header is empty, expected `{` [ST_JSON]"},
      {"R03_JustAboveTheCap", Prefix(100'000'001) + "{}",
       "PATH @ 0x0: header of 100000001 B, expected at most 100000000 B; is this a SafeTensors "
       "file? [ST_HEADER_TOO_LARGE]"},
      {"R03_Most", Prefix(~std::uint64_t{0}) + "{}",
       "PATH @ 0x0: header of 18446744073709551615 B, expected at most 100000000 B; is this a "
       "SafeTensors file? [ST_HEADER_TOO_LARGE]"},
      {"R04_AtTheCapButPastTheEnd", Prefix(100'000'000) + "{}",
       "PATH @ 0x0: header of 100000000 B in a file of 10 B, expected at most 2 B; is the download "
       "complete? [ST_HEADER_LENGTH]"},
      {"R04_OnePastTheEnd", Prefix(3) + "{}",
       "PATH @ 0x0: header of 3 B in a file of 10 B, expected at most 2 B; is the download "
       "complete? [ST_HEADER_LENGTH]"},
  };
}

std::vector<Malformed> NotJson() {
  const std::string cut = "the header is not one JSON object: malformed or cut JSON [ST_JSON]";
  return {
      {"R05_Utf8", SafetensorsBytes("{\"\xFF\":" + kGood + "}", "x"),
       "PATH: the header is not valid UTF-8 [ST_UTF8]"},
      {"R05_Utf8GoesBeforeJson", SafetensorsBytes("{\"\xC3"),
       "PATH: the header is not valid UTF-8 [ST_UTF8]"},
      {"R06_NotJson", SafetensorsBytes("model"),
       "PATH @ 0x8: the header starts with byte 0x6d, expected `{` (0x7b) [ST_JSON]"},
      {"R06_Cut", SafetensorsBytes("{\"t\":" + kGood, "x"), "PATH @ 0x3c: " + cut},
      {"R06_CutInAString", SafetensorsBytes("{\"t"),
       "PATH: the header is not one JSON object: a string is not closed [ST_JSON]"},
      {"R06_ControlCharacterInAString", SafetensorsBytes("{\"\x01\":" + kGood + "}", "x"),
       "PATH: the header is not one JSON object: a string holds a raw control character [ST_JSON]"},
      {"R06_BadEscape", SafetensorsBytes("{\"\\x\":" + kGood + "}", "x"),
       "PATH @ 0xe: the header is not one JSON object: a string holds a bad escape [ST_JSON]"},
      {"R06_LoneSurrogate", SafetensorsBytes("{\"\\udc00\":" + kGood + "}", "x"),
       "PATH @ 0x12: the header is not one JSON object: a string holds a bad escape [ST_JSON]"},
      {"R06_TrailingComma", SafetensorsBytes("{\"t\":" + kGood + ",}", "x"), "PATH @ 0x3d: " + cut},
      {"R06_NoComma", SafetensorsBytes("{\"t\":" + kGood + "\"u\":" + kGood + "}", "x"),
       "PATH @ 0x3c: " + cut},
      {"R06_NoColon", SafetensorsBytes("{\"t\"" + kGood + "}", "x"), "PATH @ 0xc: " + cut},
      {"R06_NanLiteral", Tensor("U8", "[NaN]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[0] is NaN, expected an integer from 0 to 2^64 - 1 [ST_JSON]"},
      {"R06_ByteOrderMark", SafetensorsBytes("\xEF\xBB\xBF{}"),
       "PATH @ 0x8: the header starts with byte 0xef, expected `{` (0x7b) [ST_JSON]"},
      {"R06_NulPadding", SafetensorsBytes(std::string("{}\0\0", 4)), "PATH @ 0x8: " + cut},
      {"R06_SecondValue", SafetensorsBytes("{} {}"),
       "PATH @ 0xb: more follows the header's object [ST_JSON]"},
      {"R06_NotQuoted", SafetensorsBytes("{t:1}"), "PATH @ 0x9: " + cut},
      {"R07_Array", SafetensorsBytes("[1]"),
       "PATH @ 0x8: the header starts with byte 0x5b, expected `{` (0x7b) [ST_JSON]"},
      {"R07_String", SafetensorsBytes("\"a\""),
       "PATH @ 0x8: the header starts with byte 0x22, expected `{` (0x7b) [ST_JSON]"},
      {"R07_Number", SafetensorsBytes("123"),
       "PATH @ 0x8: the header starts with byte 0x31, expected `{` (0x7b) [ST_JSON]"},
      {"R08_NestedTopLevel", SafetensorsBytes(std::string(10000, '[') + std::string(10000, ']')),
       "PATH @ 0x8: the header starts with byte 0x5b, expected `{` (0x7b) [ST_JSON]"},
      {"R08_NestedEntry", One(std::string(10000, '[') + std::string(10000, ']'), 0),
       "PATH: tensor \"t\": is an array, expected an object [ST_JSON]"},
      {"R08_NestedUnknownField",
       One("{\"x\":" + std::string(10000, '[') + std::string(10000, ']') + "}", 0),
       "PATH @ 0x8f: the header is not one JSON object: nested deeper than 127 levels [ST_JSON]"},
      {"R08_NestedObjects",
       One(
           [] {
             std::string nested = "1";
             for (int i = 0; i < 10000; ++i) nested = "{\"x\":" + nested + "}";
             return nested;
           }(),
           0),
       "PATH @ 0x283: the header is not one JSON object: nested deeper than 127 levels [ST_JSON]"},
  };
}

std::vector<Malformed> WrongFields() {
  const std::string number = ", expected an integer from 0 to 2^64 - 1 [ST_JSON]";
  const auto dtype = [](const std::string& got) {
    return "PATH: tensor \"t\": dtype is \"" + got +
           "\", expected one of SafeTensors' own such as BF16, F16, F32 (upper case) [ST_DTYPE]";
  };
  return {
      {"R09_UnknownDtype", Tensor("Q4_0", "[1]", "[0,1]", 1), dtype("Q4_0")},
      {"R09_LowerCaseDtype", Tensor("f32", "[1]", "[0,4]", 4), dtype("f32")},
      {"R09_MixedCaseDtype", Tensor("Bool", "[1]", "[0,1]", 1), dtype("Bool")},
      {"R10_DtypeIsANumber", One(R"({"dtype":1,"shape":[1],"data_offsets":[0,1]})", 1),
       "PATH: tensor \"t\": dtype is a number, expected a string [ST_JSON]"},
      {"R10_NoDtype", One(R"({"shape":[1],"data_offsets":[0,1]})", 1),
       "PATH: tensor \"t\": has no dtype [ST_JSON]"},
      {"R10_NoShape", One(R"({"dtype":"U8","data_offsets":[0,1]})", 1),
       "PATH: tensor \"t\": has no shape [ST_JSON]"},
      {"R10_NoOffsets", One(R"({"dtype":"U8","shape":[1]})", 1),
       "PATH: tensor \"t\": has no data_offsets [ST_JSON]"},
      {"R10_ShapeTwice", One(R"({"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]})", 1),
       "PATH: tensor \"t\": shape is given twice [ST_JSON]"},
      {"R10_ThreeOffsets", Tensor("U8", "[1]", "[0,1,2]", 1),
       "PATH: tensor \"t\": data_offsets holds 3 numbers, expected 2 [ST_JSON]"},
      {"R10_OneOffset", Tensor("U8", "[1]", "[0]", 1),
       "PATH: tensor \"t\": data_offsets holds 1 numbers, expected 2 [ST_JSON]"},
      {"R10_OffsetsAreANumber", Tensor("U8", "[1]", "1", 1),
       "PATH: tensor \"t\": data_offsets is a number, expected an array [ST_JSON]"},
      {"R10_NegativeDim", Tensor("U8", "[1,-1]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[1] is -1" + number},
      {"R10_NegativeZero", Tensor("U8", "[-0]", "[0,0]", 0),
       "PATH: tensor \"t\": shape[0] is -0" + number},
      {"R10_FractionalDim", Tensor("U8", "[1.0]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[0] is 1.0" + number},
      {"R10_ExponentDim", Tensor("U8", "[1e0]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[0] is 1e0" + number},
      {"R10_DimIsAString", Tensor("U8", "[\"1\"]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[0] is \"1\"" + number},
      {"R10_LeadingZero", Tensor("U8", "[01]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[0] is 01" + number},
      {"R10_DimAboveU64", Tensor("U8", "[18446744073709551616]", "[0,1]", 1),
       "PATH: tensor \"t\": shape[0] is 18446744073709551616" + number},
      {"R10_FractionalOffset", Tensor("U8", "[1]", "[0,1.5]", 1),
       "PATH: tensor \"t\": data_offsets[1] is 1.5" + number},
      {"R10_EntryIsANumber", One("1", 0),
       "PATH: tensor \"t\": is a number, expected an object [ST_JSON]"},
      {"R11_MetadataIsAList", SafetensorsBytes(R"({"__metadata__":[]})"),
       "PATH: __metadata__: is an array, expected an object of strings [ST_METADATA]"},
      {"R11_MetadataHoldsANumber", SafetensorsBytes(R"({"__metadata__":{"format":1}})"),
       "PATH: __metadata__: \"format\" is a number, expected a string [ST_METADATA]"},
      {"R11_MetadataTwice", SafetensorsBytes(R"({"__metadata__":{},"__metadata__":{}})"),
       "PATH: __metadata__: is given twice [ST_METADATA]"},
      {"R11_MetadataTwiceInDisguise",
       SafetensorsBytes(R"({"__metadata__":null,"__metadata_\u005f":{}})"),
       "PATH: __metadata__: is given twice [ST_METADATA]"},
      {"R12_DuplicateName", SafetensorsBytes("{\"t\":" + kGood + ",\"t\":" + kGood + "}", "x"),
       "PATH: tensor \"t\": is declared twice, expected unique names [ST_DUPLICATE_KEY]"},
      {"R12_DuplicateNameInDisguise",
       SafetensorsBytes("{\"t\":" + kGood + ",\"\\u0074\":" + kGood + "}", "x"),
       "PATH: tensor \"t\": is declared twice, expected unique names [ST_DUPLICATE_KEY]"},
      {"R12_DuplicateMetadataKey", SafetensorsBytes(R"({"__metadata__":{"k":"1","k":"2"}})"),
       "PATH: __metadata__: holds \"k\" twice, expected unique keys [ST_DUPLICATE_KEY]"},
  };
}

std::vector<Malformed> WrongSizes() {
  const std::string one = R"("shape":[1],"data_offsets":)";
  const std::string four = R"("shape":[4],"data_offsets":)";
  return {
      {"R13_FirstTensorNotAtZero", Tensor("U8", "[1]", "[1,2]", 2),
       "PATH: tensor \"t\": data_offsets are [1, 2], expected to begin at 0: no tensor holds the "
       "bytes between [ST_OFFSET]"},
      {"R13_Hole", Two(one + "[0,1]", one + "[2,3]", 3),
       "PATH: tensor \"b\": data_offsets are [2, 3], expected to begin at 1: no tensor holds the "
       "bytes between [ST_OFFSET]"},
      {"R14_Overlap", Two(four + "[0,4]", four + "[2,6]", 6),
       "PATH: tensor \"b\": data_offsets are [2, 6], expected to begin at 4: they overlap another "
       "tensor [ST_OFFSET]"},
      {"R14_SharedBytes", Two(four + "[0,4]", four + "[0,4]", 4),
       "PATH: tensor \"b\": data_offsets are [0, 4], expected to begin at 4: they overlap another "
       "tensor [ST_OFFSET]"},
      {"R15_EndBeforeBegin", Two(four + "[0,4]", one + "[4,3]", 4),
       "PATH: tensor \"b\": data_offsets are [4, 3], expected to end at or after their begin "
       "[ST_OFFSET]"},
      {"R16_ElementsOverflow", Tensor("U8", "[18446744073709551615,2]", "[0,1]", 1),
       "PATH: tensor \"t\": U8 [18446744073709551615, 2] has more than 2^64 - 1 elements, expected "
       "fewer [ST_OVERFLOW]"},
      {"R16_ElementsOverflowBeforeTheZero", Tensor("U8", "[18446744073709551615,2,0]", "[0,0]", 0),
       "PATH: tensor \"t\": U8 [18446744073709551615, 2, 0] has more than 2^64 - 1 elements, "
       "expected fewer [ST_OVERFLOW]"},
      {"R16_ElementsWrapToASmallNumber", Tensor("U8", "[4294967296,4294967296]", "[0,0]", 0),
       "PATH: tensor \"t\": U8 [4294967296, 4294967296] has more than 2^64 - 1 elements, expected "
       "fewer [ST_OVERFLOW]"},
      {"R16_BitsOverflow", Tensor("F64", "[288230376151711744]", "[0,0]", 0),
       "PATH: tensor \"t\": F64 [288230376151711744] has more than 2^64 - 1 bits, expected fewer "
       "[ST_OVERFLOW]"},
      {"R17_OddF4", Tensor("F4", "[3]", "[0,2]", 2),
       "PATH: tensor \"t\": F4 [3] takes 12 bits, expected a multiple of 8 [ST_MISALIGNED]"},
      {"R17_F6NoMultipleOfFour", Tensor("F6_E2M3", "[3,2]", "[0,5]", 5),
       "PATH: tensor \"t\": F6_E2M3 [3, 2] takes 36 bits, expected a multiple of 8 "
       "[ST_MISALIGNED]"},
      {"R18_RangeTooSmall", Tensor("BF16", "[2,2]", "[0,4]", 4),
       "PATH: tensor \"t\": data_offsets [0, 4] hold 4 B, expected 8 B for BF16 [2, 2] "
       "[ST_SIZE_MISMATCH]"},
      {"R18_RangeTooLarge", Tensor("BF16", "[]", "[0,4]", 4),
       "PATH: tensor \"t\": data_offsets [0, 4] hold 4 B, expected 2 B for BF16 [] "
       "[ST_SIZE_MISMATCH]"},
      {"R18_ManyDims", Tensor("U8", "[1,1,1,1,1,1,1,1,2]", "[0,1]", 1),
       "PATH: tensor \"t\": data_offsets [0, 1] hold 1 B, expected 2 B for U8 [1, 1, 1, 1, 1, 1, "
       "1, 1, ...] [ST_SIZE_MISMATCH]"},
      {"R19_DataCut", Tensor("U8", "[4]", "[0,4]", 3),
       "PATH @ 0x3d: 3 B of data, expected 4 B; is the download complete? [ST_INCOMPLETE]"},
      {"R19_NoData", Tensor("U8", "[4]", "[0,4]", 0),
       "PATH @ 0x3d: 0 B of data, expected 4 B; is the download complete? [ST_INCOMPLETE]"},
      {"R20_Appended", Tensor("U8", "[4]", "[0,4]", 5),
       "PATH @ 0x3d: 5 B of data, expected 4 B; something was appended to the file "
       "[ST_TRAILING]"},
      {"R20_AppendedToNoTensors", SafetensorsBytes("{}", "x"),
       "PATH @ 0xa: 1 B of data, expected 0 B; something was appended to the file [ST_TRAILING]"},
      {"R21_ExactAboveTwoToThe53", Tensor("U8", "[9007199254740993]", "[0,9007199254740993]", 1),
       "PATH @ 0x5b: 1 B of data, expected 9007199254740993 B; is the download complete? "
       "[ST_INCOMPLETE]"},
      {"R21_RoundedWouldMatch", Tensor("U8", "[9007199254740993]", "[0,9007199254740992]", 1),
       "PATH: tensor \"t\": data_offsets [0, 9007199254740992] hold 9007199254740992 B, expected "
       "9007199254740993 B for U8 [9007199254740993] [ST_SIZE_MISMATCH]"},
      {"R21_EndOfTheDataWraps", Tensor("U8", "[2305843009213693951]", "[0,2305843009213693951]", 1),
       "PATH @ 0x61: 1 B of data, expected 2305843009213693951 B; is the download complete? "
       "[ST_INCOMPLETE]"},
      {"FirstFaultInOffsetOrder",
       SafetensorsBytes(R"({"z":{"dtype":"U8","shape":[9],"data_offsets":[1,2]},)"
                        R"("a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}})",
                        "xx"),
       "PATH: tensor \"a\": F4 [1] takes 4 bits, expected a multiple of 8 [ST_MISALIGNED]"},
      {"HostileName", SafetensorsBytes("{\"\\u001b[31m\\n\xE2\x80\xAE\":{\"dtype\":\"x\"}}"),
       "PATH: tensor \"\\x1b[31m\\x0a\\u{202e}\": dtype is \"x\", expected one of SafeTensors' own "
       "such as BF16, F16, F32 (upper case) [ST_DTYPE]"},
      {"EndlessName", SafetensorsBytes("{\"" + std::string(5000, 'n') + "\":1}"),
       "PATH: tensor \"" + std::string(200, 'n') +
           "... (5000 B)\": is a number, expected an object [ST_JSON]"},
  };
}

void ExpectRefusedInOneLine(const std::vector<Malformed>& corpus) {
  const TemporaryDirectory directory;
  for (const Malformed& malformed : corpus) {
    SCOPED_TRACE(malformed.name);
    const std::string path = directory.Write(malformed.name, malformed.bytes);
    Result<std::unique_ptr<Source>> source = OpenMmap(path, {});
    ASSERT_TRUE(source) << source.error().Line();
    const Result<std::unique_ptr<Header>> header = ParseSafetensors(**source);
    if (header) {
      ADD_FAILURE() << "accepted";
      continue;
    }
    std::string message = header.error().Line();
    if (message.starts_with(path)) message.replace(0, path.size(), "PATH");
    EXPECT_EQ(message, malformed.message);
  }
}

TEST(MalformedSafetensors, OfAWrongLengthIsRefusedInOneLine) {
  ExpectRefusedInOneLine(TooSmallOrTooLong());
}

TEST(MalformedSafetensors, ThatIsNoJsonIsRefusedInOneLine) { ExpectRefusedInOneLine(NotJson()); }

TEST(MalformedSafetensors, WithWrongFieldsIsRefusedInOneLine) {
  ExpectRefusedInOneLine(WrongFields());
}

TEST(MalformedSafetensors, WithWrongSizesIsRefusedInOneLine) {
  ExpectRefusedInOneLine(WrongSizes());
}

}  // namespace
}  // namespace falsify::loaders
