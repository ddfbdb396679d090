#include "loaders/canonical_name.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace falsify::loaders {
namespace {

// The rows of llama.cpp's converter for Llama and Qwen2.
const std::pair<std::string, std::string> kPairs[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"lm_head.weight", "output.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight"},
    {"model.layers.27.self_attn.q_proj.weight", "blk.27.attn_q.weight"},
    {"model.layers.27.self_attn.q_proj.bias", "blk.27.attn_q.bias"},
    {"model.layers.3.self_attn.k_proj.bias", "blk.3.attn_k.bias"},
    {"model.layers.3.self_attn.v_proj.weight", "blk.3.attn_v.weight"},
    {"model.layers.3.self_attn.o_proj.weight", "blk.3.attn_output.weight"},
    {"model.layers.3.post_attention_layernorm.weight", "blk.3.ffn_norm.weight"},
    {"model.layers.10.mlp.gate_proj.weight", "blk.10.ffn_gate.weight"},
    {"model.layers.10.mlp.up_proj.weight", "blk.10.ffn_up.weight"},
    {"model.layers.10.mlp.down_proj.weight", "blk.10.ffn_down.weight"},
};

TEST(CanonicalName, GoesBothWays) {
  for (const auto& [canonical, gguf] : kPairs) {
    EXPECT_EQ(CanonicalName(gguf), canonical);
    EXPECT_EQ(GgufName(canonical), gguf);
    EXPECT_EQ(CanonicalName(canonical), canonical);
  }
}

TEST(CanonicalName, LeavesAloneWhatItDoesNotKnow) {
  for (const std::string name :
       {"", "blk.", "blk.1", "blk.x.attn_q.weight", "blk.1.attn_q", "blk.1.weight",
        "rope_freqs.weight", "model.layers.1.foo.weight"}) {
    EXPECT_EQ(CanonicalName(name), name);
    EXPECT_EQ(GgufName(name), name);
  }
}

}  // namespace
}  // namespace falsify::loaders
