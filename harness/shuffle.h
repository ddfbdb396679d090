#pragma once

#include <cstdint>
#include <vector>

namespace falsify::harness {

/// A uniformly random permutation of 0..n-1, the same for the same arguments on every machine.
/// `purpose` keeps draws apart that share a seed and an index.
std::vector<std::size_t> Permutation(std::size_t n, std::uint64_t seed, std::uint64_t index,
                                     std::uint64_t purpose);

}  // namespace falsify::harness
