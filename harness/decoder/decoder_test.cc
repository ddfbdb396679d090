#include "harness/decoder/decoder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "harness/decoder/made_model.h"
#include "harness/decoder/textbook.h"
#include "harness/decoder/tiny_model.h"

namespace falsify::harness {
namespace {

using loaders::Dtype;

std::vector<float> Logits(const loaders::Model& model, std::span<const std::uint32_t> tokens,
                          unsigned threads = 2) {
  auto decoder = Decoder::Create(model, *model.Config(), threads);
  if (!decoder) {
    ADD_FAILURE() << decoder.error().Line();
    return {};
  }
  auto logits = (*decoder)->Prefill(tokens);
  if (!logits) {
    ADD_FAILURE() << logits.error().Line();
    return {};
  }
  return *logits;
}

std::string DigestOf(const TinyModel& tiny, unsigned tokens = 9, unsigned threads = 2) {
  return LogitsDigest(
      Logits(tiny.model(), PromptTokens(tokens, tiny.config().vocab_size), threads));
}

std::string PrefillError(const TinyModel& tiny, std::span<const std::uint32_t> tokens) {
  auto decoder = Decoder::Create(tiny.model(), tiny.config(), 2);
  const auto logits = (*decoder)->Prefill(tokens);
  return logits ? "no error" : logits.error().Line();
}

// The largest error, relative to the largest logit.
double RelativeError(std::span<const float> got, std::span<const double> expected) {
  double error = 0.0;
  double largest = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(got[i]) - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return error / largest;
}

struct Case {
  loaders::ModelConfig (*config)();
  Dtype dtype;
  Grain grain;
  unsigned tokens;
};

class DecoderAccuracy : public testing::TestWithParam<Case> {};

// Token by token, what a pass over all tokens at once says.
TEST_P(DecoderAccuracy, GoesOnAsIfTheWholeHadBeenThePrompt) {
  const TinyModel tiny(GetParam().config(), GetParam().dtype, GetParam().grain, /*gap=*/1);
  const auto tokens = PromptTokens(GetParam().tokens + 5, tiny.config().vocab_size);
  auto decoder = Decoder::Create(tiny.model(), tiny.config(), 2);
  ASSERT_TRUE(decoder);
  auto logits = (*decoder)->Start(std::span(tokens).first(GetParam().tokens), tokens.size());
  ASSERT_TRUE(logits) << logits.error().Line();
  for (std::size_t i = GetParam().tokens; i < tokens.size(); ++i) {
    logits = (*decoder)->Next(tokens[i]);
    ASSERT_TRUE(logits) << logits.error().Line();
    const auto so_far = std::span(tokens).first(i + 1);
    EXPECT_LT(RelativeError(*logits, TextbookLogits(tiny.config(), tiny.values(), so_far)), 2e-5);
  }
  EXPECT_EQ((*decoder)->Next(0).error().code, "DECODER_ROOM");
}

TEST(Decoder, GoesOnOnlyAfterAStartThatHasRoom) {
  const TinyModel tiny(TinyQwen2(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  auto decoder = Decoder::Create(tiny.model(), tiny.config(), 1);
  ASSERT_TRUE(decoder);
  EXPECT_EQ((*decoder)->Next(0).error().code, "DECODER_ROOM");
  const std::vector<std::uint32_t> prompt = {1, 2, 3};
  EXPECT_EQ((*decoder)->Start(prompt, 2).error().code, "DECODER_ROOM");
  ASSERT_TRUE((*decoder)->Start(prompt, 4));
  EXPECT_TRUE((*decoder)->Next(0));
}

TEST_P(DecoderAccuracy, MatchesTheTextbook) {
  const TinyModel tiny(GetParam().config(), GetParam().dtype, GetParam().grain, /*gap=*/1);
  const auto tokens = PromptTokens(GetParam().tokens, tiny.config().vocab_size);
  const std::vector<double> expected = TextbookLogits(tiny.config(), tiny.values(), tokens);
  const std::vector<float> logits = Logits(tiny.model(), tokens);
  ASSERT_EQ(logits.size(), expected.size());
  EXPECT_LT(RelativeError(logits, expected), 2e-5);
}

INSTANTIATE_TEST_SUITE_P(Models, DecoderAccuracy,
                         testing::Values(Case{TinyQwen2, Dtype::kBF16, Grain::kBf16, 1},
                                         Case{TinyQwen2, Dtype::kBF16, Grain::kBf16, 9},
                                         Case{TinyQwen2, Dtype::kBF16, Grain::kBf16, 70},
                                         Case{TinyQwen2, Dtype::kF16, Grain::kFine, 9},
                                         Case{TinyQwen2, Dtype::kF32, Grain::kFine, 1},
                                         Case{TinyQwen2, Dtype::kF32, Grain::kFine, 33},
                                         Case{TinyLlama, Dtype::kBF16, Grain::kBf16, 2},
                                         Case{TinyLlama, Dtype::kBF16, Grain::kBf16, 32},
                                         Case{TinyLlama, Dtype::kF16, Grain::kFine, 1},
                                         Case{TinyLlama, Dtype::kF32, Grain::kFine, 17}));

TEST(Decoder, SharesKeysAmongAnyNumberOfHeads) {
  for (const std::uint64_t kv_heads : {1U, 2U, 3U, 6U}) {
    loaders::ModelConfig config = TinyQwen2();
    config.kv_heads = kv_heads;
    const TinyModel tiny(config, Dtype::kBF16, Grain::kBf16, /*gap=*/0);
    const auto tokens = PromptTokens(5, config.vocab_size);
    EXPECT_LT(
        RelativeError(Logits(tiny.model(), tokens), TextbookLogits(config, tiny.values(), tokens)),
        2e-5)
        << kv_heads;
  }
}

// The same model as a GGUF file of the llama architecture holds it: row 2i + p of each head of q
// and k is row p * head_dim / 2 + i.
std::unique_ptr<TinyModel> WithAdjacentPairs(const TinyModel& model) {
  loaders::ModelConfig config = model.config();
  config.rope_pairs = loaders::RopePairs::kAdjacent;
  auto permuted = std::make_unique<TinyModel>(config, Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  const std::uint64_t half = config.head_dim / 2;
  for (const auto& [name, values] : model.values()) {
    const bool turned = name.find("q_proj") != name.npos || name.find("k_proj") != name.npos;
    const std::uint64_t row = name.ends_with(".bias") ? 1 : config.hidden_size;
    for (std::uint64_t i = 0; i < values.size(); ++i) {
      const std::uint64_t in_head = i / row % config.head_dim;
      const std::uint64_t from = i / row - in_head + in_head % 2 * half + in_head / 2;
      permuted->Set(name, i, static_cast<float>(values[turned ? from * row + i % row : i]));
    }
  }
  return permuted;
}

TEST(Decoder, TurnsAdjacentPairsAsItTurnsHalves) {
  for (const auto config : {TinyQwen2, TinyLlama}) {
    const TinyModel halves(config(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
    const std::unique_ptr<TinyModel> adjacent = WithAdjacentPairs(halves);
    for (const unsigned count : {1U, 9U, 40U}) {
      const auto tokens = PromptTokens(count, halves.config().vocab_size);
      const std::vector<float> logits = Logits(adjacent->model(), tokens);
      EXPECT_LT(
          RelativeError(logits, TextbookLogits(adjacent->config(), adjacent->values(), tokens)),
          2e-5);
      EXPECT_EQ(LogitsDigest(logits), DigestOf(halves, count)) << count;
    }
  }
}

TEST(Decoder, GivesTheSameBitsForBf16AndForItsWidenedValues) {
  for (const auto config : {TinyQwen2, TinyLlama}) {
    const TinyModel stored(config(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
    for (const unsigned tokens : {1U, 9U, 40U}) {
      EXPECT_EQ(DigestOf(stored, tokens), DigestOf(*stored.Widened(), tokens)) << tokens;
    }
  }
}

TEST(Decoder, GivesTheSameBitsForF16AndForItsWidenedValues) {
  const TinyModel stored(TinyQwen2(), Dtype::kF16, Grain::kFine, /*gap=*/0);
  EXPECT_EQ(DigestOf(stored), DigestOf(*stored.Widened()));
}

TEST(Decoder, GivesTheSameBitsWhicheverTensorIsFiner) {
  const TinyModel stored(TinyLlama(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  for (const TensorSpec& finer : SpecsOf(stored.config(), Dtype::kBF16)) {
    const std::unique_ptr<TinyModel> wide = stored.Widened();
    wide->Set(finer.name, 3, 1.0F + 0x1p-20F);

    auto specs = SpecsOf(stored.config(), Dtype::kBF16);
    std::ranges::find(specs, finer.name, &TensorSpec::name)->dtype = Dtype::kF32;
    std::vector<std::byte> bytes(MadeModel::BytesNeeded(specs, 0));
    const MadeModel mixed(specs, stored.config(), 0, bytes.data());
    for (const TensorSpec& spec : specs) {
      const TinyModel& from = spec.name == finer.name ? *wide : stored;
      std::ranges::copy(from.model().Bytes(spec.name), mixed.Bytes(spec.name).begin());
    }
    const auto tokens = PromptTokens(9, stored.config().vocab_size);
    EXPECT_EQ(LogitsDigest(Logits(mixed, tokens)), DigestOf(*wide)) << finer.name;
  }
}

TEST(Decoder, GivesTheSameBitsAtAnyAlignment) {
  for (const Dtype dtype : {Dtype::kBF16, Dtype::kF16, Dtype::kF32}) {
    const TinyModel aligned(TinyQwen2(), dtype, Grain::kFine, /*gap=*/0);
    for (const std::uint64_t gap : {1U, 2U, 7U}) {
      const TinyModel shifted(TinyQwen2(), dtype, Grain::kFine, gap);
      EXPECT_EQ(DigestOf(aligned), DigestOf(shifted)) << gap;
    }
  }
}

TEST(Decoder, GivesTheSameBitsOnAnyNumberOfThreads) {
  const TinyModel tiny(TinyQwen2(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  const std::string one = DigestOf(tiny, 9, /*threads=*/1);
  EXPECT_EQ(DigestOf(tiny, 9, /*threads=*/2), one);
  EXPECT_EQ(DigestOf(tiny, 9, /*threads=*/3), one);
}

TEST(Decoder, ForgetsEarlierPrompts) {
  const TinyModel tiny(TinyLlama(), Dtype::kF32, Grain::kFine, /*gap=*/0);
  auto decoder = Decoder::Create(tiny.model(), tiny.config(), 2);
  const auto tokens = PromptTokens(9, tiny.config().vocab_size);
  const auto first = (*decoder)->Prefill(tokens);
  const auto other = (*decoder)->Prefill(PromptTokens(40, tiny.config().vocab_size));
  EXPECT_NE(LogitsDigest(*other), LogitsDigest(*first));
  EXPECT_EQ(LogitsDigest(*(*decoder)->Prefill(tokens)), LogitsDigest(*first));
}

TEST(Decoder, UsesEveryTensor) {
  for (const auto config : {TinyQwen2, TinyLlama}) {
    TinyModel tiny(config(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
    const std::string before = DigestOf(tiny);
    const std::size_t first_prompt_row =
        PromptTokens(9, tiny.config().vocab_size).front() * tiny.config().hidden_size;
    for (const TensorSpec& spec : SpecsOf(tiny.config(), Dtype::kBF16)) {
      const bool embedding = spec.name == "model.embed_tokens.weight";
      const std::size_t element = embedding ? first_prompt_row : 3;
      const double old = tiny.Get(spec.name, element);
      tiny.Set(spec.name, element, static_cast<float>(old) + 0.25F);
      EXPECT_NE(DigestOf(tiny), before) << spec.name;
      tiny.Set(spec.name, element, static_cast<float>(old));
    }
    EXPECT_EQ(DigestOf(tiny), before);
  }
}

TEST(Decoder, ReadsTheWholeHead) {
  TinyModel tiny(TinyQwen2(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  const std::size_t last = tiny.config().vocab_size * tiny.config().hidden_size - 1;
  const std::string before = DigestOf(tiny);
  tiny.Set("model.embed_tokens.weight", last, 3.0F);
  EXPECT_NE(DigestOf(tiny), before);
}

TEST(Decoder, MindsEveryTokenAndItsPlace) {
  const TinyModel tiny(TinyQwen2(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  const std::vector<std::uint32_t> tokens = {5, 60, 200, 7};
  std::set<std::string> digests = {LogitsDigest(Logits(tiny.model(), tokens))};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::vector<std::uint32_t> other = tokens;
    ++other[i];
    EXPECT_TRUE(digests.insert(LogitsDigest(Logits(tiny.model(), other))).second) << i;
  }
  const std::vector<std::uint32_t> swapped = {60, 5, 200, 7};
  EXPECT_TRUE(digests.insert(LogitsDigest(Logits(tiny.model(), swapped))).second);
}

// Memory that ends where the file ends: the page behind it must not be touched.
TEST(Decoder, ReadsNothingBeforePrefillAndNothingBeyondTheModel) {
  const TinyModel tiny(TinyLlama(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  const auto specs = SpecsOf(tiny.config(), Dtype::kBF16);
  const std::uint64_t bytes = MadeModel::BytesNeeded(specs, 0);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t room = (bytes + page - 1) / page * page;
  void* memory = mmap(nullptr, room + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::byte* base = static_cast<std::byte*>(memory) + (room - bytes);
  const MadeModel model(specs, tiny.config(), 0, base);

  auto decoder = Decoder::Create(model, tiny.config(), 2);  // a read would end the process
  ASSERT_TRUE(decoder) << decoder.error().Line();
  ASSERT_EQ(mprotect(memory, room, PROT_READ | PROT_WRITE), 0);
  std::memcpy(base, tiny.model().Bytes(specs.front().name).data(), bytes);
  ASSERT_EQ(mprotect(memory, room, PROT_READ), 0);
  const auto logits = (*decoder)->Prefill(PromptTokens(9, tiny.config().vocab_size));
  ASSERT_TRUE(logits) << logits.error().Line();
  EXPECT_EQ(LogitsDigest(*logits), DigestOf(tiny));
  munmap(memory, room + page);
}

TEST(Decoder, HidesNoBrokenWeight) {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    TinyModel tiny(TinyLlama(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
    for (const TensorSpec& spec : SpecsOf(tiny.config(), Dtype::kBF16)) {
      const auto tokens = PromptTokens(9, tiny.config().vocab_size);
      const std::size_t element =
          spec.name == "model.embed_tokens.weight" ? tokens.front() * tiny.config().hidden_size : 3;
      const double old = tiny.Get(spec.name, element);
      tiny.Set(spec.name, element, broken);
      EXPECT_THAT(PrefillError(tiny, tokens), testing::HasSubstr("[DECODER_NOT_FINITE]"))
          << spec.name << " " << broken;
      tiny.Set(spec.name, element, static_cast<float>(old));
    }
  }
}

TEST(Decoder, NamesTheFirstLogitThatIsNotFinite) {
  TinyModel tiny(TinyLlama(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  tiny.Set("lm_head.weight", 200 * tiny.config().hidden_size,
           std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(PrefillError(tiny, std::vector<std::uint32_t>{1, 2}),
              testing::MatchesRegex(
                  "decoder: expected finite logits, got -?nan for token 200 .DECODER_NOT_FINITE."));
}

TEST(Decoder, RefusesPromptsOutsideTheVocabulary) {
  const TinyModel tiny(TinyLlama(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  EXPECT_EQ(PrefillError(tiny, {}),
            "decoder: expected at least 1 token, got none [DECODER_PROMPT]");
  EXPECT_EQ(PrefillError(tiny, std::vector<std::uint32_t>{1, 256, 2}),
            "decoder: expected tokens below 256, got 256 [DECODER_PROMPT]");
  EXPECT_EQ(PrefillError(tiny, std::vector<std::uint32_t>{255}), "no error");
}

TEST(Decoder, RefusesToComputeOnNoThread) {
  const TinyModel tiny(TinyLlama(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  EXPECT_EQ(Decoder::Create(tiny.model(), tiny.config(), 0).error().Line(),
            "decoder: expected at least 1 thread, got 0 [DECODER_THREADS]");
}

TEST(ArgMax, TakesTheLowestIndexOnATie) {
  EXPECT_EQ(ArgMax(std::vector<float>{-3.0F, 7.0F, 7.0F, 6.0F}), 1U);
  EXPECT_EQ(ArgMax(std::vector<float>{-3.0F}), 0U);
  EXPECT_EQ(ArgMax(std::vector<float>{-3.0F, -4.0F, -1.0F}), 2U);
}

// Expected: what XXH128_canonicalFromHash gives for the bytes 00 00 80 3f 00 00 00 c0.
TEST(LogitsDigest, IsThatOfTheBytes) {
  EXPECT_EQ(LogitsDigest(std::vector<float>{1.0F, -2.0F}),
            "xxh3-128:d11372a3f8d4096998cd4bf727a9d2ae");
}

TEST(PromptTokens, AreDistinctAndSpreadOverTheVocabulary) {
  const auto tokens = PromptTokens(1000, 151936);
  EXPECT_EQ(std::set<std::uint32_t>(tokens.begin(), tokens.end()).size(), 1000U);
  const auto nine = PromptTokens(9, 151936);
  EXPECT_TRUE(std::equal(nine.begin(), nine.end(), tokens.begin()));
  std::set<std::uint32_t> thirds;
  for (const std::uint32_t token : nine) thirds.insert(token / 50646);
  EXPECT_EQ(thirds, (std::set<std::uint32_t>{0, 1, 2}));
}

TEST(PromptTokens, VisitsASmallVocabularyWhollyBeforeRepeating) {
  for (const unsigned vocab : {1U, 2U, 3U, 6U, 30U, 256U}) {
    const auto tokens = PromptTokens(vocab + 1, vocab);
    const std::set<std::uint32_t> seen(tokens.begin(), tokens.end() - 1);
    EXPECT_EQ(seen.size(), vocab);
    EXPECT_LT(*seen.rbegin(), vocab);
    EXPECT_EQ(tokens.back(), tokens.front());
  }
}

}  // namespace
}  // namespace falsify::harness
