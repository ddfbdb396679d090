#include "harness/decoder/decoder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "dnnl.hpp"
#include "fmt/format.h"
#include "harness/decoder/kv_cache.h"
#include "harness/decoder/pass.h"
#include "harness/decoder/product.h"
#include "harness/decoder/team.h"
#include "harness/decoder/weights.h"
#include "xxhash.h"

namespace falsify::harness {
namespace {

bool AllBf16(const Weights& weights) {
  const auto is_bf16 = [](const Matrix& matrix) { return matrix.dtype == loaders::Dtype::kBF16; };
  return is_bf16(weights.head) &&
         std::ranges::all_of(weights.layers, [&](const LayerWeights& layer) {
           return is_bf16(layer.query) && is_bf16(layer.key) && is_bf16(layer.value) &&
                  is_bf16(layer.attention_out) && is_bf16(layer.gate) && is_bf16(layer.up) &&
                  is_bf16(layer.down);
         });
}

Error OutOfMemory() {
  return {.code = "DECODER_MEMORY",
          .where = "decoder",
          .what = "out of memory",
          .hint = "a shorter prompt needs less"};
}

Error NoRoom(std::size_t room) {
  return {.code = "DECODER_ROOM",
          .where = "decoder",
          .what = fmt::format("there is room for {} tokens", room),
          .hint = ""};
}

// To be called in a catch block: what oneDNN or the allocator threw.
Error CurrentError() {
  Error error = {.code = "DECODER_ONEDNN", .where = "decoder", .what = "", .hint = ""};
  try {
    throw;
  } catch (const dnnl::error& thrown) {
    error.what =
        fmt::format("oneDNN: {} (status {})", thrown.what(), static_cast<int>(thrown.status));
  } catch (const std::bad_alloc&) {
    error = OutOfMemory();
  } catch (const std::length_error&) {  // a vector longer than the address space
    error = OutOfMemory();
  } catch (const std::system_error& thrown) {
    error.code = "DECODER_THREADS";
    error.what = fmt::format("cannot start threads: {}", thrown.what());
  }
  return error;
}

}  // namespace

struct Decoder::Parts {
  Parts(Weights bound, loaders::ModelConfig model_config, unsigned threads)
      : config(std::move(model_config)),
        weights(std::move(bound)),
        product(Product::DetectUnit(), !AllBf16(weights), threads),
        team(threads) {}

  loaders::ModelConfig config;
  Weights weights;
  Product product;
  Team team;
  std::unique_ptr<KvCache> cache;  // of what was started last
};

Decoder::Decoder(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Decoder::~Decoder() = default;

Result<std::unique_ptr<Decoder>> Decoder::Create(const loaders::Model& model,
                                                 const loaders::ModelConfig& config,
                                                 unsigned threads) {
  if (threads == 0) {
    return Fail({.code = "DECODER_THREADS",
                 .where = "decoder",
                 .what = "expected at least 1 thread, got 0",
                 .hint = ""});
  }
  Result<Weights> weights = BindWeights(model, config);
  if (!weights) return Fail(weights.error());
  try {
    auto parts = std::make_unique<Parts>(std::move(*weights), config, threads);
    return std::unique_ptr<Decoder>(new Decoder(std::move(parts)));
  } catch (const std::exception&) {
    return Fail(CurrentError());
  }
}

Result<std::vector<float>> Decoder::Prefill(std::span<const std::uint32_t> tokens) {
  return Run(tokens, nullptr);
}

Result<std::vector<float>> Decoder::Start(std::span<const std::uint32_t> tokens, std::size_t room) {
  if (room < tokens.size()) return Fail(NoRoom(room));
  const loaders::ModelConfig& config = parts_->config;
  try {
    parts_->cache = std::make_unique<KvCache>(
        KvCache::Shape{config.layers, config.kv_heads, config.head_dim, room});
  } catch (const std::exception&) {
    return Fail(CurrentError());
  }
  return Run(tokens, parts_->cache.get());
}

Result<std::vector<float>> Decoder::Next(std::uint32_t token) {
  KvCache* cache = parts_->cache.get();
  if (cache == nullptr || cache->tokens() == 0) return Fail(NoRoom(0));
  if (cache->tokens() == cache->room()) return Fail(NoRoom(cache->room()));
  return Run({&token, 1}, cache);
}

Result<std::vector<float>> Decoder::Run(std::span<const std::uint32_t> tokens, KvCache* cache) {
  const auto refuse = [](const char* code, std::string what) {
    return Fail({.code = code, .where = "decoder", .what = std::move(what), .hint = ""});
  };
  if (tokens.empty()) return refuse("DECODER_PROMPT", "expected at least 1 token, got none");
  const std::uint32_t largest = *std::ranges::max_element(tokens);
  if (largest >= parts_->config.vocab_size) {
    return refuse("DECODER_PROMPT", fmt::format("expected tokens below {}, got {}",
                                                parts_->config.vocab_size, largest));
  }
  std::vector<float> logits;
  try {
    Pass pass(parts_->weights, parts_->config, tokens, parts_->product, parts_->team.size(), cache);
    parts_->team.Run([&](Worker& worker) { pass.Walk(worker); });
    logits = pass.TakeLogits();
  } catch (const std::exception&) {
    return Fail(CurrentError());
  }
  const auto bad = std::ranges::find_if(logits, [](float logit) { return !std::isfinite(logit); });
  if (bad != logits.end()) {
    return refuse("DECODER_NOT_FINITE", fmt::format("expected finite logits, got {} for token {}",
                                                    *bad, bad - logits.begin()));
  }
  return logits;
}

std::uint32_t ArgMax(std::span<const float> logits) {
  return static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin());
}

std::string LogitsDigest(std::span<const float> logits) {
  const XXH128_hash_t hash = XXH3_128bits(logits.data(), logits.size_bytes());
  return fmt::format("xxh3-128:{:016x}{:016x}", hash.high64, hash.low64);
}

std::vector<std::uint32_t> PromptTokens(unsigned count, std::uint64_t vocab) {
  // Steps of the golden section, made coprime to the vocabulary, visit every token before any
  // twice.
  const std::uint64_t range =
      std::min<std::uint64_t>(vocab, std::uint64_t{std::numeric_limits<std::uint32_t>::max()} + 1);
  auto step = static_cast<std::uint64_t>(static_cast<double>(range) * 0.6180339887498949);
  while (std::gcd(step, range) != 1) ++step;
  std::vector<std::uint32_t> tokens;
  std::uint64_t token = step % range;
  for (unsigned i = 0; i < count; ++i) {
    tokens.push_back(static_cast<std::uint32_t>(token));
    token = (token + step) % range;
  }
  return tokens;
}

}  // namespace falsify::harness
