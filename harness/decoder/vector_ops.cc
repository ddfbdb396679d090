#include "harness/decoder/vector_ops.h"

#include <array>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "harness/decoder/vector_ops.cc"
// clang-format off
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "hwy/contrib/math/math-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace falsify::harness {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F32Tag = hn::CappedTag<float, kLaneBlock>;  // so that lane blocks divide into whole vectors
using U32Tag = hn::RebindToUnsigned<F32Tag>;
using U16Tag = hn::Rebind<std::uint16_t, F32Tag>;
using F32 = hn::Vec<F32Tag>;
using U32 = hn::Vec<U32Tag>;

// Four sums side by side: shorter chains of dependent additions, and smaller rounding errors.
HWY_INLINE F32 SumOfSquares(const float* x, std::size_t rows, std::size_t stride) {
  const F32Tag d;
  F32 sum0 = hn::Zero(d);
  F32 sum1 = sum0;
  F32 sum2 = sum0;
  F32 sum3 = sum0;
  std::size_t row = 0;
  for (; row + 4 <= rows; row += 4, x += 4 * stride) {
    const F32 x0 = hn::LoadU(d, x);
    const F32 x1 = hn::LoadU(d, x + stride);
    const F32 x2 = hn::LoadU(d, x + 2 * stride);
    const F32 x3 = hn::LoadU(d, x + 3 * stride);
    sum0 = hn::MulAdd(x0, x0, sum0);
    sum1 = hn::MulAdd(x1, x1, sum1);
    sum2 = hn::MulAdd(x2, x2, sum2);
    sum3 = hn::MulAdd(x3, x3, sum3);
  }
  for (; row < rows; ++row, x += stride) {
    const F32 x0 = hn::LoadU(d, x);
    sum0 = hn::MulAdd(x0, x0, sum0);
  }
  return hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3));
}

void RmsNormImpl(const float* x, const float* weight, std::size_t rows, float eps,
                 std::size_t lanes, float* out) {
  const F32Tag d;
  const F32 count = hn::Set(d, static_cast<float>(rows));
  for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
    const F32 mean = hn::Div(SumOfSquares(x + lane, rows, lanes), count);
    const F32 scale = hn::Div(hn::Set(d, 1.0F), hn::Sqrt(hn::Add(mean, hn::Set(d, eps))));
    for (std::size_t row = 0; row < rows; ++row) {
      const F32 normed = hn::Mul(hn::LoadU(d, x + row * lanes + lane), scale);
      hn::StoreU(hn::Mul(normed, hn::Set(d, weight[row])), d, out + row * lanes + lane);
    }
  }
}

// To the nearest BF16, the upper half of an F32; ties to even. NaN stays NaN.
HWY_INLINE U32 RoundToBf16(F32 value) {
  const U32Tag du;
  const U32 bits = hn::BitCast(du, value);
  const U32 odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1U));
  const U32 rounded = hn::Add(bits, hn::Add(hn::Set(du, 0x7FFFU), odd));
  const U32 nan = hn::Set(du, 0x7FC00000U);
  const auto is_nan = hn::RebindMask(du, hn::IsNaN(value));
  return hn::ShiftRight<16>(hn::IfThenElse(is_nan, nan, rounded));
}

void SplitPiecesImpl(const float* x, std::size_t rows, std::size_t stride, std::size_t lanes,
                     std::uint16_t* pieces) {
  const F32Tag d;
  for (std::size_t row = 0; row < rows; ++row, x += stride) {
    for (std::size_t block = 0; block < lanes; block += kLaneBlock, pieces += 2 * kLaneBlock) {
      for (std::size_t lane = 0; lane < kLaneBlock; lane += hn::Lanes(d)) {
        const F32 value = hn::LoadU(d, x + block + lane);
        const U32 high = RoundToBf16(value);
        const F32 rest = hn::Sub(value, hn::BitCast(d, hn::ShiftLeft<16>(high)));
        hn::StoreU(hn::TruncateTo(U16Tag(), high), U16Tag(), pieces + lane);
        hn::StoreU(hn::TruncateTo(U16Tag(), RoundToBf16(rest)), U16Tag(),
                   pieces + kLaneBlock + lane);
      }
    }
  }
}

void AddPiecesImpl(const float* pieces, std::size_t rows, std::size_t lanes, std::size_t stride,
                   float* out) {
  const F32Tag d;
  for (std::size_t row = 0; row < rows; ++row, out += stride) {
    for (std::size_t block = 0; block < lanes; block += kLaneBlock, pieces += 2 * kLaneBlock) {
      for (std::size_t lane = 0; lane < kLaneBlock; lane += hn::Lanes(d)) {
        const F32 high = hn::LoadU(d, pieces + lane);
        const F32 low = hn::LoadU(d, pieces + kLaneBlock + lane);
        hn::StoreU(hn::Add(high, low), d, out + block + lane);
      }
    }
  }
}

// One vector's worth from any address; the lower halves seen are gathered in `lost`.
HWY_INLINE void NarrowLanes(const std::byte* values, std::uint16_t* out, U32& lost) {
  const U32Tag du;
  HWY_ALIGN std::array<std::uint32_t, kLaneBlock> lanes;
  std::memcpy(lanes.data(), values, hn::Lanes(du) * sizeof(std::uint32_t));
  const U32 bits = hn::Load(du, lanes.data());
  lost = hn::Or(lost, bits);
  hn::StoreU(hn::TruncateTo(U16Tag(), hn::ShiftRight<16>(bits)), U16Tag(), out);
}

bool NarrowIfExactImpl(const std::byte* values, std::size_t elements, std::uint16_t* out) {
  const U32Tag du;
  constexpr std::size_t kCheckEvery = 1024;
  std::size_t done = 0;
  while (done + hn::Lanes(du) <= elements) {
    U32 lost = hn::Zero(du);
    for (const std::size_t stop = done + kCheckEvery;
         done < stop && done + hn::Lanes(du) <= elements; done += hn::Lanes(du)) {
      NarrowLanes(values + done * sizeof(float), out + done, lost);
    }
    if (!hn::AllTrue(du, hn::Eq(hn::ShiftLeft<16>(lost), hn::Zero(du)))) return false;
  }
  for (; done < elements; ++done) {
    std::uint32_t bits;
    std::memcpy(&bits, values + done * sizeof(float), sizeof(bits));
    if ((bits & 0xFFFFU) != 0) return false;
    out[done] = static_cast<std::uint16_t>(bits >> 16);
  }
  return true;
}

void AddBiasImpl(const float* bias, std::size_t rows, std::size_t lanes, float* x) {
  const F32Tag d;
  for (std::size_t row = 0; row < rows; ++row) {
    const F32 value = hn::Set(d, bias[row]);
    for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d), x += hn::Lanes(d)) {
      hn::StoreU(hn::Add(hn::LoadU(d, x), value), d, x);
    }
  }
}

void AddIntoImpl(const float* from, std::size_t values, float* to) {
  const F32Tag d;
  for (std::size_t i = 0; i < values; i += hn::Lanes(d)) {
    hn::StoreU(hn::Add(hn::LoadU(d, to + i), hn::LoadU(d, from + i)), d, to + i);
  }
}

void SwiGluImpl(const float* gate, const float* up, std::size_t values, float* out) {
  const F32Tag d;
  const F32 one = hn::Set(d, 1.0F);
  const F32 largest = hn::Set(d, 88.0F);  // keeps exp finite; such a gate is shut anyway
  for (std::size_t i = 0; i < values; i += hn::Lanes(d)) {
    const F32 g = hn::LoadU(d, gate + i);
    const F32 shut = hn::Exp(d, hn::Min(hn::Neg(g), largest));
    const F32 opened = hn::Div(g, hn::Add(one, shut));
    hn::StoreU(hn::Mul(opened, hn::LoadU(d, up + i)), d, out + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace falsify::harness
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace falsify::harness {
namespace {

HWY_EXPORT(RmsNormImpl);
HWY_EXPORT(SplitPiecesImpl);
HWY_EXPORT(AddPiecesImpl);
HWY_EXPORT(NarrowIfExactImpl);
HWY_EXPORT(AddBiasImpl);
HWY_EXPORT(AddIntoImpl);
HWY_EXPORT(SwiGluImpl);

}  // namespace

void RmsNorm(const float* x, std::span<const float> weight, float eps, std::size_t lanes,
             float* out) {
  HWY_DYNAMIC_DISPATCH(RmsNormImpl)(x, weight.data(), weight.size(), eps, lanes, out);
}

void SplitPieces(const float* x, std::size_t rows, std::size_t stride, std::size_t lanes,
                 std::uint16_t* pieces) {
  HWY_DYNAMIC_DISPATCH(SplitPiecesImpl)(x, rows, stride, lanes, pieces);
}

void AddPieces(const float* pieces, std::size_t rows, std::size_t lanes, std::size_t stride,
               float* out) {
  HWY_DYNAMIC_DISPATCH(AddPiecesImpl)(pieces, rows, lanes, stride, out);
}

bool NarrowIfExact(const std::byte* values, std::size_t elements, std::uint16_t* out) {
  return HWY_DYNAMIC_DISPATCH(NarrowIfExactImpl)(values, elements, out);
}

void AddBias(std::span<const float> bias, std::size_t lanes, float* x) {
  HWY_DYNAMIC_DISPATCH(AddBiasImpl)(bias.data(), bias.size(), lanes, x);
}

void AddInto(const float* from, std::size_t values, float* to) {
  HWY_DYNAMIC_DISPATCH(AddIntoImpl)(from, values, to);
}

void SwiGlu(const float* gate, const float* up, std::size_t values, float* out) {
  HWY_DYNAMIC_DISPATCH(SwiGluImpl)(gate, up, values, out);
}

}  // namespace falsify::harness
#endif  // HWY_ONCE
