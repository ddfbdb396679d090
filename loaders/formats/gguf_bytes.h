#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace falsify::loaders {

/// Little-endian fields of a GGUF file, put together without a writer.
class GgufBytes {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> GgufBytes& Add(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  GgufBytes& Raw(std::string_view text) {
    text_.append(text);
    return *this;
  }
  GgufBytes& Text(std::string_view text) { return Add(std::uint64_t{text.size()}).Raw(text); }

  /// Magic, version and counts.
  static GgufBytes Head(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    return GgufBytes().Raw("GGUF").Add(version).Add(tensors).Add(keys);
  }
  GgufBytes& KeyU32(std::string_view key, std::uint32_t value) {
    return Text(key).Add(std::uint32_t{4}).Add(value);
  }
  GgufBytes& KeyText(std::string_view key, std::string_view value) {
    return Text(key).Add(std::uint32_t{8}).Text(value);
  }
  GgufBytes& Tensor(std::string_view name, std::initializer_list<std::uint64_t> dims,
                    std::uint32_t type, std::uint64_t offset) {
    Text(name).Add(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) Add(dim);
    return Add(type).Add(offset);
  }
  GgufBytes& PadTo(std::size_t alignment) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment, '\0');
    return *this;
  }
  GgufBytes& Zeros(std::size_t bytes) {
    text_.append(bytes, '\0');
    return *this;
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace falsify::loaders
