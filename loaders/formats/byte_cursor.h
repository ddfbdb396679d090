#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace falsify::loaders {

/// Brings more of a file into memory.
class ByteSupply {
 public:
  virtual ~ByteSupply() = default;

  /// The file's first bytes, at least `end` of them unless reading failed. What was handed out
  /// before stays where it is.
  virtual std::span<const std::byte> UpTo(std::uint64_t end) = 0;
};

/// Reads little-endian fields one after the other from the beginning of a file. Knows where the
/// file ends: nothing is read beyond, and no count or length may be believed before it was compared
/// with `left()`.
class ByteCursor {
 public:
  /// All of a file, or of a part that is read as if it were one.
  explicit ByteCursor(std::span<const std::byte> bytes)
      : bytes_(bytes), file_bytes_(bytes.size()) {}

  /// A file of which more is read when it is needed. `supply` outlives this.
  ByteCursor(ByteSupply& supply, std::uint64_t file_bytes)
      : supply_(&supply), file_bytes_(file_bytes) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return file_bytes_ - position_; }  ///< in the file

  /// Empty, and nothing is consumed, if that many bytes are not there.
  std::optional<std::span<const std::byte>> Take(std::uint64_t size) {
    if (size > left()) return std::nullopt;
    if (size > bytes_.size() - position_) {
      bytes_ = supply_->UpTo(position_ + size);
      if (size > bytes_.size() - position_) return std::nullopt;
    }
    const auto taken = bytes_.subspan(position_, size);
    position_ += size;
    return taken;
  }

  template <class T>
  requires std::is_trivially_copyable_v<T> std::optional<T> Number() {
    const auto bytes = Take(sizeof(T));
    if (!bytes) return std::nullopt;
    T value;
    std::memcpy(&value, bytes->data(), sizeof(T));
    return value;
  }

  std::optional<std::string_view> Text(std::uint64_t size) {
    const auto bytes = Take(size);
    if (!bytes) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  }

 private:
  ByteSupply* supply_ = nullptr;
  std::span<const std::byte> bytes_;
  std::uint64_t file_bytes_;
  std::uint64_t position_ = 0;
};

}  // namespace falsify::loaders
