#include "loaders/canonical_name.h"

#include <array>
#include <optional>
#include <utility>

namespace falsify::loaders {
namespace {

struct Spelling {
  std::string_view canonical;
  std::string_view gguf;
};

constexpr std::array kWhole = {
    Spelling{"model.embed_tokens.weight", "token_embd.weight"},
    Spelling{"lm_head.weight", "output.weight"},
    Spelling{"model.norm.weight", "output_norm.weight"},
};

// Between the layer's number and ".weight" or ".bias".
constexpr std::array kOfLayer = {
    Spelling{"input_layernorm", "attn_norm"},    Spelling{"self_attn.q_proj", "attn_q"},
    Spelling{"self_attn.k_proj", "attn_k"},      Spelling{"self_attn.v_proj", "attn_v"},
    Spelling{"self_attn.o_proj", "attn_output"}, Spelling{"post_attention_layernorm", "ffn_norm"},
    Spelling{"mlp.gate_proj", "ffn_gate"},       Spelling{"mlp.up_proj", "ffn_up"},
    Spelling{"mlp.down_proj", "ffn_down"},
};

constexpr std::string_view kCanonicalLayer = "model.layers.";
constexpr std::string_view kGgufLayer = "blk.";

struct LayerName {
  std::string_view number;
  std::string_view part;    // "attn_q"
  std::string_view suffix;  // ".weight"
};

std::optional<LayerName> SplitLayer(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const std::size_t digits = name.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || name[digits] != '.') return std::nullopt;
  const std::size_t dot = name.rfind('.');
  if (dot <= digits) return std::nullopt;
  return LayerName{name.substr(0, digits), name.substr(digits + 1, dot - digits - 1),
                   name.substr(dot)};
}

std::string Respell(std::string_view name, std::string_view from_layer, std::string_view to_layer,
                    std::string_view Spelling::*from, std::string_view Spelling::*to) {
  for (const Spelling& spelling : kWhole) {
    if (name == spelling.*from) return std::string(spelling.*to);
  }
  const std::optional<LayerName> layer = SplitLayer(name, from_layer);
  if (!layer) return std::string(name);
  for (const Spelling& spelling : kOfLayer) {
    if (layer->part != spelling.*from) continue;
    std::string respelled(to_layer);
    respelled.append(layer->number).append(".").append(spelling.*to).append(layer->suffix);
    return respelled;
  }
  return std::string(name);
}

}  // namespace

std::string CanonicalName(std::string_view name) {
  return Respell(name, kGgufLayer, kCanonicalLayer, &Spelling::gguf, &Spelling::canonical);
}

std::string GgufName(std::string_view canonical) {
  return Respell(canonical, kCanonicalLayer, kGgufLayer, &Spelling::canonical, &Spelling::gguf);
}

const TensorInfo* FindCanonical(const Header& header, std::string_view canonical) {
  const TensorInfo* found = header.Find(canonical);
  return found != nullptr ? found : header.Find(GgufName(canonical));
}

}  // namespace falsify::loaders
