#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "loaders/bytes.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Reads `range` of an open file through `buffer`, over and over, until the range or the file
/// ends, and forgets the bytes. With O_DIRECT, offset, buffer and size must be aligned.
/// Errors: METER_READ (errno named).
Result<void> ReadRange(int fd, const std::string& path, loaders::ByteRange range,
                       std::span<std::byte> buffer);

/// Reads a whole file once, each of `threads` its own contiguous part through its own 1 MiB.
/// Where a thread cannot be started, the calling one does its part. Errors: METER_OPEN, METER_READ.
Result<void> ReadThrough(const std::string& path, std::uint64_t size_bytes, unsigned threads);

}  // namespace falsify::harness
