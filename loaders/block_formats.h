#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "loaders/half.h"

/// What the bytes of one block mean (ggml-org/ggml, src/ggml-quants.c; AprQ4: paiml/aprender). Each
/// format unpacks a block into small integers and, per `kGroup` of them, a scale; the value of an
/// element is scale * quant, or scale * quant + offset where `kHasOffset`. The formats' own orders
/// of operations come to the same, bit for bit: products commute, and a - b is a + (-b).
/// Internal to dequantize.cc.
namespace falsify::loaders::block_formats {

using Bytes = const std::uint8_t*;
using Quants = std::int8_t* __restrict;

template <class T>
T Read(Bytes from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline float Half(Bytes from) { return FromHalf(Read<std::uint16_t>(from)); }

/// All low nibbles of `kCount` bytes, then all high ones, less `zero`.
template <std::size_t kCount>
void SplitNibbles(Bytes bytes, Quants quants, int zero = 0) {
  for (std::size_t i = 0; i < kCount; ++i) {
    quants[i] = static_cast<std::int8_t>((bytes[i] & 15) - zero);
    quants[i + kCount] = static_cast<std::int8_t>((bytes[i] >> 4) - zero);
  }
}

/// 64 bytes of bit pairs: of each half, the lowest pair of every byte, then the next, less `zero`.
inline void SplitPairs(Bytes bytes, Quants quants, int zero = 0) {
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t i = 0; i < 32; ++i) {
        quants[128 * half + 32 * j + i] =
            static_cast<std::int8_t>((bytes[32 * half + i] >> (2 * j) & 3) - zero);
      }
    }
  }
}

/// 32 bytes of bits: adds `weight` to quant 32k + i where bit k of byte i is set.
inline void AddBitPlanes(Bytes planes, int weight, Quants quants) {
  for (std::size_t k = 0; k < 8; ++k) {
    for (std::size_t i = 0; i < 32; ++i) {
      const int bit = planes[i] >> k & 1;
      quants[32 * k + i] = static_cast<std::int8_t>(quants[32 * k + i] + weight * bit);
    }
  }
}

template <std::size_t kCount>
void LookUp(const std::int8_t (&table)[16], Quants quants) {
  for (std::size_t i = 0; i < kCount; ++i) quants[i] = table[quants[i]];
}

/// Bit i of `bits` is the fifth bit of quant i.
inline void AddFifthBits(std::uint32_t bits, Quants quants) {
  for (std::size_t i = 0; i < 32; ++i) {
    quants[i] = static_cast<std::int8_t>(quants[i] + static_cast<int>(bits >> i & 1U) * 16);
  }
}

struct Q4_0 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    SplitNibbles<16>(block + 2, quants, 8);
  }
};

struct Q4_1 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = true;
  static void Unpack(Bytes block, Quants quants, float* scales, float* offsets) {
    scales[0] = Half(block);
    offsets[0] = Half(block + 2);
    SplitNibbles<16>(block + 4, quants);
  }
};

struct Q5_0 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    SplitNibbles<16>(block + 6, quants, 16);
    AddFifthBits(Read<std::uint32_t>(block + 2), quants);
  }
};

struct Q5_1 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = true;
  static void Unpack(Bytes block, Quants quants, float* scales, float* offsets) {
    scales[0] = Half(block);
    offsets[0] = Half(block + 2);
    SplitNibbles<16>(block + 8, quants);
    AddFifthBits(Read<std::uint32_t>(block + 4), quants);
  }
};

struct Q8_0 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    std::memcpy(quants, block + 2, 32);
  }
};

struct Q8_1 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);  // followed by the sum of the values, which dot products use
    std::memcpy(quants, block + 4, 32);
  }
};

struct Q2_K {
  static constexpr std::size_t kElements = 256, kGroup = 16;
  static constexpr bool kHasOffset = true;
  static void Unpack(Bytes block, Quants quants, float* scales, float* offsets) {
    const float scale = Half(block + 80);
    const float least = Half(block + 82);
    for (std::size_t group = 0; group < 16; ++group) {
      scales[group] = scale * static_cast<float>(block[group] & 15);
      offsets[group] = -(least * static_cast<float>(block[group] >> 4));
    }
    SplitPairs(block + 16, quants);
  }
};

struct Q3_K {
  static constexpr std::size_t kElements = 256, kGroup = 16;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    const float scale = Half(block + 108);
    const Bytes packed = block + 96;
    for (std::size_t group = 0; group < 16; ++group) {
      const int low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
      const int top = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
      scales[group] = scale * static_cast<float>(low + 16 * top - 32);
    }
    SplitPairs(block + 32, quants, 4);
    AddBitPlanes(block, 4, quants);
  }
};

/// The scales of Q4_K and Q5_K: eight 6-bit scales and eight 6-bit minima in 12 bytes.
inline void UnpackScales(Bytes block, float* scales, float* offsets) {
  const float scale = Half(block);
  const float least = Half(block + 2);
  const Bytes packed = block + 4;
  for (std::size_t k = 0; k < 8; ++k) {
    const int of_scale = k < 4 ? packed[k] & 63 : (packed[k + 4] & 15) + 16 * (packed[k - 4] >> 6);
    const int of_least = k < 4 ? packed[k + 4] & 63 : (packed[k + 4] >> 4) + 16 * (packed[k] >> 6);
    scales[k] = scale * static_cast<float>(of_scale);
    offsets[k] = -(least * static_cast<float>(of_least));
  }
}

struct Q4_K {
  static constexpr std::size_t kElements = 256, kGroup = 32;
  static constexpr bool kHasOffset = true;
  static void Unpack(Bytes block, Quants quants, float* scales, float* offsets) {
    UnpackScales(block, scales, offsets);
    for (std::size_t i = 0; i < 4; ++i) SplitNibbles<32>(block + 16 + 32 * i, quants + 64 * i);
  }
};

struct Q5_K {
  static constexpr std::size_t kElements = 256, kGroup = 32;
  static constexpr bool kHasOffset = true;
  static void Unpack(Bytes block, Quants quants, float* scales, float* offsets) {
    UnpackScales(block, scales, offsets);
    for (std::size_t i = 0; i < 4; ++i) SplitNibbles<32>(block + 48 + 32 * i, quants + 64 * i);
    AddBitPlanes(block + 16, 16, quants);
  }
};

struct Q6_K {
  static constexpr std::size_t kElements = 256, kGroup = 16;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    const float scale = Half(block + 208);
    for (std::size_t group = 0; group < 16; ++group) {
      scales[group] = scale * static_cast<float>(Read<std::int8_t>(block + 192 + group));
    }
    std::int8_t top[256];
    SplitPairs(block + 128, top);
    for (std::size_t i = 0; i < 2; ++i) SplitNibbles<64>(block + 64 * i, quants + 128 * i);
    for (std::size_t i = 0; i < 256; ++i) {
      quants[i] = static_cast<std::int8_t>(quants[i] + 16 * top[i] - 32);
    }
  }
};

struct Q8_K {
  static constexpr std::size_t kElements = 256, kGroup = 256;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Read<float>(block);
    std::memcpy(quants, block + 4, 256);
  }
};

inline constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

struct Iq4Nl {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    SplitNibbles<16>(block + 2, quants);
    LookUp<32>(kIq4Values, quants);
  }
};

struct Iq4Xs {
  static constexpr std::size_t kElements = 256, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    const float scale = Half(block);
    const int tops = Read<std::uint16_t>(block + 2);
    for (std::size_t k = 0; k < 8; ++k) {
      const int low = block[4 + k / 2] >> (4 * (k % 2)) & 15;
      scales[k] = scale * static_cast<float>(low + 16 * (tops >> (2 * k) & 3) - 32);
      SplitNibbles<16>(block + 8 + 16 * k, quants + 32 * k);
    }
    LookUp<256>(kIq4Values, quants);
  }
};

struct Mxfp4 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    // E2M1 values, doubled; the exponent is one less to make up for it: 2^(x - 128).
    constexpr std::int8_t kValues[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
    const std::uint32_t exponent = block[0];
    const std::uint32_t bits = exponent < 2 ? 0x00200000U << exponent : (exponent - 1) << 23;
    scales[0] = std::bit_cast<float>(bits);
    SplitNibbles<16>(block + 1, quants);
    LookUp<32>(kValues, quants);
  }
};

struct Tq2_0 {
  static constexpr std::size_t kElements = 256, kGroup = 256;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block + 64);
    SplitPairs(block, quants, 1);
  }
};

struct Q1_0 {
  static constexpr std::size_t kElements = 128, kGroup = 128;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    for (std::size_t i = 0; i < 128; ++i) {
      quants[i] = (block[2 + i / 8] >> (i % 8) & 1) != 0 ? std::int8_t{1} : std::int8_t{-1};
    }
  }
};

struct Q2_0 {
  static constexpr std::size_t kElements = 64, kGroup = 64;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    for (std::size_t i = 0; i < 64; ++i) {
      quants[i] = static_cast<std::int8_t>((block[2 + i / 4] >> (2 * (i % 4)) & 3) - 1);
    }
  }
};

struct AprQ4 {
  static constexpr std::size_t kElements = 32, kGroup = 32;
  static constexpr bool kHasOffset = false;
  static void Unpack(Bytes block, Quants quants, float* scales, float*) {
    scales[0] = Half(block);
    for (std::size_t i = 0; i < 16; ++i) {  // neighbours share a byte, unlike in Q4_0
      quants[2 * i] = static_cast<std::int8_t>((block[2 + i] & 15) - 8);
      quants[2 * i + 1] = static_cast<std::int8_t>((block[2 + i] >> 4) - 8);
    }
  }
};

}  // namespace falsify::loaders::block_formats
