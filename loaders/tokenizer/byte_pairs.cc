#include "loaders/tokenizer/byte_pairs.h"

#include <cstddef>
#include <queue>
#include <tuple>

namespace falsify::loaders {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr int kIdBits = 32;

std::uint64_t PairOf(std::uint32_t left, std::uint32_t right) {
  return std::uint64_t{left} << kIdBits | right;
}

/// One symbol of the piece; those that were joined to their left neighbour are gone.
struct Symbol {
  std::uint32_t id;
  std::size_t before;
  std::size_t after;
  bool gone = false;
};

/// Two neighbours that could be joined, if they are still what they were.
struct Candidate {
  std::uint32_t rank;
  std::size_t left;
  std::uint64_t pair;
  std::uint32_t merged;

  bool operator<(const Candidate& other) const {  // the largest comes first out of the queue
    return std::tie(rank, left) > std::tie(other.rank, other.left);
  }
};

}  // namespace

void BytePairs::Add(std::uint32_t left, std::uint32_t right, std::uint32_t merged) {
  merges_.try_emplace(PairOf(left, right),
                      Merge{static_cast<std::uint32_t>(merges_.size()), merged});
}

void BytePairs::Encode(std::string_view piece, std::vector<std::uint32_t>& ids) const {
  std::vector<Symbol> symbols;
  symbols.reserve(piece.size());
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const std::uint32_t id = bytes_[static_cast<unsigned char>(piece[i])];
    symbols.push_back({id, i == 0 ? kNone : i - 1, i + 1 == piece.size() ? kNone : i + 1});
  }
  std::priority_queue<Candidate> queue;
  const auto consider = [&](std::size_t left) {
    if (left == kNone || symbols[left].after == kNone) return;
    const std::uint64_t pair = PairOf(symbols[left].id, symbols[symbols[left].after].id);
    const auto merge = merges_.find(pair);
    if (merge == merges_.end()) return;
    queue.push({merge->second.rank, left, pair, merge->second.merged});
  };
  for (std::size_t i = 0; i < symbols.size(); ++i) consider(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = symbols[best.left];
    if (left.gone || left.after == kNone) continue;
    Symbol& right = symbols[left.after];
    if (PairOf(left.id, right.id) != best.pair) continue;
    left.id = best.merged;
    right.gone = true;
    left.after = right.after;
    if (right.after != kNone) symbols[right.after].before = best.left;
    consider(left.before);
    consider(best.left);
  }
  for (const Symbol& symbol : symbols) {
    if (!symbol.gone) ids.push_back(symbol.id);
  }
}

}  // namespace falsify::loaders
