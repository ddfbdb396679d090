#include "harness/decoder/attention.h"

#include <algorithm>
#include <cmath>

#include "harness/decoder/vector_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "harness/decoder/attention.cc"
// clang-format off
#include "hwy/foreach_target.h"  // must come before highway.h
#include "hwy/highway.h"
#include "hwy/contrib/math/math-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace falsify::harness {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F32Tag = hn::CappedTag<float, kLaneBlock>;
using F32 = hn::Vec<F32Tag>;

void RotateImpl(const float* cosine, const float* sine, std::size_t values, float* head) {
  const F32Tag d;
  float* first = head;
  float* second = head + values;
  for (std::size_t i = 0; i < values; i += hn::Lanes(d)) {
    const F32 cos = hn::LoadU(d, cosine + i);
    const F32 sin = hn::LoadU(d, sine + i);
    const F32 a = hn::LoadU(d, first + i);
    const F32 b = hn::LoadU(d, second + i);
    hn::StoreU(hn::Sub(hn::Mul(a, cos), hn::Mul(b, sin)), d, first + i);
    hn::StoreU(hn::Add(hn::Mul(b, cos), hn::Mul(a, sin)), d, second + i);
  }
}

// Lanes that may see the key of token `key`: those of the same or a later token.
HWY_INLINE hn::Mask<F32Tag> SeesKey(std::size_t first_lane, std::size_t key) {
  const F32Tag d;
  const F32 lane = hn::Iota(d, static_cast<float>(first_lane));
  return hn::Ge(lane, hn::Set(d, static_cast<float>(key)));
}

HWY_INLINE F32 Score(const HeadShape& shape, const float* query, const float* key) {
  const F32Tag d;
  F32 even = hn::Zero(d);
  F32 odd = hn::Zero(d);
  for (std::size_t i = 0; i < shape.head_dim; i += 2) {
    const std::size_t at = i * shape.lanes;
    even = hn::MulAdd(hn::LoadU(d, query + at), hn::Set(d, key[at]), even);
    const std::size_t next = at + shape.lanes;
    odd = hn::MulAdd(hn::LoadU(d, query + next), hn::Set(d, key[next]), odd);
  }
  return hn::Add(even, odd);
}

// One vector of query tokens, `first_lane` being the first, over the first `keys` tokens.
HWY_INLINE void AttendLanes(const HeadShape& shape, std::size_t first_lane, std::size_t keys,
                            const float* query, const float* key, const float* value, float* scores,
                            float* out) {
  const F32Tag d;
  const std::size_t step = hn::Lanes(d);
  const F32 scale = hn::Set(d, 1.0F / std::sqrt(static_cast<float>(shape.head_dim)));
  F32 largest = hn::Zero(d);
  for (std::size_t u = 0; u < keys; ++u) {
    const F32 score = hn::Mul(Score(shape, query + first_lane, key + u), scale);
    largest = u == 0 ? score  // every token sees the first
                     : hn::IfThenElse(SeesKey(first_lane, u), hn::Max(largest, score), largest);
    hn::StoreU(score, d, scores + u * step);
  }
  F32 sum = hn::Zero(d);
  for (std::size_t u = 0; u < keys; ++u) {
    const F32 below = hn::Sub(hn::LoadU(d, scores + u * step), largest);
    // Highway's Exp makes 0 of NaN, which would hide a broken weight.
    const F32 weight = hn::IfThenElse(hn::IsNaN(below), below, hn::Exp(d, below));
    const F32 seen = hn::IfThenElseZero(SeesKey(first_lane, u), weight);
    sum = hn::Add(sum, seen);
    hn::StoreU(seen, d, scores + u * step);
  }
  for (std::size_t i = 0; i < shape.head_dim; ++i) {
    F32 mixed = hn::Zero(d);
    for (std::size_t u = 0; u < keys; ++u) {
      const F32 of_key = hn::Set(d, value[i * shape.lanes + u]);
      mixed = hn::MulAdd(hn::LoadU(d, scores + u * step), of_key, mixed);
    }
    hn::StoreU(hn::Div(mixed, sum), d, out + i * shape.lanes + first_lane);
  }
}

void AttendImpl(const HeadShape& shape, const float* query, const float* key, const float* value,
                float* scores, float* out) {
  const std::size_t step = hn::Lanes(F32Tag());
  for (std::size_t lane = 0; lane < shape.lanes; lane += step) {
    AttendLanes(shape, lane, std::min(shape.tokens, lane + step), query, key, value, scores, out);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace falsify::harness
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace falsify::harness {
namespace {

HWY_EXPORT(RotateImpl);
HWY_EXPORT(AttendImpl);

}  // namespace

RopeTable MakeRopeTable(std::size_t head_dim, double theta, std::size_t lanes, std::size_t first) {
  RopeTable table = {.half = head_dim / 2, .lanes = lanes, .cosine = {}, .sine = {}};
  table.cosine.reserve(table.half * lanes);
  table.sine.reserve(table.half * lanes);
  for (std::size_t i = 0; i < table.half; ++i) {
    const double frequency =
        std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_dim));
    for (std::size_t position = first; position < first + lanes; ++position) {
      const double angle = static_cast<double>(position) * frequency;
      table.cosine.push_back(static_cast<float>(std::cos(angle)));
      table.sine.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  return table;
}

void Rotate(const RopeTable& table, float* head) {
  HWY_DYNAMIC_DISPATCH(RotateImpl)
  (table.cosine.data(), table.sine.data(), table.half * table.lanes, head);
}

void PartPairs(const RopeTable& table, float* room, float* head) {
  std::copy_n(head, 2 * table.half * table.lanes, room);
  for (std::size_t i = 0; i < table.half; ++i) {
    const float* pair = room + 2 * i * table.lanes;
    std::copy_n(pair, table.lanes, head + i * table.lanes);
    std::copy_n(pair + table.lanes, table.lanes, head + (table.half + i) * table.lanes);
  }
}

void Attend(const HeadShape& shape, const float* query, const float* key, const float* value,
            float* scores, float* out) {
  HWY_DYNAMIC_DISPATCH(AttendImpl)(shape, query, key, value, scores, out);
}

void AttendOne(const OneHead& shape, const float* query, const float* key, const float* value,
               float* scores, float* out) {
  const float scale = 1.0F / std::sqrt(static_cast<float>(shape.head_dim));
  std::fill_n(scores, shape.keys, 0.0F);
  for (std::size_t i = 0; i < shape.head_dim; ++i) {
    const float of_query = query[i * shape.lanes] * scale;
    const float* row = key + i * shape.room;
    for (std::size_t u = 0; u < shape.keys; ++u) scores[u] += of_query * row[u];
  }
  const float largest = *std::max_element(scores, scores + shape.keys);
  float sum = 0.0F;
  for (std::size_t u = 0; u < shape.keys; ++u) sum += scores[u] = std::exp(scores[u] - largest);
  for (std::size_t i = 0; i < shape.head_dim; ++i) {
    const float* row = value + i * shape.room;
    float mixed = 0.0F;
    for (std::size_t u = 0; u < shape.keys; ++u) mixed += scores[u] * row[u];
    std::fill_n(out + i * shape.lanes, shape.lanes, 0.0F);
    out[i * shape.lanes] = mixed / sum;
  }
}

}  // namespace falsify::harness
#endif  // HWY_ONCE
