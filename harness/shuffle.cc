#include "harness/shuffle.h"

#include <numeric>
#include <random>
#include <utility>

namespace falsify::harness {

std::vector<std::size_t> Permutation(std::size_t n, std::uint64_t seed, std::uint64_t index,
                                     std::uint64_t purpose) {
  // seed_seq and mt19937_64 are specified bit for bit; std::shuffle is not.
  const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  std::seed_seq mix{low(seed), high(seed), low(index), high(index), low(purpose), high(purpose)};
  std::mt19937_64 draw(mix);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = n; left > 1; --left) {
    // Rejection keeps the draw exactly uniform.
    const std::uint64_t limit = draw.max() - draw.max() % left;
    std::uint64_t pick = draw();
    while (pick >= limit) pick = draw();
    std::swap(order[left - 1], order[pick % left]);
  }
  return order;
}

}  // namespace falsify::harness
