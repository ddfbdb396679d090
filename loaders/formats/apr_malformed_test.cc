#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/formats/apr.h"
#include "loaders/formats/apr_index.h"
#include "loaders/formats/apr_layout.h"
#include "loaders/loader.h"
#include "loaders/sources/mmap.h"
#include "loaders/test_files.h"
#include "zlib.h"

namespace falsify::loaders {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

/// The file of aprender's own test: two F32 tensors, laid out by hand.
struct Parts {
  std::string metadata = R"({"model_type":"test"})";
  struct Entry {
    std::string name;
    std::uint8_t dtype;
    std::vector<std::uint64_t> dims;
    std::uint64_t offset;
    std::uint64_t size;
  };
  std::vector<Entry> entries = {{"bias", 0, {1}, 0, 4}, {"weights", 0, {8}, 64, 32}};
  std::string data = std::string(128, '\1');
  std::uint32_t count = 2;
  std::string index;  ///< instead of the entries'
};

template <class T>
void Append(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
void Store(std::string& text, std::size_t at, T value) {
  std::memcpy(text.data() + at, &value, sizeof(value));
}
void Pad(std::string& text) { text.resize((text.size() + 63) / 64 * 64, '\0'); }

/// Makes the header's checksum right again.
void Seal(std::string& file) {
  Store(file, kAprChecksumAt, AprHeaderChecksum(std::as_bytes(std::span(file))));
}

std::string Build(const Parts& parts) {
  std::string index = parts.index;
  for (const Parts::Entry& entry : parts.entries) {
    if (!parts.index.empty()) break;
    Append(index, static_cast<std::uint16_t>(entry.name.size()));
    index += entry.name;
    Append(index, entry.dtype);
    Append(index, static_cast<std::uint8_t>(entry.dims.size()));
    for (const std::uint64_t dim : entry.dims) Append(index, dim);
    Append(index, entry.offset);
    Append(index, entry.size);
  }
  std::string metadata = parts.metadata;
  Pad(metadata);
  Pad(index);
  std::string file(64, '\0');
  std::memcpy(file.data(), "APR\0\2\0", 6);
  Store(file, 6, std::uint16_t{0x0400});
  Store(file, 8, parts.count);
  Store(file, 12, std::uint64_t{64});
  Store(file, 20, static_cast<std::uint32_t>(parts.metadata.size()));
  Store(file, 24, std::uint64_t{64 + metadata.size()});
  Store(file, 32, std::uint64_t{64 + metadata.size() + index.size()});
  Seal(file);
  return file + metadata + index + parts.data;
}

std::string WithFooter(std::string file) {
  Append(file, static_cast<std::uint32_t>(
                   crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size())));
  return file;
}

std::string With(const std::function<void(Parts&)>& change) {
  Parts parts;
  change(parts);
  return Build(parts);
}

std::string Patched(const std::function<void(std::string&)>& change) {
  std::string file = Build({});
  change(file);
  Seal(file);
  return file;
}

struct Malformed {
  const char* name;
  std::string bytes;
  std::string line;  ///< "FILE" stands for the path
};

std::vector<Malformed> AllMalformed() {
  const std::string whole = Build({});
  return {
      {"Short", whole.substr(0, 63), "FILE: 63 B, expected at least 64 B [APR_TOO_SHORT]"},
      {"Magic", "APX" + whole.substr(3),
       "FILE: does not begin with \"APR\" and a zero byte [APR_MAGIC]"},
      {"V1", "APR1" + whole.substr(4),
       "FILE: begins with \"APR1\", another format of the same name, expected version 2 "
       "[APR_DIALECT]"},
      {"V1N", "APRN" + whole.substr(4),
       "FILE: begins with \"APRN\", another format of the same name, expected version 2 "
       "[APR_DIALECT]"},
      {"Flags", Patched([](std::string& f) { Store(f, 6, std::uint16_t{0x0800}); }),
       "FILE: its matrices are column-major, expected row-major [APR_LAYOUT]"},
      {"Lz4", Patched([](std::string& f) { Store(f, 6, std::uint16_t{0x0401}); }),
       "FILE: is compressed (LZ4); unpack it first: compressed weights cannot be used in place "
       "[APR_COMPRESSED]"},
      {"Zstd", Patched([](std::string& f) { Store(f, 6, std::uint16_t{0x0402}); }),
       "FILE: is compressed (ZSTD); unpack it first: compressed weights cannot be used in place "
       "[APR_COMPRESSED]"},
      {"Encrypted", Patched([](std::string& f) { Store(f, 6, std::uint16_t{0x0404}); }),
       "FILE: is encrypted [APR_ENCRYPTED]"},
      {"Version", Patched([](std::string& f) { f[4] = 3; }),
       "FILE: version 3, expected 2 [APR_VERSION]"},
      {"MetadataInHeader", Patched([](std::string& f) { Store(f, 12, std::uint64_t{63}); }),
       "FILE: metadata of 21 B at 63 in a file of 384 B [APR_METADATA_BOUNDS]"},
      {"MetadataWraps", Patched([](std::string& f) { Store(f, 12, kMost - 7); }),
       "FILE: metadata of 21 B at 18446744073709551608 in a file of 384 B [APR_METADATA_BOUNDS]"},
      {"MetadataEmpty", With([](Parts& p) { p.metadata = ""; }),
       "FILE @ 0x40: is not a JSON object: Empty: no JSON found [APR_METADATA]"},
      {"MetadataArray", With([](Parts& p) { p.metadata = "[]"; }),
       "FILE @ 0x40: is not a JSON object: The JSON element does not have the requested type. "
       "[APR_METADATA]"},
      {"IndexPastTheEnd", Patched([](std::string& f) { Store(f, 32, std::uint64_t{4096}); }),
       "FILE: index at 128 and data at 4096, expected them after the metadata's end at 85 and "
       "within 384 B [APR_INDEX_BOUNDS]"},
      {"DataBeforeIndex", Patched([](std::string& f) { Store(f, 32, std::uint64_t{64}); }),
       "FILE: index at 128 and data at 64, expected them after the metadata's end at 85 and within "
       "384 B [APR_INDEX_BOUNDS]"},
      {"DataUnaligned", Patched([](std::string& f) { Store(f, 32, std::uint64_t{200}); }),
       "FILE: the data begins at 200, expected a multiple of 64 [APR_ALIGN]"},
      {"CountMost", With([](Parts& p) { p.count = ~0U; }),
       "FILE: 4294967295 entries do not fit an index of 128 B [APR_INDEX]"},
      {"CountLarger", With([](Parts& p) { p.count = 3; }),
       "FILE: entry 3 has a name of 0 B, expected 1 to 256 B [APR_NAME]"},
      {"CountSmaller", With([](Parts& p) { p.count = 1; }),
       "FILE: bytes after the last entry are not zero [APR_INDEX]"},
      {"EntryCut", With([](Parts& p) {
         p.count = 1;
         p.index = std::string(
                       "\x04\x00"
                       "bias\x00\x08",
                       8) +
                   std::string(56, '\0');
       }),
       "FILE: the index ends inside entry 1 of 1 [APR_INDEX]"},
      {"JsonIndex", With([](Parts& p) { p.index = R"([{"name":"bias"},{"name":"weights"}])"; }),
       "FILE: the index is JSON text, expected binary entries [APR_JSON_INDEX]"},
      {"NameLong", With([](Parts& p) { p.entries[1].name = std::string(257, 'w'); }),
       "FILE: entry 2 has a name of 257 B, expected 1 to 256 B [APR_NAME]"},
      {"NameUtf8", With([](Parts& p) { p.entries[1].name = "w\xff"; }),
       "FILE: tensor \"w\\xff\": the name is not valid UTF-8 [APR_NAME]"},
      {"Unsorted", With([](Parts& p) { p.entries[1].name = "a"; }),
       "FILE: tensor \"a\": comes after \"bias\", expected names in ascending order, each once "
       "[APR_ORDER]"},
      {"Twice", With([](Parts& p) { p.entries[1].name = "bias"; }),
       "FILE: tensor \"bias\": comes after \"bias\", expected names in ascending order, each once "
       "[APR_ORDER]"},
      {"Dtype", With([](Parts& p) { p.entries[1].dtype = 99; }),
       "FILE: tensor \"weights\": dtype 99 is unknown [APR_DTYPE]"},
      {"Dtype2", With([](Parts& p) { p.entries[1].dtype = 2; }),
       "FILE: tensor \"weights\": dtype 2 is unknown [APR_DTYPE]"},
      {"Ndim", With([](Parts& p) { p.entries[1].dims.assign(9, 1); }),
       "FILE: tensor \"weights\": has 9 dims, expected at most 8 [APR_NDIM]"},
      {"Overflow", With([](Parts& p) {
         p.entries[1].dims = {kMost, 2};
       }),
       "FILE: tensor \"weights\": its dims have more than 2^64 - 1 elements [APR_OVERFLOW]"},
      {"Size", With([](Parts& p) { p.entries[1].size = 36; }),
       "FILE: tensor \"weights\": 36 B do not hold 8 elements of dtype 0 [APR_SIZE]"},
      {"Extent", With([](Parts& p) { p.entries[1].offset = 128; }),
       "FILE: tensor \"weights\": 32 B at offset 128 of the data, the file ends at 384 "
       "[APR_EXTENT]"},
      {"ExtentWraps", With([](Parts& p) { p.entries[1].offset = kMost - 63; }),
       "FILE: tensor \"weights\": 32 B at offset 18446744073709551552 of the data, the file ends "
       "at "
       "384 [APR_EXTENT]"},
      {"Overlap", With([](Parts& p) { p.entries[1].offset = 0; }),
       "FILE: tensor \"weights\": overlaps another tensor [APR_OVERLAP]"},
      {"Unaligned", With([](Parts& p) { p.entries[1].offset = 72; }),
       "FILE: tensor \"weights\": lies at offset 72, expected a multiple of 64 [APR_ALIGN]"},
      {"Length", whole + "x",
       "FILE: the file has 385 B, expected 384 B, or 388 B with its footer [APR_LENGTH]"},
  };
}

class AprMalformed : public testing::TestWithParam<Malformed> {};

TEST_P(AprMalformed, IsRefusedWithItsOwnCodeAndPlace) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("m.apr", GetParam().bytes);
  const auto source = OpenMmap(path, {});
  ASSERT_TRUE(source);
  const auto header = ParseApr(**source);
  ASSERT_FALSE(header);
  std::string line = header.error().Line();
  ASSERT_EQ(line.find(path), 0U) << line;
  EXPECT_EQ("FILE" + line.substr(path.size()), GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(Rule, AprMalformed, testing::ValuesIn(AllMalformed()),
                         [](const auto& test) { return std::string(test.param.name); });

class Apr : public testing::Test {
 protected:
  Result<std::unique_ptr<Header>> Parse(const std::string& bytes) {
    source_ = *OpenMmap(directory_.Write("m.apr", bytes), {});
    return ParseApr(*source_);
  }
  TemporaryDirectory directory_;
  std::unique_ptr<Source> source_;
};

TEST_F(Apr, TheFileTheRulesAreBrokenInIsGoodWithAndWithoutFooter) {
  for (const std::string& file : {Build({}), WithFooter(Build({}))}) {
    const auto header = Parse(file);
    ASSERT_TRUE(header) << header.error().Line();
    EXPECT_TRUE((*header)->findings().empty());
    EXPECT_EQ((*header)->Find("weights")->range, (ByteRange{320, 32}));
    EXPECT_TRUE(VerifyApr(*source_, **header));
  }
}

TEST_F(Apr, AnyByteOfTheHeaderIsUnderItsChecksum) {
  for (const std::size_t at : {5U, 8U, 20U, 41U, 63U}) {
    std::string file = Build({});
    file[at] = static_cast<char>(file[at] ^ 1);
    const auto header = Parse(file);
    ASSERT_FALSE(header) << at;
    EXPECT_EQ(header.error().code, "APR_CHECKSUM") << at;
  }
}

TEST_F(Apr, TheFooterIsCheckedOnRequestOnly) {
  std::string file = WithFooter(Build({}));
  EXPECT_EQ(crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size()), 0x2144DF1CU);
  file[324] = static_cast<char>(file[324] ^ 1);
  const auto header = Parse(file);
  ASSERT_TRUE(header);
  const Result<void> verified = VerifyApr(*source_, **header);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, "APR_FOOTER");
}

TEST_F(Apr, TellsDtypesApartByTheirSizeAndSaysSo) {
  const auto dtype_of = [&](std::uint8_t id, std::vector<std::uint64_t> dims, std::uint64_t size) {
    const auto header = Parse(With([&](Parts& p) {
      p.entries = {{"t", id, dims, 0, size}};
      p.count = 1;
      p.data = std::string((size + 63) / 64 * 64, '\0');
    }));
    if (!header) return header.error().code;
    const std::string name(Traits((*header)->tensors().front().dtype).name);
    return name + ((*header)->findings().empty() ? "" : "?");
  };
  EXPECT_EQ(dtype_of(2, {32}, 64), "BF16?");
  EXPECT_EQ(dtype_of(2, {32}, 18), "Q4_0?");
  EXPECT_EQ(dtype_of(3, {32}, 256), "F64");
  EXPECT_EQ(dtype_of(3, {32}, 20), "Q4_1?");
  EXPECT_EQ(dtype_of(6, {32}, 32), "I8");
  EXPECT_EQ(dtype_of(6, {32}, 22), "Q5_0?");
  EXPECT_EQ(dtype_of(8, {64}, 36), "AprQ4?");
  EXPECT_EQ(dtype_of(8, {64}, 68), "Q8_0?");
  EXPECT_EQ(dtype_of(9, {64}, 68), "AprQ8?");
  EXPECT_EQ(dtype_of(12, {2, 256}, 288), "Q4_K");
  EXPECT_EQ(dtype_of(12, {2, 128}, 288), "Q4_K?");
  EXPECT_EQ(dtype_of(30, {32}, 64), "BF16");
  EXPECT_EQ(dtype_of(128, {33}, 36), "AprQ4");
  EXPECT_EQ(dtype_of(129, {33}, 37), "AprQ8");
  EXPECT_EQ(dtype_of(10, {256}, 84), "APR_DTYPE");
}

// 128 of 256 elements of each row count; decoded flat, the second row would be the first's padding.
TEST_F(Apr, PaddedRowsAreNotWidenedAsIfTheyWereNot) {
  const std::string path = directory_.Write("m.apr", With([](Parts& p) {
                                              p.entries = {{"t", 12, {2, 128}, 0, 288}};
                                              p.count = 1;
                                              p.data = std::string(320, '\0');
                                            }));
  for (const char* loader : {"stream-f32", "read-copy-f32"}) {
    const auto model = Load(path, {loader, {}}, 1, {});
    ASSERT_FALSE(model) << loader;
    EXPECT_EQ(model.error().Line(),
              path +
                  ": tensor \"t\": Q4_K with padded rows cannot be widened to F32; the loaders "
                  "read and mmap take any dtype [LOADER_DTYPE]");
  }
  EXPECT_TRUE(Load(path, {"mmap", {}}, 1, {}));
}

}  // namespace
}  // namespace falsify::loaders
