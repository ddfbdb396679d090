#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/meters/file_descriptor.h"
#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// One finished step of a run.
struct JournalEntry {
  std::string kind;  ///< "head", "model", "probe", "trial"
  nlohmann::json data;
};

/// The append-only file of finished steps. A line is one JSON object: `n` from 0, `prev` (SHA-256
/// of the line before, empty for the first), `kind`, `data`, and last `sum` (XXH64 of the line
/// without it). A step counts once its line has been written by one write(2) and fdatasync'd. One
/// writer: the file is locked (flock) while the Journal lives.
class Journal {
 public:
  /// Starts a new journal; one that exists is set aside as `PATH.old`. Errors: JOURNAL_LOCKED,
  /// JOURNAL_WRITE.
  static Result<Journal> Create(const std::string& path);

  /// Opens one to go on with it and hands out what it holds. A torn last line (no newline, or a bad
  /// sum) is copied to `PATH.torn`, cut off and reported in `notice()`. A bad line elsewhere or a
  /// broken chain is refused with the file untouched.
  /// Errors: JOURNAL_MISSING, JOURNAL_LOCKED, JOURNAL_CORRUPT (line named), JOURNAL_WRITE.
  static Result<Journal> Open(const std::string& path, std::vector<JournalEntry>& entries);

  /// What a journal holds, and its head in `head`; nothing is locked or mended.
  /// Errors: JOURNAL_MISSING, JOURNAL_CORRUPT (byte and line named).
  static Result<std::vector<JournalEntry>> Read(const std::string& path, std::string& head);

  /// Errors: JOURNAL_WRITE, naming the entry that is not safe. No retry: the caller stops.
  Result<void> Append(const std::string& kind, const nlohmann::json& data);

  const std::string& notice() const { return notice_; }   ///< one line, or empty
  const std::string& head_hash() const { return prev_; }  ///< SHA-256 of the last line

 private:
  /// What to do with a file whose line at `bad_at` is bad: cut a torn tail, refuse anything else.
  Result<void> Recover(std::string_view text, std::size_t bad_at, const std::string& problem);

  Journal(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  FileDescriptor file_;
  std::uint64_t next_ = 0;
  std::string prev_;
  std::string notice_;
};

}  // namespace falsify::harness
