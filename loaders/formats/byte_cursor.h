#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace falsify::loaders {

/// Reads little-endian fields one after the other from the beginning of a file, of which a part is
/// in memory. Knows where the file ends: nothing is read beyond, and no count or length may be
/// believed before it was compared with `left()`.
class ByteCursor {
 public:
  /// `bytes` are the file's first; `file_bytes` is at least their number.
  ByteCursor(std::span<const std::byte> bytes, std::uint64_t file_bytes)
      : bytes_(bytes), file_bytes_(file_bytes) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return file_bytes_ - position_; }  ///< in the file

  /// True once something was asked for that the file has and memory has not: read more of the file
  /// and start again.
  bool starved() const { return starved_; }

  /// Empty, and nothing is consumed, if that many bytes are not there.
  std::optional<std::span<const std::byte>> Take(std::uint64_t size) {
    if (size > left()) return std::nullopt;
    if (size > bytes_.size() - position_) {
      starved_ = true;
      return std::nullopt;
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
  std::span<const std::byte> bytes_;
  std::uint64_t file_bytes_;
  std::uint64_t position_ = 0;
  bool starved_ = false;
};

}  // namespace falsify::loaders
