#include "loaders/model_config.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "loaders/test_files.h"

namespace falsify::loaders {
namespace {

// As published, the fields nobody reads included.
constexpr std::string_view kQwen = R"({
  "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
  "eos_token_id": 151645, "hidden_act": "silu", "hidden_size": 1536, "initializer_range": 0.02,
  "intermediate_size": 8960, "max_position_embeddings": 32768, "max_window_layers": 21,
  "model_type": "qwen2", "num_attention_heads": 12, "num_hidden_layers": 28,
  "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
  "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
  "use_cache": true, "use_sliding_window": false, "vocab_size": 151936})";

constexpr std::string_view kTinyLlama = R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "hidden_act": "silu",
  "hidden_size": 2048, "intermediate_size": 5632, "model_type": "llama",
  "num_attention_heads": 32, "num_hidden_layers": 22, "num_key_value_heads": 4,
  "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false,
  "vocab_size": 32000})";

class Config : public testing::Test {
 protected:
  Result<ModelConfig> Read(std::string_view text) {
    directory_.Write("config.json", text);
    return ReadConfigBeside(directory_ / "model.safetensors");
  }

  /// The error for kTinyLlama with `field` set to `value`, without the file's name.
  std::string ErrorWith(const std::string& field, const std::string& value) {
    std::string text(kTinyLlama);
    const std::size_t at = text.find("\"" + field + "\":");
    if (at != std::string::npos) text.replace(at + 1, field.size(), "unused");
    text.insert(1, "\"" + field + "\":" + value + ",");
    return ErrorOf(Read(text));
  }

  std::string ErrorOf(const Result<ModelConfig>& config) {
    if (config) return "accepted";
    const std::string line = config.error().Line();
    const std::string path = (directory_ / "config.json") + ": ";
    return line.starts_with(path) ? line.substr(path.size()) : line;
  }

  TemporaryDirectory directory_;
};

TEST_F(Config, ReadsQwen2) {
  const Result<ModelConfig> config = Read(kQwen);
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(*config, (ModelConfig{.architecture = "qwen2",
                                  .hidden_size = 1536,
                                  .intermediate_size = 8960,
                                  .layers = 28,
                                  .heads = 12,
                                  .kv_heads = 2,
                                  .head_dim = 128,
                                  .vocab_size = 151936,
                                  .rope_theta = 1e6,
                                  .rms_norm_eps = 1e-6,
                                  .tied_embeddings = true,
                                  .qkv_bias = true,
                                  .rope_pairs = RopePairs::kHalves,
                                  .max_positions = 32768}));
}

TEST_F(Config, ReadsLlamaWithItsDefaults) {
  const Result<ModelConfig> config = Read(kTinyLlama);
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(*config, (ModelConfig{.architecture = "llama",
                                  .hidden_size = 2048,
                                  .intermediate_size = 5632,
                                  .layers = 22,
                                  .heads = 32,
                                  .kv_heads = 4,
                                  .head_dim = 64,
                                  .vocab_size = 32000,
                                  .rope_theta = 1e4,
                                  .rms_norm_eps = 1e-5,
                                  .tied_embeddings = false,
                                  .qkv_bias = false}));
}

constexpr std::string_view kSizes =
    R"("hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,"num_attention_heads":4,)"
    R"("vocab_size":100)";

std::string Small(const std::string& more) { return "{" + more + "," + std::string(kSizes) + "}"; }

TEST_F(Config, FillsInWhatIsAbsentOrNull) {
  const Result<ModelConfig> config =
      Read(Small(R"("model_type":"mistral","head_dim":null,"num_key_value_heads":null)"));
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(config->architecture, "llama");
  EXPECT_EQ(config->kv_heads, 4U);
  EXPECT_EQ(config->head_dim, 16U);
  EXPECT_EQ(config->rope_theta, 10000.0);
  EXPECT_EQ(config->rms_norm_eps, 1e-6);
  EXPECT_FALSE(config->tied_embeddings);
  EXPECT_FALSE(config->qkv_bias);
}

TEST_F(Config, TakesAHeadDimThatIsNotHiddenSizeOverHeads) {
  const Result<ModelConfig> config = Read(Small(R"("model_type":"llama","head_dim":24)"));
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(config->head_dim, 24U);
}

TEST_F(Config, ReadsThetaFromTheNewerNestedForm) {
  const Result<ModelConfig> config = Read(Small(
      R"("model_type":"llama","rope_parameters":{"rope_theta":500000,"rope_type":"default"})"));
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(config->rope_theta, 500000.0);
  EXPECT_EQ(ErrorOf(Read(Small(R"("model_type":"llama","rope_parameters":{"rope_type":"yarn"})"))),
            "rope_type is \"yarn\", expected \"default\" [CONFIG_ARCHITECTURE]");
}

TEST_F(Config, GoesByTheClassWhereTheModelTypeIsAbsent) {
  const Result<ModelConfig> config = Read(Small(R"("architectures":["Qwen2ForCausalLM"])"));
  ASSERT_TRUE(config) << config.error().Line();
  EXPECT_EQ(config->architecture, "qwen2");
}

TEST_F(Config, RefusesWhatTheDecoderCannotRun) {
  const std::string expected =
      ", expected llama, mistral or qwen2 for causal language modelling [CONFIG_ARCHITECTURE]";
  EXPECT_EQ(ErrorOf(Read(Small(R"("model_type":"gpt2")"))),
            "model_type \"gpt2\" with architecture \"\"" + expected);
  EXPECT_EQ(ErrorOf(Read(
                Small(R"("model_type":"qwen2","architectures":["Qwen2ForTokenClassification"])"))),
            "model_type \"qwen2\" with architecture \"Qwen2ForTokenClassification\"" + expected);
  EXPECT_EQ(ErrorOf(Read(Small(R"("model_type":"qwen2","architectures":["LlamaForCausalLM"])"))),
            "model_type \"qwen2\" with architecture \"LlamaForCausalLM\"" + expected);
  EXPECT_EQ(
      ErrorWith("rope_scaling", R"({"rope_type":"llama3","factor":32.0})"),
      "rope_scaling is {\"rope_type\":\"llama3\",\"factor\":32.0}, expected null: the decoder "
      "scales no rope [CONFIG_ARCHITECTURE]");
  EXPECT_EQ(ErrorWith("hidden_act", "\"gelu\""),
            "hidden_act is \"gelu\", expected \"silu\" [CONFIG_ARCHITECTURE]");
  EXPECT_EQ(ErrorWith("attention_bias", "true"),
            "attention_bias is true, expected false [CONFIG_ARCHITECTURE]");
  EXPECT_EQ(ErrorWith("mlp_bias", "true"),
            "mlp_bias is true, expected false [CONFIG_ARCHITECTURE]");
  EXPECT_EQ(ErrorWith("use_sliding_window", "true"),
            "use_sliding_window is true, expected false [CONFIG_ARCHITECTURE]");
}

TEST_F(Config, RefusesFieldsThatAreMissingOrNoSize) {
  for (const std::string field : {"hidden_size", "intermediate_size", "num_hidden_layers",
                                  "num_attention_heads", "vocab_size"}) {
    EXPECT_EQ(ErrorWith(field, "null"), field + " is missing [CONFIG_FIELD]");
    const std::string expected = ", expected an integer from 1 to 2147483647 [CONFIG_FIELD]";
    for (const std::string value : {"0", "-1", "1.5", "\"8\"", "2147483648", "[1]"}) {
      EXPECT_EQ(ErrorWith(field, value), field + " is " + value + expected);
    }
  }
  EXPECT_EQ(ErrorOf(Read("{}")), "model_type is missing [CONFIG_FIELD]");
}

TEST_F(Config, RefusesSizesThatContradictEachOther) {
  EXPECT_EQ(ErrorWith("hidden_size", "2049"),
            "hidden_size is 2049, expected a multiple of the 32 heads [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("num_key_value_heads", "5"),
            "num_key_value_heads is 5, expected a divisor of the 32 heads [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("num_key_value_heads", "64"),
            "num_key_value_heads is 64, expected a divisor of the 32 heads [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("head_dim", "63"), "head_dim is 63, expected an even number [CONFIG_FIELD]");
}

TEST_F(Config, RefusesOtherFieldsOfTheWrongTypeOrRange) {
  EXPECT_EQ(ErrorWith("rope_theta", "0"),
            "rope_theta is 0, expected a number above 0 [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("rms_norm_eps", "\"x\""),
            "rms_norm_eps is \"x\", expected a number above 0 [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("tie_word_embeddings", "1"),
            "tie_word_embeddings is 1, expected true or false [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("model_type", "7"), "model_type is 7, expected a string [CONFIG_FIELD]");
  EXPECT_EQ(ErrorWith("architectures", "[]"),
            "architectures is not a list of names [CONFIG_FIELD]");
}

TEST_F(Config, RefusesAFieldGivenTwice) {
  EXPECT_EQ(ErrorOf(Read(Small(R"("model_type":"llama","hidden_size":128)"))),
            "hidden_size is given twice [CONFIG_FIELD]");
}

TEST_F(Config, RefusesWhatIsNoJsonObject) {
  for (const std::string& text :
       {std::string(), std::string("["), std::string("[1]"), std::string("{\"a\":}"),
        std::string("\xFF"), "{\"a\":" + std::string(10000, '[') + std::string(10000, ']') + "}"}) {
    const Result<ModelConfig> config = Read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, "CONFIG_JSON") << text;
  }
}

TEST_F(Config, RefusesAFileTooLargeToBeOne) {
  EXPECT_EQ(ErrorOf(Read(std::string((1 << 20) + 1, ' '))),
            "1048577 B, expected at most 1048576 B [CONFIG_JSON]");
}

TEST_F(Config, SaysWhereItLooked) {
  const Result<ModelConfig> config = ReadConfigBeside(directory_ / "model.safetensors");
  ASSERT_FALSE(config);
  EXPECT_EQ(
      config.error().Line(),
      (directory_ / "config.json") + ": no such file, expected beside the model [CONFIG_MISSING]");
}

}  // namespace
}  // namespace falsify::loaders
