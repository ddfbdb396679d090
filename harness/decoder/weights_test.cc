#include "harness/decoder/weights.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "harness/decoder/made_model.h"
#include "harness/decoder/tiny_model.h"
#include "loaders/canonical_name.h"

namespace falsify::harness {
namespace {

using loaders::Dtype;

using Specs = std::vector<TensorSpec>;

TensorSpec& Named(Specs& specs, const std::string& name) {
  return *std::ranges::find(specs, name, &TensorSpec::name);
}

// What binding says to a model whose header was changed so. No payload is behind it.
std::string BindError(const loaders::ModelConfig& config,
                      const std::function<void(Specs&)>& change) {
  Specs specs = SpecsOf(config, Dtype::kBF16);
  change(specs);
  std::vector<std::byte> bytes(MadeModel::BytesNeeded(specs, 0));
  const MadeModel model(specs, config, 0, bytes.data());
  const auto weights = BindWeights(model, config);
  return weights ? "no error" : weights.error().Line();
}

std::string ConfigError(const std::function<void(loaders::ModelConfig&)>& change) {
  loaders::ModelConfig config = TinyQwen2();
  const MadeModel model(SpecsOf(config, Dtype::kBF16), config, 0, nullptr);
  change(config);
  const auto weights = BindWeights(model, config);
  return weights ? "no error" : weights.error().Line();
}

TEST(BindWeights, TakesExactlyTheTensorsOfTheArchitecture) {
  EXPECT_EQ(BindError(TinyQwen2(), [](Specs&) {}), "no error");
  EXPECT_EQ(BindError(TinyLlama(), [](Specs&) {}), "no error");
  EXPECT_EQ(BindError(TinyLlama(), [](Specs& specs) { std::ranges::reverse(specs); }), "no error");
}

TEST(BindWeights, BindsEachTensorToItsPlace) {
  const TinyModel tiny(TinyLlama(), Dtype::kF16, Grain::kBf16, /*gap=*/3);
  const auto weights = BindWeights(tiny.model(), tiny.config());
  ASSERT_TRUE(weights) << weights.error().Line();
  const Matrix& down = weights->layers.at(2).down;
  EXPECT_EQ(down.bytes, tiny.model().Bytes("model.layers.2.mlp.down_proj.weight").data());
  EXPECT_EQ(down.dtype, Dtype::kF16);
  EXPECT_EQ(down.rows, 96U);
  EXPECT_EQ(down.depth, 128U);
  EXPECT_EQ(weights->head.bytes, tiny.model().Bytes("lm_head.weight").data());
  EXPECT_EQ(weights->layers[0].query_bias.elements, 0U);
  std::vector<float> row(128);
  WidenFrom(down, 5, row);
  EXPECT_EQ(static_cast<double>(row[7]),
            tiny.Get("model.layers.2.mlp.down_proj.weight", 5 * 128 + 7));
  const std::vector<float> norm = Widen(weights->norm);
  ASSERT_EQ(norm.size(), 96U);
  EXPECT_EQ(static_cast<double>(norm[95]), tiny.Get("model.norm.weight", 95));
}

TEST(BindWeights, FindsTensorsAsGgufSpellsThem) {
  for (const auto config : {TinyQwen2, TinyLlama}) {
    const auto respell = [](Specs& specs) {
      for (TensorSpec& spec : specs) spec.name = loaders::GgufName(spec.name);
    };
    EXPECT_EQ(BindError(config(), respell), "no error");
    for (const TensorSpec& gone : SpecsOf(config(), Dtype::kBF16)) {
      const std::string error = BindError(config(), [&](Specs& specs) {
        std::erase_if(specs, [&](const TensorSpec& spec) { return spec.name == gone.name; });
        respell(specs);
      });
      EXPECT_TRUE(error.starts_with(gone.name + ": expected [")) << error;
    }
  }
}

TEST(BindWeights, TakesEachTensorOnceUnderOneSpelling) {
  EXPECT_EQ(BindError(TinyLlama(),
                      [](Specs& specs) {
                        specs.push_back({"output_norm.weight", Dtype::kBF16, {96}});
                      }),
            "output_norm.weight: expected no such tensor, got [96] [DECODER_TENSOR]");
}

TEST(BindWeights, LetsFrequenciesLieBesideTheWeights) {
  EXPECT_EQ(BindError(TinyLlama(),
                      [](Specs& specs) {
                        specs.push_back({"rope_freqs.weight", Dtype::kF32, {9}});
                      }),
            "no error");
}

TEST(BindWeights, NamesEveryTensorThatIsMissing) {
  for (const auto config : {TinyQwen2, TinyLlama}) {
    for (const TensorSpec& gone : SpecsOf(config(), Dtype::kBF16)) {
      const std::string error = BindError(config(), [&](Specs& specs) {
        std::erase_if(specs, [&](const TensorSpec& spec) { return spec.name == gone.name; });
      });
      EXPECT_EQ(error.substr(0, gone.name.size() + 11), gone.name + ": expected ");
      EXPECT_TRUE(error.ends_with(", got no such tensor [DECODER_TENSOR]")) << error;
    }
  }
}

TEST(BindWeights, NamesEveryTensorOfAnotherShape) {
  for (const TensorSpec& wrong : SpecsOf(TinyQwen2(), Dtype::kBF16)) {
    const std::string error =
        BindError(TinyQwen2(), [&](Specs& specs) { ++Named(specs, wrong.name).shape.back(); });
    EXPECT_EQ(error.substr(0, wrong.name.size() + 11), wrong.name + ": expected ");
    EXPECT_TRUE(error.ends_with("] [DECODER_TENSOR]")) << error;
  }
}

TEST(BindWeights, SaysWhatWasExpected) {
  EXPECT_EQ(BindError(TinyQwen2(),
                      [](Specs& specs) {
                        Named(specs, "model.layers.1.self_attn.k_proj.weight").shape = {46, 16};
                      }),
            "model.layers.1.self_attn.k_proj.weight: expected [16, 46], got [46, 16] "
            "[DECODER_TENSOR]");
  EXPECT_EQ(BindError(TinyQwen2(),
                      [](Specs& specs) {
                        Named(specs, "model.layers.0.self_attn.q_proj.bias").shape = {1, 48};
                      }),
            "model.layers.0.self_attn.q_proj.bias: expected [48], got [1, 48] [DECODER_TENSOR]");
  EXPECT_EQ(BindError(TinyQwen2(),
                      [](Specs& specs) { Named(specs, "model.norm.weight").dtype = Dtype::kU16; }),
            "model.norm.weight: expected a dtype that F32 can stand for, got U16 "
            "[DECODER_TENSOR]");
  EXPECT_EQ(BindError(TinyQwen2(), [](Specs& specs) { specs.erase(specs.begin() + 1); }),
            "model.layers.0.input_layernorm.weight: expected [46], got no such tensor "
            "[DECODER_TENSOR]");
}

TEST(BindWeights, RefusesBlocksThatReachIntoTheNextRow) {
  const auto in_blocks = [](const std::string& name, Dtype dtype) {
    return BindError(TinyLlama(), [&](Specs& specs) { Named(specs, name).dtype = dtype; });
  };
  const std::string up = "model.layers.0.mlp.up_proj.weight";  // [128, 96]
  EXPECT_EQ(in_blocks(up, Dtype::kQ8_0), "no error");
  EXPECT_EQ(in_blocks(up, Dtype::kQ4_K),
            up + ": expected rows of whole Q4_K blocks (256), got rows of 96 [DECODER_TENSOR]");
  const std::string out = "model.layers.0.self_attn.o_proj.weight";  // [96, 72]
  EXPECT_EQ(in_blocks(out, Dtype::kAprQ4),
            out + ": expected rows of whole AprQ4 blocks (32), got rows of 72 [DECODER_TENSOR]");
}

TEST(BindWeights, LetsAVectorEndWithinABlockWhereItsDtypeDoes) {
  EXPECT_EQ(
      BindError(TinyQwen2(),
                [](Specs& specs) { Named(specs, "model.norm.weight").dtype = Dtype::kAprQ4; }),
      "no error");
}

TEST(BindWeights, LeavesNoTensorUnused) {
  EXPECT_EQ(BindError(TinyQwen2(),
                      [](Specs& specs) {
                        specs.push_back({"lm_head.weight", Dtype::kBF16, {301, 46}});
                      }),
            "lm_head.weight: expected no such tensor, got [301, 46] [DECODER_TENSOR]");
  EXPECT_EQ(
      BindError(TinyLlama(),
                [](Specs& specs) {
                  specs.push_back({"model.layers.0.self_attn.q_proj.bias", Dtype::kBF16, {72}});
                }),
      "model.layers.0.self_attn.q_proj.bias: expected no such tensor, got [72] "
      "[DECODER_TENSOR]");
}

// A loader that hands out less than it declared.
class ShortModel final : public loaders::Model {
 public:
  explicit ShortModel(const MadeModel& whole) : whole_(whole) {}
  const loaders::Header& header() const override { return whole_.header(); }
  Result<loaders::TensorView> Resident(const loaders::TensorInfo& tensor) const override {
    auto view = whole_.Resident(tensor);
    if (tensor.name == "model.norm.weight") view->bytes = view->bytes.first(90);
    if (tensor.name == "model.layers.1.mlp.up_proj.weight") {
      return Fail({.code = "IO_SHRANK", .where = "file", .what = "gone", .hint = ""});
    }
    return view;
  }
  Result<std::span<const std::byte>> Stored(const loaders::TensorInfo& tensor) const override {
    return whole_.Stored(tensor);
  }
  Result<loaders::ModelConfig> Config() const override { return whole_.Config(); }
  Result<loaders::Vocabulary> Tokens() const override { return whole_.Tokens(); }
  std::string_view format() const override { return whole_.format(); }
  std::vector<std::string> files() const override { return whole_.files(); }
  std::uint64_t file_bytes() const override { return whole_.file_bytes(); }
  loaders::LoadReport report() const override { return {}; }

 private:
  const MadeModel& whole_;
};

TEST(BindWeights, TrustsNoViewToBeAsLongAsItsHeaderSays) {
  loaders::ModelConfig config = TinyQwen2();
  config.layers = 1;
  const TinyModel tiny(config, Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  EXPECT_EQ(BindWeights(ShortModel(tiny.model()), config).error().Line(),
            "model.norm.weight: expected 92 B, got 90 B [DECODER_TENSOR]");
}

TEST(BindWeights, PassesOnWhatTheLoaderSays) {
  const TinyModel tiny(TinyQwen2(), Dtype::kBF16, Grain::kBf16, /*gap=*/0);
  EXPECT_EQ(BindWeights(ShortModel(tiny.model()), tiny.config()).error().Line(),
            "file: gone [IO_SHRANK]");
}

TEST(BindWeights, RefusesWhatItCannotRun) {
  EXPECT_EQ(ConfigError([](auto& config) { config.architecture = "gpt2"; }),
            "model: expected architecture qwen2 or llama, got \"gpt2\" [DECODER_CONFIG]");
  EXPECT_EQ(ConfigError([](auto& config) { config.layers = 0; }),
            "model: layers is 0 [DECODER_CONFIG]");
  EXPECT_EQ(ConfigError([](auto& config) { config.kv_heads = 4; }),
            "model: 6 heads cannot share 4 kv_heads [DECODER_CONFIG]");
  EXPECT_EQ(ConfigError([](auto& config) { config.head_dim = 7; }),
            "model: rope turns pairs, head_dim is 7 [DECODER_CONFIG]");
  EXPECT_EQ(ConfigError([](auto& config) { config.head_dim = std::uint64_t{1} << 63; }),
            "model: 6 heads of 9223372036854775808 overflow [DECODER_CONFIG]");
  EXPECT_EQ(ConfigError([](auto& config) { config.rope_theta = -1.0; }),
            "model: rope_theta is -1 [DECODER_CONFIG]");
  EXPECT_EQ(ConfigError([](auto& config) { config.rms_norm_eps = -0.5; }),
            "model: rms_norm_eps is -0.5 [DECODER_CONFIG]");
}

TEST(BindWeights, IsNotFooledByAnEndlessNumberOfLayers) {
  EXPECT_EQ(ConfigError([](auto& config) { config.layers = std::uint64_t{1} << 60; }),
            "model.layers.2.input_layernorm.weight: expected [46], got no such tensor "
            "[DECODER_TENSOR]");
}

}  // namespace
}  // namespace falsify::harness
