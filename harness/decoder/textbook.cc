#include "harness/decoder/textbook.h"

#include <cmath>
#include <cstddef>

namespace falsify::harness {
namespace {

using Row = std::vector<double>;

// y = W x
Row Times(const Row& matrix, const Row& x) {
  Row y(matrix.size() / x.size(), 0.0);
  for (std::size_t o = 0; o < y.size(); ++o) {
    for (std::size_t i = 0; i < x.size(); ++i) y[o] += matrix[o * x.size() + i] * x[i];
  }
  return y;
}

Row Plus(Row a, const Row& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

Row Normed(const Row& x, const Row& weight, double eps) {
  double squares = 0.0;
  for (const double value : x) squares += value * value;
  Row y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = weight[i] * x[i] / std::sqrt(squares / static_cast<double>(x.size()) + eps);
  }
  return y;
}

// For each pair (a, b), by an angle of p f_j: a' = a cos - b sin; b' = b cos + a sin. The j-th pair
// of a head is (j, j + d/2), or (2j, 2j + 1).
Row Roped(const loaders::ModelConfig& config, const Row& x, std::size_t position) {
  const std::size_t dim = config.head_dim;
  const bool adjacent = config.rope_pairs == loaders::RopePairs::kAdjacent;
  Row y(x.size());
  for (std::size_t head = 0; head < x.size(); head += dim) {
    for (std::size_t j = 0; j < dim / 2; ++j) {
      const std::size_t a = head + (adjacent ? 2 * j : j);
      const std::size_t b = adjacent ? a + 1 : a + dim / 2;
      const double exponent = 2.0 * static_cast<double>(j) / static_cast<double>(dim);
      const double angle = static_cast<double>(position) / std::pow(config.rope_theta, exponent);
      y[a] = x[a] * std::cos(angle) - x[b] * std::sin(angle);
      y[b] = x[b] * std::cos(angle) + x[a] * std::sin(angle);
    }
  }
  return y;
}

// What the token at `position` gathers, all heads after one another.
Row Attended(const loaders::ModelConfig& config, const Row& query, const std::vector<Row>& keys,
             const std::vector<Row>& values, std::size_t position) {
  Row gathered(query.size(), 0.0);
  for (std::size_t head = 0; head < config.heads; ++head) {
    const std::size_t kv_head = head / (config.heads / config.kv_heads);
    Row weights;
    double sum = 0.0;
    for (std::size_t u = 0; u <= position; ++u) {
      double dot = 0.0;
      for (std::size_t i = 0; i < config.head_dim; ++i) {
        dot += query[head * config.head_dim + i] * keys[u][kv_head * config.head_dim + i];
      }
      weights.push_back(std::exp(dot / std::sqrt(static_cast<double>(config.head_dim))));
      sum += weights.back();
    }
    for (std::size_t u = 0; u <= position; ++u) {
      for (std::size_t i = 0; i < config.head_dim; ++i) {
        gathered[head * config.head_dim + i] +=
            weights[u] / sum * values[u][kv_head * config.head_dim + i];
      }
    }
  }
  return gathered;
}

}  // namespace

std::vector<double> TextbookLogits(const loaders::ModelConfig& config, const Values& values,
                                   std::span<const std::uint32_t> tokens) {
  const Row& embedding = values.at("model.embed_tokens.weight");
  std::vector<Row> x;
  for (const std::uint32_t token : tokens) {
    const auto first = embedding.begin() + static_cast<std::ptrdiff_t>(token * config.hidden_size);
    x.emplace_back(first, first + static_cast<std::ptrdiff_t>(config.hidden_size));
  }
  for (std::size_t l = 0; l < config.layers; ++l) {
    const auto weight = [&](const std::string& name) -> const Row& {
      return values.at("model.layers." + std::to_string(l) + "." + name);
    };
    const auto project = [&](const std::string& name, const Row& input) {
      const Row y = Times(weight("self_attn." + name + ".weight"), input);
      return config.qkv_bias ? Plus(y, weight("self_attn." + name + ".bias")) : y;
    };
    std::vector<Row> q;
    std::vector<Row> k;
    std::vector<Row> v;
    for (std::size_t t = 0; t < x.size(); ++t) {
      const Row normed = Normed(x[t], weight("input_layernorm.weight"), config.rms_norm_eps);
      q.push_back(Roped(config, project("q_proj", normed), t));
      k.push_back(Roped(config, project("k_proj", normed), t));
      v.push_back(project("v_proj", normed));
    }
    for (std::size_t t = 0; t < x.size(); ++t) {
      const Row gathered = Attended(config, q[t], k, v, t);
      x[t] = Plus(x[t], Times(weight("self_attn.o_proj.weight"), gathered));
      const Row normed =
          Normed(x[t], weight("post_attention_layernorm.weight"), config.rms_norm_eps);
      Row gate = Times(weight("mlp.gate_proj.weight"), normed);
      const Row up = Times(weight("mlp.up_proj.weight"), normed);
      for (std::size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1.0 + std::exp(-gate[i]));
      x[t] = Plus(x[t], Times(weight("mlp.down_proj.weight"), gate));
    }
  }
  const Row last = Normed(x.back(), values.at("model.norm.weight"), config.rms_norm_eps);
  return Times(config.tied_embeddings ? embedding : values.at("lm_head.weight"), last);
}

}  // namespace falsify::harness
