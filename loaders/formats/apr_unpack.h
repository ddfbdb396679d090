#pragma once

#include <memory>

#include "loaders/error.h"
#include "loaders/sources/source.h"

namespace falsify::loaders {

/// The APR file that a compressed one holds, in memory of its own: the header without the flag, the
/// checksum set anew, and behind it what was one LZ4 block after its length, or one ZSTD frame (as
/// realizar reads it; paiml/realizar, src/apr). A file that is not compressed, or whose header does
/// not hold, is handed back as it is, for the parser to say so.
/// Errors: APR_COMPRESSED (flagged but plain, cut short, or longer than the method allows),
/// IO_MEMORY; those of the source.
Result<std::unique_ptr<Source>> UnpackApr(std::unique_ptr<Source> source);

}  // namespace falsify::loaders
