#include "loaders/convert.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "loaders/dequantize.h"
#include "loaders/quantize.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "loaders/convert.cc"
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"

// Everything is done on integers, but for one exact float addition per direction that shifts the
// significand of F16 subnormals. So every instruction set gives the same bits, NaNs included,
// which Highway's own F16 conversions do not promise.
HWY_BEFORE_NAMESPACE();
namespace falsify::loaders {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F32Tag = hn::ScalableTag<float>;
using U32Tag = hn::RebindToUnsigned<F32Tag>;
using U16Tag = hn::Rebind<std::uint16_t, U32Tag>;
using U32 = hn::Vec<U32Tag>;

struct Bf16ToF32 {
  HWY_INLINE U32 operator()(U32 bits) const { return hn::ShiftLeft<16>(bits); }
};

struct F16ToF32 {
  HWY_INLINE U32 operator()(U32 bits) const {
    const U32Tag d;
    const F32Tag df;
    const U32 sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(d, 0x8000U)));
    const U32 magnitude = hn::And(bits, hn::Set(d, 0x7FFFU));
    const U32 shifted = hn::ShiftLeft<13>(magnitude);
    const U32 rebias = hn::Set(d, (127U - 15U) << 23);
    const U32 normal = hn::Add(shifted, rebias);
    const U32 special = hn::Add(normal, rebias);  // Inf, NaN: the exponent becomes 255
    const U32 smallest = hn::Set(d, 113U << 23);  // 2^-14: the implicit bit to take away again
    const U32 subnormal = hn::BitCast(
        d, hn::Sub(hn::BitCast(df, hn::Add(shifted, smallest)), hn::BitCast(df, smallest)));
    const auto is_special = hn::Gt(magnitude, hn::Set(d, 0x7BFFU));
    const auto is_subnormal = hn::Lt(magnitude, hn::Set(d, 0x0400U));
    return hn::Or(
        sign, hn::IfThenElse(is_special, special, hn::IfThenElse(is_subnormal, subnormal, normal)));
  }
};

struct F32ToBf16 {
  HWY_INLINE U32 operator()(U32 bits) const {
    const U32Tag d;
    const U32 high = hn::ShiftRight<16>(bits);
    const U32 odd = hn::And(high, hn::Set(d, 1U));
    const U32 rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(hn::Set(d, 0x7FFFU), odd)));
    const U32 quiet = hn::Or(high, hn::Set(d, 0x40U));
    const U32 magnitude = hn::And(bits, hn::Set(d, 0x7FFFFFFFU));
    return hn::IfThenElse(hn::Gt(magnitude, hn::Set(d, 0x7F800000U)), quiet, rounded);
  }
};

struct F32ToF16 {
  HWY_INLINE U32 operator()(U32 bits) const {
    const U32Tag d;
    const F32Tag df;
    const U32 magnitude = hn::And(bits, hn::Set(d, 0x7FFFFFFFU));
    const U32 sign = hn::ShiftRight<16>(hn::And(bits, hn::Set(d, 0x80000000U)));
    const U32 odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(d, 1U));
    const U32 round = hn::Add(hn::Set(d, 0xFFFU), odd);
    const U32 normal =
        hn::ShiftRight<13>(hn::Sub(hn::Add(magnitude, round), hn::Set(d, (127U - 15U) << 23)));
    // Adding 0.5 leaves the value, rounded to a multiple of 2^-24, in the lowest bits.
    const U32 half = hn::Set(d, 126U << 23);
    const U32 subnormal =
        hn::Sub(hn::BitCast(d, hn::Add(hn::BitCast(df, magnitude), hn::BitCast(df, half))), half);
    const U32 nan =
        hn::Or(hn::Set(d, 0x7E00U), hn::And(hn::ShiftRight<13>(magnitude), hn::Set(d, 0x03FFU)));
    const auto is_nan = hn::Gt(magnitude, hn::Set(d, 0x7F800000U));
    const auto is_large = hn::Gt(magnitude, hn::Set(d, 0x477FEFFFU));     // >= 65520
    const auto is_subnormal = hn::Lt(magnitude, hn::Set(d, 113U << 23));  // < 2^-14
    const U32 finite = hn::IfThenElse(is_subnormal, subnormal, normal);
    const U32 large = hn::IfThenElse(is_nan, nan, hn::Set(d, 0x7C00U));
    return hn::Or(sign, hn::IfThenElse(is_large, large, finite));
  }
};

// Loads and stores at any alignment: as bytes, of which a vector of one lane has no notion.
template <class Tag>
HWY_INLINE hn::Vec<Tag> LoadAt(Tag tag, const std::uint8_t* from) {
#if HWY_TARGET == HWY_SCALAR
  hn::TFromD<Tag> lane;
  std::memcpy(&lane, from, sizeof(lane));
  return hn::Set(tag, lane);
#else
  return hn::BitCast(tag, hn::LoadU(hn::Repartition<std::uint8_t, Tag>(), from));
#endif
}

template <class Tag>
HWY_INLINE void StoreAt(Tag, hn::Vec<Tag> lanes, std::uint8_t* to) {
#if HWY_TARGET == HWY_SCALAR
  const hn::TFromD<Tag> lane = hn::GetLane(lanes);
  std::memcpy(to, &lane, sizeof(lane));
#else
  const hn::Repartition<std::uint8_t, Tag> bytes;
  hn::StoreU(hn::BitCast(bytes, lanes), bytes, to);
#endif
}

// One vector of 32-bit lanes at a time.
template <class Kernel>
struct Widen {
  static constexpr std::size_t kInBytes = 2;
  static constexpr std::size_t kOutBytes = 4;

  static HWY_INLINE void Lanes(const std::uint8_t* from, std::uint8_t* to) {
    const U32 bits = hn::PromoteTo(U32Tag(), LoadAt(U16Tag(), from));
    StoreAt(U32Tag(), Kernel()(bits), to);
  }
};

template <class Kernel>
struct Narrow {
  static constexpr std::size_t kInBytes = 4;
  static constexpr std::size_t kOutBytes = 2;

  static HWY_INLINE void Lanes(const std::uint8_t* from, std::uint8_t* to) {
    const U32 bits = Kernel()(LoadAt(U32Tag(), from));
    StoreAt(U16Tag(), hn::TruncateTo(U16Tag(), bits), to);
  }
};

template <class Step>
HWY_INLINE void ForAll(const std::uint8_t* from, std::uint8_t* to, std::size_t elements) {
  const std::size_t step = hn::Lanes(U32Tag());
  std::size_t done = 0;
  for (; done + step <= elements; done += step) {
    Step::Lanes(from + done * Step::kInBytes, to + done * Step::kOutBytes);
  }
  const std::size_t rest = elements - done;
  if (rest == 0) return;
  std::uint8_t in[HWY_MAX_BYTES] = {};
  std::uint8_t out[HWY_MAX_BYTES] = {};
  std::memcpy(in, from + done * Step::kInBytes, rest * Step::kInBytes);
  Step::Lanes(in, out);
  std::memcpy(to + done * Step::kOutBytes, out, rest * Step::kOutBytes);
}

void WidenBf16(const std::uint8_t* from, std::uint8_t* to, std::size_t elements) {
  ForAll<Widen<Bf16ToF32>>(from, to, elements);
}

void WidenF16(const std::uint8_t* from, std::uint8_t* to, std::size_t elements) {
  ForAll<Widen<F16ToF32>>(from, to, elements);
}

void NarrowBf16(const std::uint8_t* from, std::uint8_t* to, std::size_t elements) {
  ForAll<Narrow<F32ToBf16>>(from, to, elements);
}

void NarrowF16(const std::uint8_t* from, std::uint8_t* to, std::size_t elements) {
  ForAll<Narrow<F32ToF16>>(from, to, elements);
}

}  // namespace HWY_NAMESPACE
}  // namespace falsify::loaders
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace falsify::loaders {
namespace {

HWY_EXPORT(WidenBf16);
HWY_EXPORT(WidenF16);
HWY_EXPORT(NarrowBf16);
HWY_EXPORT(NarrowF16);

}  // namespace

bool CanNarrow(Dtype dtype) {
  return dtype == Dtype::kF32 || dtype == Dtype::kF16 || dtype == Dtype::kBF16;
}

bool CanWiden(Dtype dtype) { return CanNarrow(dtype) || CanDequantize(dtype); }

void ToF32(Dtype dtype, std::span<const std::byte> bytes, std::span<float> into) {
  ToF32From(dtype, bytes, 0, into);
}

void ToF32From(Dtype dtype, std::span<const std::byte> bytes, std::uint64_t first,
               std::span<float> into) {
  if (into.empty()) return;
  const DtypeTraits& traits = Traits(dtype);
  const std::byte* start =
      bytes.data() + traits.prefix_bytes + first / traits.block_elements * traits.block_bytes;
  const auto* from = reinterpret_cast<const std::uint8_t*>(start);
  auto* to = reinterpret_cast<std::uint8_t*>(into.data());
  switch (dtype) {
    case Dtype::kBF16:
      return HWY_DYNAMIC_DISPATCH(WidenBf16)(from, to, into.size());
    case Dtype::kF16:
      return HWY_DYNAMIC_DISPATCH(WidenF16)(from, to, into.size());
    case Dtype::kF32:
      std::memcpy(to, from, into.size_bytes());
      return;
    default:
      Dequantize(dtype, bytes.data(), start, into);
  }
}

void FromF32(Dtype dtype, std::span<const float> from, std::span<std::byte> into) {
  if (from.empty()) return;
  const auto* wide = reinterpret_cast<const std::uint8_t*>(from.data());
  auto* to = reinterpret_cast<std::uint8_t*>(into.data());
  switch (dtype) {
    case Dtype::kBF16:
      return HWY_DYNAMIC_DISPATCH(NarrowBf16)(wide, to, from.size());
    case Dtype::kF16:
      return HWY_DYNAMIC_DISPATCH(NarrowF16)(wide, to, from.size());
    case Dtype::kF32:
      std::memcpy(to, wide, from.size_bytes());
      return;
    default:
      Quantize(dtype, from, into);
  }
}

bool NarrowExactly(Dtype dtype, std::span<const float> from, std::span<std::byte> into) {
  FromF32(dtype, from, into);
  if (dtype == Dtype::kF32) return true;
  for (std::size_t i = 0; i < from.size(); ++i) {  // FromF32 made signalling NaNs quiet
    const auto bits = std::bit_cast<std::uint32_t>(from[i]);
    if ((bits & 0x7FFFFFFFU) <= 0x7F800000U) continue;
    const std::uint32_t f16 = (bits >> 16 & 0x8000U) | 0x7C00U | (bits >> 13 & 0x03FFU);
    const auto narrow = static_cast<std::uint16_t>(dtype == Dtype::kBF16 ? bits >> 16 : f16);
    std::memcpy(into.data() + 2 * i, &narrow, sizeof(narrow));
  }
  std::array<float, 1024> again;
  for (std::size_t done = 0; done < from.size(); done += again.size()) {
    const std::size_t count = std::min(again.size(), from.size() - done);
    ToF32(dtype, into.subspan(2 * done, 2 * count), std::span(again).first(count));
    if (std::memcmp(again.data(), from.data() + done, count * sizeof(float)) != 0) return false;
  }
  return true;
}

}  // namespace falsify::loaders
#endif  // HWY_ONCE
