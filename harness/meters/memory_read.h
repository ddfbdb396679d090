#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace falsify::harness {

/// Sum, modulo 2^64, of `bytes` taken as little-endian 64-bit words, the last one filled up with
/// zeros. Reads every byte once, in order, about as fast as one core can (widest SIMD at hand).
std::uint64_t FoldBytes(std::span<const std::byte> bytes);

struct MemoryRead {
  double seconds = 0;
  std::uint64_t checksum = 0;  ///< FoldBytes of all of it, whatever the number of threads
};

/// Times FoldBytes over contiguous parts on `threads` (>= 1) threads, the calling one included,
/// from before the first is started until the last is done. Page faults of `bytes` are part of it.
MemoryRead ReadAll(std::span<const std::byte> bytes, unsigned threads);

/// The time in which the same threads merely read `bytes`: the physical bar for a loader.
double ReadAllSeconds(std::span<const std::byte> bytes, unsigned threads);

}  // namespace falsify::harness
