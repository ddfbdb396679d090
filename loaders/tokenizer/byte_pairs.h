#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace falsify::loaders {

/// The merges of a byte-level BPE, over token ids. Immutable once filled.
class BytePairs {
 public:
  explicit BytePairs(const std::array<std::uint32_t, 256>& bytes) : bytes_(bytes) {}

  void Reserve(std::size_t merges) { merges_.reserve(merges); }

  /// In order: what is added first is merged first. A pair that is there already keeps its rank.
  void Add(std::uint32_t left, std::uint32_t right, std::uint32_t merged);

  /// Appends the ids that `piece` becomes: of its bytes, the pair that comes first among the merges
  /// is joined, the leftmost of equals, until none is left. O(n log n) in the piece's length.
  void Encode(std::string_view piece, std::vector<std::uint32_t>& ids) const;

 private:
  struct Merge {
    std::uint32_t rank;
    std::uint32_t merged;
  };

  std::array<std::uint32_t, 256> bytes_;
  std::unordered_map<std::uint64_t, Merge> merges_;
};

}  // namespace falsify::loaders
