#pragma once

#include <cstdint>
#include <functional>

#include "loaders/bytes.h"
#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// One piece of a load; several run at once, each counting into a report of its own.
using Piece = std::function<Result<void>(std::uint64_t index, LoadReport& report)>;

/// Runs pieces [0, count), each once, on up to `threads` threads, the calling one included; 0: one
/// per processor. After an error no new piece is begun. Adds to `report` what the pieces read, how
/// many threads ran, and as a fallback if the system had fewer of them than asked for.
/// Errors: the first piece's that failed.
Result<void> RunPieces(std::uint64_t count, unsigned threads, const Piece& piece,
                       LoadReport& report);

/// A part of the file; several are read at once, each counting into a report of its own.
using ReadChunk = std::function<Result<void>(ByteRange range, LoadReport& report)>;

/// As RunPieces, over the chunks of a file: `chunk_bytes` each but the last. Reports the chunk.
Result<void> ReadChunks(std::uint64_t size_bytes, std::uint64_t chunk_bytes, unsigned threads,
                        const ReadChunk& read, LoadReport& report);

}  // namespace falsify::loaders
