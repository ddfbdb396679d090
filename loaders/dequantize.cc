#include "loaders/dequantize.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "loaders/block_formats.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loaders/dequantize.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

// Every scale * quant that an offset follows is exact in F32 (Q5_K: 11 + 6 + 5 bits), so a fused
// sum would be no other; that the file is compiled with -ffp-contract=off spares new formats the
// proof.
HWY_BEFORE_NAMESPACE();
namespace falsify::loaders {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F32Tag = hn::CappedTag<float, 16>;  // the smallest group
using I32Tag = hn::RebindToSigned<F32Tag>;
using I8Tag = hn::Rebind<std::int8_t, F32Tag>;

template <class Format>
HWY_INLINE void ScaleGroup(const std::int8_t* quants, float scale, float offset, float* to) {
  const F32Tag d;
  for (std::size_t i = 0; i < Format::kGroup; i += hn::Lanes(d)) {
    const auto wide = hn::PromoteTo(I32Tag(), hn::LoadU(I8Tag(), quants + i));
    auto value = hn::Mul(hn::ConvertTo(d, wide), hn::Set(d, scale));
    if constexpr (Format::kHasOffset) value = hn::Add(value, hn::Set(d, offset));
    hn::StoreU(value, d, to + i);
  }
}

template <class Format>
void Decode(const std::uint8_t* from, std::size_t block_bytes, std::size_t elements, float* to) {
  constexpr std::size_t kGroups = Format::kElements / Format::kGroup;
  HWY_ALIGN std::int8_t quants[Format::kElements];
  HWY_ALIGN float last[Format::kElements];
  float scales[kGroups];
  float offsets[kGroups] = {};
  for (std::size_t done = 0; done < elements; done += Format::kElements, from += block_bytes) {
    Format::Unpack(from, quants, scales, offsets);
    const std::size_t count = std::min(elements - done, Format::kElements);
    float* out = count == Format::kElements ? to + done : last;
    for (std::size_t group = 0; group < kGroups; ++group) {
      const std::size_t first = group * Format::kGroup;
      ScaleGroup<Format>(quants + first, scales[group], offsets[group], out + first);
    }
    if (out == last) std::copy_n(last, count, to + done);
  }
}

void DecodeBlocks(Dtype dtype, const std::uint8_t* from, std::size_t elements, float* to) {
  namespace formats = block_formats;
  const std::size_t block_bytes = Traits(dtype).block_bytes;
  const auto decode = [&](auto format) {
    Decode<decltype(format)>(from, block_bytes, elements, to);
  };
  switch (dtype) {
    case Dtype::kQ4_0:
      return decode(formats::Q4_0());
    case Dtype::kQ4_1:
      return decode(formats::Q4_1());
    case Dtype::kQ5_0:
      return decode(formats::Q5_0());
    case Dtype::kQ5_1:
      return decode(formats::Q5_1());
    case Dtype::kQ8_0:
      return decode(formats::Q8_0());
    case Dtype::kQ8_1:
      return decode(formats::Q8_1());
    case Dtype::kQ2_K:
      return decode(formats::Q2_K());
    case Dtype::kQ3_K:
      return decode(formats::Q3_K());
    case Dtype::kQ4_K:
      return decode(formats::Q4_K());
    case Dtype::kQ5_K:
      return decode(formats::Q5_K());
    case Dtype::kQ6_K:
      return decode(formats::Q6_K());
    case Dtype::kQ8_K:
      return decode(formats::Q8_K());
    case Dtype::kIQ4_NL:
      return decode(formats::Iq4Nl());
    case Dtype::kIQ4_XS:
      return decode(formats::Iq4Xs());
    case Dtype::kMXFP4:
      return decode(formats::Mxfp4());
    case Dtype::kTQ2_0:
      return decode(formats::Tq2_0());
    case Dtype::kQ1_0:
      return decode(formats::Q1_0());
    case Dtype::kQ2_0:
      return decode(formats::Q2_0());
    default:
      return decode(formats::AprQ4());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace falsify::loaders
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace falsify::loaders {
namespace {

HWY_EXPORT(DecodeBlocks);

template <class T>
void ConvertEach(const std::byte* from, std::span<float> into) {
  for (float& value : into) {
    T stored;
    std::memcpy(&stored, from, sizeof(stored));
    value = static_cast<float>(stored);
    from += sizeof(stored);
  }
}

void DecodeAprQ8(const std::byte* prefix, const std::byte* quants, std::span<float> into) {
  float scale;
  std::memcpy(&scale, prefix, sizeof(scale));
  ConvertEach<std::int8_t>(quants, into);
  for (float& value : into) value *= scale;
}

}  // namespace

bool CanDequantize(Dtype dtype) {
  constexpr std::array kAll = {
      Dtype::kI8,    Dtype::kI16,  Dtype::kI32,    Dtype::kI64,    Dtype::kF64,
      Dtype::kQ4_0,  Dtype::kQ4_1, Dtype::kQ5_0,   Dtype::kQ5_1,   Dtype::kQ8_0,
      Dtype::kQ8_1,  Dtype::kQ2_K, Dtype::kQ3_K,   Dtype::kQ4_K,   Dtype::kQ5_K,
      Dtype::kQ6_K,  Dtype::kQ8_K, Dtype::kIQ4_NL, Dtype::kIQ4_XS, Dtype::kMXFP4,
      Dtype::kTQ2_0, Dtype::kQ1_0, Dtype::kQ2_0,   Dtype::kAprQ4,  Dtype::kAprQ8,
  };
  return std::ranges::find(kAll, dtype) != kAll.end();
}

void Dequantize(Dtype dtype, const std::byte* prefix, const std::byte* blocks,
                std::span<float> into) {
  switch (dtype) {
    case Dtype::kI8:
      return ConvertEach<std::int8_t>(blocks, into);
    case Dtype::kI16:
      return ConvertEach<std::int16_t>(blocks, into);
    case Dtype::kI32:
      return ConvertEach<std::int32_t>(blocks, into);
    case Dtype::kI64:
      return ConvertEach<std::int64_t>(blocks, into);
    case Dtype::kF64:
      return ConvertEach<double>(blocks, into);
    case Dtype::kAprQ8:
      return DecodeAprQ8(prefix, blocks, into);
    default:
      HWY_DYNAMIC_DISPATCH(DecodeBlocks)
      (dtype, reinterpret_cast<const std::uint8_t*>(blocks), into.size(), into.data());
  }
}

}  // namespace falsify::loaders
#endif  // HWY_ONCE
