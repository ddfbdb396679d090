#include "loaders/tokenizer/byte_map.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace falsify::loaders {
namespace {

constexpr std::uint32_t kBytes = 256;
constexpr std::uint32_t kFirstSpare = 256;
constexpr std::uint32_t kCharacters = kFirstSpare + 68;
constexpr std::uint32_t kTwoBytes = 0x80;  // from here on a character takes two bytes of UTF-8

constexpr bool StandsForItself(std::uint32_t byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

constexpr std::array<std::uint16_t, kBytes> kCharacterOf = [] {
  std::array<std::uint16_t, kBytes> map = {};
  std::uint32_t spare = kFirstSpare;
  for (std::uint32_t byte = 0; byte < kBytes; ++byte) {
    map[byte] = static_cast<std::uint16_t>(StandsForItself(byte) ? byte : spare++);
  }
  return map;
}();

constexpr std::int16_t kNoByte = -1;
constexpr std::array<std::int16_t, kCharacters> kByteOf = [] {
  std::array<std::int16_t, kCharacters> map = {};
  for (std::int16_t& byte : map) byte = kNoByte;
  for (std::uint32_t byte = 0; byte < kBytes; ++byte) {
    map[kCharacterOf[byte]] = static_cast<std::int16_t>(byte);
  }
  return map;
}();

}  // namespace

std::string MapBytes(std::string_view bytes) {
  std::string mapped;
  mapped.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const std::uint32_t character = kCharacterOf[static_cast<unsigned char>(c)];
    if (character < kTwoBytes) {
      mapped.push_back(static_cast<char>(character));
    } else {
      mapped.push_back(static_cast<char>(0xC0 | (character >> 6)));
      mapped.push_back(static_cast<char>(0x80 | (character & 0x3F)));
    }
  }
  return mapped;
}

std::optional<std::string> UnmapBytes(std::string_view mapped) {
  std::string bytes;
  bytes.reserve(mapped.size());
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    std::uint32_t character = static_cast<unsigned char>(mapped[i]);
    if (character >= kTwoBytes) {
      if ((character & 0xE0) != 0xC0 || i + 1 == mapped.size()) return std::nullopt;
      const std::uint32_t next = static_cast<unsigned char>(mapped[++i]);
      if ((next & 0xC0) != 0x80) return std::nullopt;
      character = (character & 0x1F) << 6 | (next & 0x3F);
    }
    if (character >= kCharacters || kByteOf[character] == kNoByte) return std::nullopt;
    bytes.push_back(static_cast<char>(kByteOf[character]));
  }
  return bytes;
}

}  // namespace falsify::loaders
