#pragma once

#include <string>
#include <string_view>

#include "loaders/error.h"

namespace falsify::harness {

/// Replaces `path` by `text` so that a crash at any moment leaves the old file or the new one,
/// never a part: temporary name in the same folder, fsync, rename, fsync of the folder. Errors:
/// SAVE (which call, errno named); the old file is then still there.
Result<void> SaveDurably(const std::string& path, std::string_view text);

/// Writes all of `text`, across short writes and EINTR. Errors: `code` (errno named).
Result<void> WriteAll(int fd, std::string_view text, const std::string& code,
                      const std::string& where);

/// Makes a rename or creation in the folder of `path` durable. Errors: SAVE.
Result<void> SyncFolderOf(const std::string& path);

/// The whole of a regular file of at most `limit_bytes`. Errors: IO_OPEN, IO_NOT_REGULAR, IO_READ,
/// IO_TOO_LARGE.
Result<std::string> ReadWholeFile(const std::string& path, std::size_t limit_bytes);

}  // namespace falsify::harness
