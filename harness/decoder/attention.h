#pragma once

#include <cstddef>
#include <vector>

namespace falsify::harness {

/// Cosine and sine of every angle some tokens need, lane 0 being the first of their positions.
struct RopeTable {
  std::size_t half;           ///< head_dim / 2
  std::size_t lanes;          ///< a multiple of kLaneBlock
  std::vector<float> cosine;  ///< [half][lanes]
  std::vector<float> sine;    ///< [half][lanes]
};

/// Angle of pair i at position p: p * theta^(-2i / head_dim), p from `first` on. `head_dim` is
/// even. Rotary embedding: Su et al., arXiv 2104.09864.
RopeTable MakeRopeTable(std::size_t head_dim, double theta, std::size_t lanes,
                        std::size_t first = 0);

/// Rotates the pairs (i, i + head_dim/2) of one head in place, as Hugging Face lays them out
/// ("NEOX"). `head`: [head_dim][table.lanes].
void Rotate(const RopeTable& table, float* head);

/// Brings a head whose pairs are neighbours (2i, 2i + 1), as in a GGUF file of the llama
/// architecture, into the order that `Rotate` expects. Sums over the head then run in one order,
/// however a file stores it. `head`: [head_dim][table.lanes]; `room` is for as many values.
void PartPairs(const RopeTable& table, float* room, float* head);

struct HeadShape {
  std::size_t head_dim;
  std::size_t tokens;  ///< > 0; the lanes from here on are padding
  std::size_t lanes;   ///< a multiple of kLaneBlock
};

/// Causal softmax attention of one query head over one key and value head, scaled by
/// 1/sqrt(head_dim). All matrices are [head_dim][lanes]; `scores` is room for
/// tokens * kLaneBlock values. Padding lanes of `out` are finite but mean nothing.
void Attend(const HeadShape& shape, const float* query, const float* key, const float* value,
            float* scores, float* out);

/// One token's head over keys and values of all tokens up to its own.
struct OneHead {
  std::size_t head_dim;
  std::size_t lanes;  ///< of query and out, whose lane 0 counts; the others of out become 0
  std::size_t keys;   ///< > 0
  std::size_t room;   ///< row length of key and value: [head_dim][room]
};

/// As `Attend` for a single token, whose keys and values lie in a cache. `scores`: room for `keys`.
void AttendOne(const OneHead& shape, const float* query, const float* key, const float* value,
               float* scores, float* out);

}  // namespace falsify::harness
