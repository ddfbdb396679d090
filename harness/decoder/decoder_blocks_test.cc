// The decoder on weights that lie in blocks.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "harness/decoder/decoder.h"
#include "harness/decoder/made_model.h"
#include "harness/decoder/textbook.h"
#include "loaders/convert.h"
#include "loaders/test_blocks.h"

namespace falsify::harness {
namespace {

using loaders::Dtype;

// Rows of whole blocks of 256 everywhere, matrices longer than a tile and shorter.
loaders::ModelConfig SmallConfig() {
  return {.architecture = "qwen2",
          .hidden_size = 256,
          .intermediate_size = 512,
          .layers = 2,
          .heads = 8,
          .kv_heads = 4,
          .head_dim = 64,
          .vocab_size = 300,
          .rope_theta = 1e4,
          .rms_norm_eps = 1e-6,
          .tied_embeddings = false,
          .qkv_bias = true};
}

// A model of random blocks. What is F32 is around 1, as norms are.
class BlockModel {
 public:
  using Choose = std::function<Dtype(const TensorSpec&)>;

  explicit BlockModel(const Choose& dtype_of)
      : specs_(Specs(dtype_of)),
        bytes_(MadeModel::BytesNeeded(specs_, /*gap=*/1)),
        model_(specs_, SmallConfig(), /*gap=*/1, bytes_.data()) {
    std::uint32_t seed = 0;
    for (const TensorSpec& spec : specs_) {
      const std::uint64_t elements = model_.header().Find(spec.name)->elements;
      const std::vector<std::byte> blocks = spec.dtype == Dtype::kF32
                                                ? Floats(elements, ++seed)
                                                : loaders::TameBlocks(spec.dtype, elements, ++seed);
      std::ranges::copy(blocks, model_.Bytes(spec.name).begin());
    }
  }

  const MadeModel& model() const { return model_; }

  Values values() const {
    Values values;
    for (const TensorSpec& spec : specs_) {
      const std::vector<float> wide = Widened(spec);
      values[spec.name].assign(wide.begin(), wide.end());
    }
    return values;
  }

  /// The same values in F32 in memory of their own, as a loader that widens holds them.
  std::unique_ptr<BlockModel> Widened() const {
    auto widened = std::make_unique<BlockModel>([](const TensorSpec&) { return Dtype::kF32; });
    for (const TensorSpec& spec : specs_) {
      const std::vector<float> values = Widened(spec);
      std::ranges::copy(std::as_bytes(std::span(values)), widened->model_.Bytes(spec.name).begin());
    }
    return widened;
  }

 private:
  static std::vector<TensorSpec> Specs(const Choose& dtype_of) {
    std::vector<TensorSpec> specs = SpecsOf(SmallConfig(), Dtype::kF32);
    for (TensorSpec& spec : specs) spec.dtype = dtype_of(spec);
    return specs;
  }

  static std::vector<std::byte> Floats(std::uint64_t elements, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(1.0F, 0.2F);
    std::vector<float> values(elements);
    for (float& value : values) value = normal(random);
    const auto bytes = std::as_bytes(std::span(values));
    return {bytes.begin(), bytes.end()};
  }

  std::vector<float> Widened(const TensorSpec& spec) const {
    std::vector<float> values(model_.header().Find(spec.name)->elements);
    loaders::ToF32(spec.dtype, model_.Bytes(spec.name), values);
    return values;
  }

  std::vector<TensorSpec> specs_;
  std::vector<std::byte> bytes_;
  MadeModel model_;
};

std::vector<float> Logits(const BlockModel& blocks, unsigned tokens) {
  auto decoder = Decoder::Create(blocks.model(), SmallConfig(), 2);
  if (!decoder) {
    ADD_FAILURE() << decoder.error().Line();
    return {};
  }
  const auto logits = (*decoder)->Prefill(PromptTokens(tokens, SmallConfig().vocab_size));
  if (!logits) {
    ADD_FAILURE() << logits.error().Line();
    return {};
  }
  return *logits;
}

void ExpectTheTextbooksLogits(const BlockModel& blocks, unsigned tokens) {
  const std::vector<double> expected = TextbookLogits(
      SmallConfig(), blocks.values(), PromptTokens(tokens, SmallConfig().vocab_size));
  const std::vector<float> logits = Logits(blocks, tokens);
  ASSERT_EQ(logits.size(), expected.size());
  double largest = 0.0;
  double error = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    error = std::max(error, std::abs(static_cast<double>(logits[i]) - expected[i]));
  }
  EXPECT_GT(largest, 0.0);
  EXPECT_LT(error / largest, 2e-5);
}

class DecoderOnBlocks : public testing::TestWithParam<Dtype> {
 protected:
  const BlockModel blocks_{[](const TensorSpec& spec) {
    return spec.name.ends_with("norm.weight") ? Dtype::kF32 : GetParam();
  }};
};

INSTANTIATE_TEST_SUITE_P(Dtypes, DecoderOnBlocks, testing::ValuesIn(loaders::kBlockDtypes),
                         [](const auto& dtype) {
                           return std::string(loaders::Traits(dtype.param).name);
                         });

TEST_P(DecoderOnBlocks, MatchesTheTextbookOnTheirValues) { ExpectTheTextbooksLogits(blocks_, 9); }

TEST_P(DecoderOnBlocks, GivesTheSameBitsForTheirF32) {
  const std::unique_ptr<BlockModel> widened = blocks_.Widened();
  for (const unsigned tokens : {1U, 9U, 40U}) {
    EXPECT_EQ(LogitsDigest(Logits(blocks_, tokens)), LogitsDigest(Logits(*widened, tokens)))
        << tokens;
  }
}

// As llama.cpp mixes dtypes for Q4_K_M.
TEST(Decoder, TakesEachTensorInADtypeOfItsOwn) {
  const BlockModel blocks([](const TensorSpec& spec) {
    if (spec.shape.size() == 1) return Dtype::kF32;
    const bool finer = spec.name.find("v_proj") != spec.name.npos || spec.name == "lm_head.weight";
    return finer ? Dtype::kQ6_K : Dtype::kQ4_K;
  });
  ExpectTheTextbooksLogits(blocks, 9);
  EXPECT_EQ(LogitsDigest(Logits(blocks, 9)), LogitsDigest(Logits(*blocks.Widened(), 9)));
}

}  // namespace
}  // namespace falsify::harness
