// Spoiled GGUF and APR files by the ten thousand: none may crash the reader, nor make it read or
// allocate beyond the file, and what it accepts lies inside. The corpus of named faults is
// fixtures/malformed.h; this is for those that nobody thought of.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "loaders/bytes.h"
#include "loaders/formats/apr.h"
#include "loaders/formats/apr_bytes.h"
#include "loaders/formats/fuzz_source.h"
#include "loaders/formats/gguf.h"
#include "loaders/formats/gguf_bytes.h"

namespace falsify::loaders {
namespace {

constexpr std::uint32_t kArray = 9;
constexpr std::uint32_t kString = 8;
constexpr std::uint32_t kU32 = 4;
constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ8_0 = 8;

std::string GgufFile() {
  GgufBytes bytes = GgufBytes::Head(3, 4);
  bytes.KeyText("general.architecture", "llama").KeyU32("general.alignment", 64);
  bytes.Text("tokenizer.ggml.tokens").Add(kArray).Add(kString).Add(std::uint64_t{3});
  bytes.Text("a").Text("").Text("longer");
  bytes.Text("numbers").Add(kArray).Add(kU32).Add(std::uint64_t{2}).Add(kU32).Add(kU32);
  bytes.Tensor("a.weight", {4, 2}, kF32, 0)
      .Tensor("b", {32}, kQ8_0, 64)
      .Tensor("c", {0}, kF32, 128);
  return bytes.PadTo(64).Zeros(128).text();
}

struct Kind {
  const char* name;
  std::string prefix;  ///< of its codes
  std::string whole;
  std::size_t header;  ///< bytes of the file that its reader reads
  Result<std::unique_ptr<Header>> (*parse)(Source&);
  std::function<void(std::string&)> mend;  ///< makes a checksum right again, so that rules behind
                                           ///< it are reached
};

std::vector<Kind> Kinds() {
  const std::string gguf = GgufFile();
  const std::string apr = AprWithFooter(AprBuild({}));
  return {{"gguf", "GGUF_", gguf, gguf.size() - 128, &ParseGguf, [](std::string&) {}},
          {"apr", "APR_", apr, apr.size() - 132, &ParseApr, [](std::string& file) {
             if (file.size() >= kAprHeaderBytes) AprSeal(file);
           }}};
}

class Mutations : public testing::TestWithParam<Kind> {};

/// "accepted", or the code of the error.
std::string OutcomeOf(const Kind& kind, const std::string& bytes) {
  FuzzSource source(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const Result<std::unique_ptr<Header>> header = kind.parse(source);
  if (!header) return header.error().code;
  for (const TensorInfo& tensor : (*header)->tensors()) {
    const auto end = CheckedAdd(tensor.range.offset, tensor.range.size);
    EXPECT_TRUE(end && *end <= bytes.size()) << "a tensor lies outside of the file";
    EXPECT_EQ((*header)->Find(tensor.name), &tensor);
  }
  return "accepted";
}

TEST_P(Mutations, StartFromAGoodFile) {
  EXPECT_EQ(OutcomeOf(GetParam(), GetParam().whole), "accepted");
}

TEST_P(Mutations, EveryTruncationIsRefused) {
  const Kind& kind = GetParam();
  for (std::size_t size = 0; size < kind.whole.size() - 132; ++size) {
    std::string cut = kind.whole.substr(0, size);
    kind.mend(cut);
    const std::string code = OutcomeOf(kind, cut);
    EXPECT_TRUE(code.starts_with(kind.prefix)) << code << " at " << size << " B";
  }
}

TEST_P(Mutations, NoFewChangesOfItsHeaderDoHarm) {
  const Kind& kind = GetParam();
  std::mt19937 random(11);
  const auto below = [&](std::size_t end) { return random() % end; };
  // Values at which sums and products wrap.
  constexpr std::uint64_t kTelling[] = {0,
                                        1,
                                        0x7F,
                                        0xFF,
                                        0xFFFF,
                                        0x7FFFFFFF,
                                        0xFFFFFFFF,
                                        0x7FFFFFFFFFFFFFFF,
                                        0xFFFFFFFFFFFFFFFF,
                                        0x2000000000000000,
                                        0xFFFFFFFFFFFFFFC0};
  std::set<std::string> codes;
  for (int round = 0; round < 30000; ++round) {
    std::string spoilt = kind.whole;
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(kind.header);
      if (below(2) == 0) {
        spoilt[at] = static_cast<char>(random());
        continue;
      }
      const std::uint64_t value = kTelling[below(std::size(kTelling))];
      const std::size_t width = std::size_t{1} << below(4);
      std::memcpy(spoilt.data() + std::min(at, kind.header - width), &value, width);
    }
    kind.mend(spoilt);
    const std::string code = OutcomeOf(kind, spoilt);
    ASSERT_TRUE(code == "accepted" || code.starts_with(kind.prefix)) << code;
    codes.insert(code);
  }
  EXPECT_GT(codes.size(), 8U) << "the changes are too coarse to reach the later rules";
  EXPECT_TRUE(codes.contains("accepted"));
}

std::string NameOf(const testing::TestParamInfo<Kind>& one) { return one.param.name; }

INSTANTIATE_TEST_SUITE_P(Format, Mutations, testing::ValuesIn(Kinds()), NameOf);

}  // namespace
}  // namespace falsify::loaders
