#include "loaders/digest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "loaders/canonical_name.h"
#include "loaders/convert.h"
#include "loaders/open_model.h"
#include "loaders/row_order.h"
#include "loaders/sources/mmap.h"
#include "loaders/stored_layout.h"
#include "xxhash.h"

namespace falsify::loaders {
namespace {

// Whole blocks of every dtype.
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
  XXH128_canonical_t Digest() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    return canonical;
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

std::string TextOf(const Hasher& hasher) {
  std::string text = "xxh3-128:";
  for (const unsigned char byte : hasher.Digest().digest) text += fmt::format("{:02x}", byte);
  return text;
}

/// Hands out the bytes a tensor has in its file, whatever the loader made of them.
class StoredBytes {
 public:
  StoredBytes(const Model& model, const std::string& path) : model_(model), path_(path) {}

  Result<std::span<const std::byte>> Of(const TensorInfo& tensor) {
    Result<std::span<const std::byte>> stored = model_.Stored(tensor);
    if (stored || stored.error().code != "LOADER_NOT_KEPT") return stored;
    const Result<TensorView> held = model_.Resident(tensor);
    if (!held) return Fail(held.error());
    if (held->dtype == tensor.dtype) return held->bytes;
    return Vouched(tensor, *held);
  }

 private:
  /// The file's own bytes, if they widen to exactly the F32 values that are held.
  Result<std::span<const std::byte>> Vouched(const TensorInfo& tensor, const TensorView& held) {
    const auto fail = [&](std::string code, std::string what) {
      return Fail(
          {std::move(code), fmt::format("tensor \"{}\"", tensor.name), std::move(what), {}});
    };
    if (held.dtype != Dtype::kF32 || !CanWiden(tensor.dtype)) {
      return fail("LOADER_NOT_KEPT",
                  fmt::format("held as {}, from which {} cannot be restored",
                              Traits(held.dtype).name, Traits(tensor.dtype).name));
    }
    Result<std::span<const std::byte>> stored = Reread(tensor);
    if (!stored) return stored;
    if (!WidensTo(tensor, *stored, held.bytes)) {
      return fail("LOADER_VALUES", fmt::format("holds F32 values that are not those of its {}",
                                               Traits(tensor.dtype).name));
    }
    return stored;
  }

  Result<std::span<const std::byte>> Reread(const TensorInfo& tensor) {
    if (!file_) {
      Result<std::unique_ptr<StoredModel>> opened = OpenModel(path_, &OpenMmap, {}, {});
      if (!opened) return Fail(std::move(opened.error()));
      file_ = std::move(*opened);
    }
    const TensorInfo* same = file_->header().Find(tensor.name);
    if (same != nullptr && same->range.size == tensor.range.size) return file_->Stored(*same);
    return Fail({"IO_SHRANK", path_, "is no longer the file that was loaded", {}});
  }

  static bool WidensTo(const TensorInfo& tensor, std::span<const std::byte> stored,
                       std::span<const std::byte> held) {
    const auto layout = StoredLayout::Of(tensor.dtype, tensor.shape, stored.size());
    if (!layout) return false;
    std::vector<float> values(kChunkElements);
    for (std::uint64_t done = 0; done < tensor.elements;) {
      const std::size_t count = std::min<std::uint64_t>(values.size(), tensor.elements - done);
      const auto chunk = std::span(values).first(count);
      layout->ToF32(stored, done, chunk);
      if (std::memcmp(chunk.data(), held.data() + done * sizeof(float), chunk.size_bytes()) != 0) {
        return false;
      }
      done += count;
    }
    return true;
  }

  const Model& model_;
  const std::string& path_;
  std::unique_ptr<StoredModel> file_;
};

struct Named {
  std::string canonical;
  const TensorInfo* tensor;
};

std::vector<Named> ByCanonicalName(const Header& header) {
  std::vector<Named> named;
  for (const TensorInfo& tensor : header.tensors()) {
    named.push_back({CanonicalName(tensor.name), &tensor});
  }
  std::sort(named.begin(), named.end(),
            [](const Named& a, const Named& b) { return a.canonical < b.canonical; });
  return named;
}

void HashHead(const Named& named, std::string_view dtype, Hasher& hasher) {
  hasher.Text(named.canonical);
  hasher.Text(dtype);
  hasher.Number(named.tensor->shape.size());
  hasher.Bytes(std::as_bytes(named.tensor->shape));
}

void HashRows(std::span<const std::byte> bytes, const std::optional<RowOrder>& order,
              Hasher& hasher) {
  if (!order) {
    hasher.Bytes(bytes);
    return;
  }
  const std::size_t row_bytes = bytes.size() / order->rows();
  for (std::uint64_t row = 0; row < order->rows(); ++row) {
    hasher.Bytes(bytes.subspan(order->StoredRow(row) * row_bytes, row_bytes));
  }
}

XXH128_canonical_t DigestStored(const Named& named, std::span<const std::byte> bytes,
                                const std::optional<RowOrder>& order) {
  Hasher hasher;
  HashHead(named, Traits(named.tensor->dtype).name, hasher);
  hasher.Number(bytes.size());
  HashRows(bytes, order, hasher);
  return hasher.Digest();
}

XXH128_canonical_t DigestValues(const Named& named, std::span<const std::byte> bytes,
                                const std::optional<RowOrder>& order) {
  std::vector<float> values(named.tensor->elements);
  ToF32(named.tensor->dtype, bytes, values);
  Hasher hasher;
  HashHead(named, "values", hasher);
  HashRows(std::as_bytes(std::span(values)), order, hasher);
  return hasher.Digest();
}

}  // namespace

Result<PayloadDigests> DigestPayload(const Model& model, const std::string& path) {
  // Without a configuration nothing is known to be permuted.
  const Result<ModelConfig> config = model.Config();
  StoredBytes stored(model, path);
  PayloadDigests digests;
  Hasher payload;
  Hasher matched;
  for (const Named& named : ByCanonicalName(model.header())) {
    const TensorInfo& tensor = *named.tensor;
    Result<std::span<const std::byte>> bytes = stored.Of(tensor);
    if (!bytes) return Fail(std::move(bytes.error()));
    const std::optional<RowOrder> order =
        config ? RowOrderOf(named.canonical, tensor, *config) : std::nullopt;
    const XXH128_canonical_t exact = DigestStored(named, *bytes, order);
    payload.Bytes(std::as_bytes(std::span(exact.digest)));
    const bool vector = tensor.shape.size() < 2;
    const XXH128_canonical_t wide =
        vector && CanWiden(tensor.dtype) ? DigestValues(named, *bytes, order) : exact;
    matched.Bytes(std::as_bytes(std::span(wide.digest)));
    if (vector) digests.vectors[named.canonical] = Traits(tensor.dtype).name;
  }
  digests.payload = TextOf(payload);
  digests.matched = TextOf(matched);
  return digests;
}

}  // namespace falsify::loaders
