#include "loaders/digest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "loaders/convert.h"
#include "xxhash.h"

namespace falsify::loaders {
namespace {

constexpr std::size_t kChunkElements = 1 << 16;

/// XXH3-128 of a stream of fields, each with its length, so that no two lists of fields are alike.
class Hasher {
 public:
  Hasher() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }

  void Bytes(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
  }
  void Number(std::uint64_t number) { Bytes(std::as_bytes(std::span(&number, 1))); }
  void Text(std::string_view text) {
    Number(text.size());
    Bytes(std::as_bytes(std::span(text)));
  }
  XXH128_hash_t Digest() const { return XXH3_128bits_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

/// Hashes the bytes the file must have held for `values` to be what a loader widened them to.
Result<void> HashNarrowed(const Model& model, const TensorInfo& tensor, Hasher& hasher) {
  Result<TensorView> view = model.Resident(tensor);
  if (!view) return Fail(std::move(view.error()));
  const auto fail = [&](std::string code, std::string what) {
    return Fail({std::move(code), fmt::format("tensor \"{}\"", tensor.name), std::move(what), {}});
  };
  if (view->dtype == tensor.dtype) {
    hasher.Bytes(view->bytes);
    return {};
  }
  if (view->dtype != Dtype::kF32 || !CanWiden(tensor.dtype)) {
    return fail("LOADER_NOT_KEPT",
                fmt::format("held as {}, from which {} cannot be restored",
                            Traits(view->dtype).name, Traits(tensor.dtype).name));
  }
  const std::size_t element_bytes = Traits(tensor.dtype).block_bytes;
  std::vector<float> values(kChunkElements);
  std::vector<std::byte> narrow(kChunkElements * element_bytes);
  for (std::uint64_t done = 0; done < tensor.elements;) {
    const std::size_t count = std::min<std::uint64_t>(kChunkElements, tensor.elements - done);
    const auto chunk = std::span(values).first(count);
    const auto stored = std::span(narrow).first(count * element_bytes);
    ToF32(Dtype::kF32, view->bytes.subspan(done * sizeof(float), chunk.size_bytes()), chunk);
    if (!NarrowExactly(tensor.dtype, chunk, stored)) {
      return fail("LOADER_VALUES",
                  fmt::format("holds F32 values that no {} widens to", Traits(tensor.dtype).name));
    }
    hasher.Bytes(stored);
    done += count;
  }
  return {};
}

Result<XXH128_canonical_t> DigestTensor(const Model& model, const TensorInfo& tensor) {
  Hasher hasher;
  hasher.Text(tensor.name);
  hasher.Text(Traits(tensor.dtype).name);
  hasher.Number(tensor.shape.size());
  hasher.Bytes(std::as_bytes(tensor.shape));
  hasher.Number(tensor.range.size);
  Result<std::span<const std::byte>> stored = model.Stored(tensor);
  if (stored) {
    hasher.Bytes(*stored);
  } else {
    if (stored.error().code != "LOADER_NOT_KEPT") return Fail(std::move(stored.error()));
    Result<void> hashed = HashNarrowed(model, tensor, hasher);
    if (!hashed) return Fail(std::move(hashed.error()));
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hasher.Digest());
  return canonical;
}

}  // namespace

Result<std::string> DigestPayload(const Model& model) {
  std::vector<const TensorInfo*> by_name;
  for (const TensorInfo& tensor : model.header().tensors()) by_name.push_back(&tensor);
  std::sort(by_name.begin(), by_name.end(),
            [](const TensorInfo* a, const TensorInfo* b) { return a->name < b->name; });
  Hasher hasher;
  for (const TensorInfo* tensor : by_name) {
    Result<XXH128_canonical_t> digest = DigestTensor(model, *tensor);
    if (!digest) return Fail(std::move(digest.error()));
    hasher.Bytes(std::as_bytes(std::span(digest->digest)));
  }
  const XXH128_hash_t whole = hasher.Digest();
  return fmt::format("xxh3-128:{:016x}{:016x}", whole.high64, whole.low64);
}

}  // namespace falsify::loaders
