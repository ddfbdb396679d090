#include "harness/journal.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/durable_file.h"
#include "harness/study/sha256.h"
#include "harness/trial/json_text.h"
#include "xxhash.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
constexpr int kMaxDepth = 32;
constexpr int kLockTries = 50;
constexpr auto kLockPause = std::chrono::milliseconds(20);
constexpr std::string_view kSumKey = R"(,"sum":")";
constexpr std::size_t kSumTail = kSumKey.size() + 16 + 2;  // 16 hex digits, quote, brace

std::string SumOf(std::string_view body) {
  return fmt::format("{:016x}", XXH64(body.data(), body.size(), 0));
}

std::string MakeLine(std::uint64_t n, const std::string& prev, const std::string& kind,
                     const nlohmann::json& data) {
  nlohmann::json body = {{"n", n}, {"prev", prev}, {"kind", kind}, {"data", data}};
  const std::string text = body.dump();
  return fmt::format("{}{}{}\"}}", std::string_view(text).substr(0, text.size() - 1), kSumKey,
                     SumOf(text));
}

/// Empty if the line is whole; otherwise what is wrong with it.
std::string CheckLine(std::string_view line, std::uint64_t n, const std::string& prev,
                      JournalEntry& entry) {
  if (line.size() < kSumTail) return "too short";
  const std::size_t cut = line.size() - kSumTail;
  if (line.substr(cut, kSumKey.size()) != kSumKey || line.substr(line.size() - 2) != "\"}") {
    return "no checksum";
  }
  const std::string body = std::string(line.substr(0, cut)) + "}";
  if (line.substr(cut + kSumKey.size(), 16) != SumOf(body)) return "checksum does not match";
  const Result<nlohmann::json> json = ParseBounded(body, kMaxDepth, body.size());
  if (!json) return json.error().what;
  const bool shaped = json->is_object() && json->contains("n") && json->contains("prev") &&
                      json->contains("kind") && json->contains("data") &&
                      (*json)["kind"].is_string();
  if (!shaped) return "not a journal line";
  if ((*json)["n"] != n) return fmt::format("expected line number {}", n);
  if ((*json)["prev"] != prev) return "the chain is broken";
  entry = {(*json)["kind"].get<std::string>(), (*json)["data"]};
  return {};
}

Error WriteError(const std::string& path, const std::string& action) {
  return SystemError("JOURNAL_WRITE", path, action, errno);
}

/// The pid that holds the flock on this file, from /proc/locks (proc(5)); "unknown" if not listed.
std::string LockHolder(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return "unknown";
  const std::string inode = fmt::format(":{} ", facts.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    if (line.find(inode) == std::string::npos) continue;
    std::istringstream words(line);
    std::string number, kind, mode, access, pid;
    if (words >> number >> kind >> mode >> access >> pid && kind == "FLOCK") return pid;
  }
  return "unknown";
}

Result<FileDescriptor> OpenLocked(const std::string& path, int flags) {
  FileDescriptor file(open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.get() < 0) {
    if (errno == ENOENT && (flags & O_CREAT) == 0) {
      return Fail({.code = "JOURNAL_MISSING",
                   .where = path,
                   .what = "there is no journal to go on from",
                   .hint = "run without --resume"});
    }
    return Fail(WriteError(path, "open"));
  }
  // A run that was killed while it started a worker leaves the lock to that worker until it
  // executes: whoever resumes at once would be told of a run that is dead.
  for (int tries = 0; tries < kLockTries; ++tries) {
    if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
    std::this_thread::sleep_for(kLockPause);
  }
  return Fail({.code = "JOURNAL_LOCKED",
               .where = path,
               .what = fmt::format("another run is writing here (pid {})", LockHolder(file.get())),
               .hint = "give another --out"});
}

}  // namespace

Result<std::vector<JournalEntry>> Journal::Read(const std::string& path, std::string& head) {
  const Result<std::string> text = ReadWholeFile(path, kMaxBytes);
  if (!text) {
    return Fail({"JOURNAL_MISSING", path, "there is no journal that can be read", {}});
  }
  std::vector<JournalEntry> entries;
  head.clear();
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = text->find('\n', at);
    const std::string_view line = std::string_view(*text).substr(at, end - at);
    JournalEntry entry;
    const std::string problem =
        end == std::string::npos ? "has no end" : CheckLine(line, entries.size(), head, entry);
    if (!problem.empty()) {
      return Fail({"JOURNAL_CORRUPT",
                   path,
                   fmt::format("line {} (byte {}): {}", entries.size() + 1, at, problem),
                   {}});
    }
    entries.push_back(std::move(entry));
    head = Sha256Hex(line);
    at = end + 1;
  }
  return entries;
}

Result<Journal> Journal::Create(const std::string& path) {
  struct stat facts {};
  const bool exists = lstat(path.c_str(), &facts) == 0;
  if (exists) {
    // Locked first, so that a run in progress keeps its journal under its name.
    const Result<FileDescriptor> held = OpenLocked(path, 0);
    if (!held) return Fail(held.error());
    if (std::rename(path.c_str(), (path + ".old").c_str()) != 0) {
      return Fail(WriteError(path, "set aside the old journal"));
    }
  }
  Result<FileDescriptor> file = OpenLocked(path, O_CREAT | O_EXCL | O_APPEND);
  if (!file) return Fail(file.error());
  if (const Result<void> synced = SyncFolderOf(path); !synced) return Fail(synced.error());
  return Journal(path, std::move(*file));
}

Result<Journal> Journal::Open(const std::string& path, std::vector<JournalEntry>& entries) {
  Result<FileDescriptor> file = OpenLocked(path, O_APPEND);
  if (!file) return Fail(file.error());
  const Result<std::string> text = ReadWholeFile(path, kMaxBytes);
  if (!text) return Fail(text.error());
  Journal journal(path, std::move(*file));
  entries.clear();
  std::size_t at = 0;
  while (at < text->size()) {
    const std::size_t end = text->find('\n', at);
    const std::string_view line = std::string_view(*text).substr(at, end - at);
    JournalEntry entry;
    const std::string problem = end == std::string::npos
                                    ? "no newline"
                                    : CheckLine(line, journal.next_, journal.prev_, entry);
    if (!problem.empty()) {
      if (Result<void> cut = journal.Recover(*text, at, problem); !cut) return Fail(cut.error());
      break;
    }
    entries.push_back(std::move(entry));
    journal.prev_ = Sha256Hex(line);
    ++journal.next_;
    at = end + 1;
  }
  return journal;
}

Result<void> Journal::Recover(std::string_view text, std::size_t bad_at,
                              const std::string& problem) {
  const std::size_t end = text.find('\n', bad_at);
  const bool last = end == std::string_view::npos || end + 1 == text.size();
  if (!last) {
    return Fail({.code = "JOURNAL_CORRUPT",
                 .where = fmt::format("{}:{}", path_, next_ + 1),
                 .what = problem,
                 .hint = "the file is untouched; start anew without --resume"});
  }
  if (Result<void> kept = SaveDurably(path_ + ".torn", text.substr(bad_at)); !kept) return kept;
  if (ftruncate(file_.get(), static_cast<off_t>(bad_at)) != 0 || fdatasync(file_.get()) != 0) {
    return Fail(WriteError(path_, "cut the torn last line"));
  }
  notice_ = fmt::format(
      "{}: the last line was torn ({}); it is kept in {}.torn and its step is run again", path_,
      problem, path_);
  return {};
}

Result<void> Journal::Append(const std::string& kind, const nlohmann::json& data) {
  const std::string line = MakeLine(next_, prev_, kind, data);
  const std::string where = fmt::format("{} ({} is not safe: line {})", path_, kind, next_ + 1);
  if (Result<void> written = WriteAll(file_.get(), line + "\n", "JOURNAL_WRITE", where); !written) {
    return written;
  }
  if (fdatasync(file_.get()) != 0) return Fail(WriteError(where, "fdatasync"));
  prev_ = Sha256Hex(line);
  ++next_;
  return {};
}

}  // namespace falsify::harness
