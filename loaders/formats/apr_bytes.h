#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "loaders/formats/apr_layout.h"
#include "zlib.h"

namespace falsify::loaders {

/// An APR file laid out by hand, two F32 tensors unless changed: without a writer, so that it can
/// be wrong.
struct AprParts {
  std::string metadata = R"({"model_type":"test"})";
  struct Entry {
    std::string name;
    std::uint8_t dtype;
    std::vector<std::uint64_t> dims;
    std::uint64_t offset;
    std::uint64_t size;
  };
  std::vector<Entry> entries = {{"bias", 0, {1}, 0, 4}, {"weights", 0, {8}, 64, 32}};
  std::string data = std::string(128, '\1');
  std::uint32_t count = 2;
  std::string index;  ///< instead of the entries'
};

template <class T>
inline void AprAppend(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
inline void AprStore(std::string& text, std::size_t at, T value) {
  std::memcpy(text.data() + at, &value, sizeof(value));
}
inline void AprPad(std::string& text) { text.resize((text.size() + 63) / 64 * 64, '\0'); }

/// Makes the header's checksum right again.
inline void AprSeal(std::string& file) {
  AprStore(file, kAprChecksumAt, AprHeaderChecksum(std::as_bytes(std::span(file))));
}

inline std::string AprBuild(const AprParts& parts) {
  std::string index = parts.index;
  for (const AprParts::Entry& entry : parts.entries) {
    if (!parts.index.empty()) break;
    AprAppend(index, static_cast<std::uint16_t>(entry.name.size()));
    index += entry.name;
    AprAppend(index, entry.dtype);
    AprAppend(index, static_cast<std::uint8_t>(entry.dims.size()));
    for (const std::uint64_t dim : entry.dims) AprAppend(index, dim);
    AprAppend(index, entry.offset);
    AprAppend(index, entry.size);
  }
  std::string metadata = parts.metadata;
  AprPad(metadata);
  AprPad(index);
  std::string file(64, '\0');
  std::memcpy(file.data(), "APR\0\2\0", 6);
  AprStore(file, 6, std::uint16_t{0x0400});
  AprStore(file, 8, parts.count);
  AprStore(file, 12, std::uint64_t{64});
  AprStore(file, 20, static_cast<std::uint32_t>(parts.metadata.size()));
  AprStore(file, 24, std::uint64_t{64 + metadata.size()});
  AprStore(file, 32, std::uint64_t{64 + metadata.size() + index.size()});
  AprSeal(file);
  return file + metadata + index + parts.data;
}

inline std::string AprWithFooter(std::string file) {
  AprAppend(file, static_cast<std::uint32_t>(
                      crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size())));
  return file;
}

inline std::string AprWith(const std::function<void(AprParts&)>& change) {
  AprParts parts;
  change(parts);
  return AprBuild(parts);
}

inline std::string AprPatched(const std::function<void(std::string&)>& change) {
  std::string file = AprBuild({});
  change(file);
  AprSeal(file);
  return file;
}

}  // namespace falsify::loaders
