#include "harness/meters/process_memory.h"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <unistd.h>

#include "fmt/format.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/page_bytes.h"
#include "harness/meters/proc_text.h"
#include "loaders/bytes.h"

namespace falsify::harness {
namespace {

constexpr const char* kStatm = "/proc/self/statm";
constexpr const char* kClearRefs = "/proc/self/clear_refs";

Result<MemoryNow> ReadStatus(const std::string& path) {
  const Result<std::string> text = ReadProcText(path);
  if (!text) return Fail(text.error());
  return ParseProcessMemory(*text, path);
}

}  // namespace

Result<MemoryNow> ParseProcessMemory(std::string_view status, std::string_view where) {
  MemoryNow now;
  const struct {
    std::string_view name;
    std::uint64_t* bytes;
  } fields[] = {{"VmRSS", &now.rss},
                {"RssAnon", &now.anon},
                {"RssFile", &now.file},
                {"RssShmem", &now.shmem},
                {"VmHWM", &now.hwm}};
  for (const auto& field : fields) {
    const Result<std::uint64_t> bytes = ParseKibField(status, field.name, where);
    if (!bytes) return Fail(bytes.error());
    *field.bytes = *bytes;
  }
  return now;
}

Result<MemoryNow> ReadProcessMemory() { return ReadStatus("/proc/self/status"); }

Result<MemoryNow> ReadProcessMemory(pid_t pid) {
  return ReadStatus(fmt::format("/proc/{}/status", pid));
}

Result<void> ResetPeak() {
  const int fd = open(kClearRefs, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Fail(SystemError("METER_PEAK_RESET", kClearRefs, "open", errno));
  const FileDescriptor file(fd);
  if (write(file.get(), "5", 1) != 1) {
    return Fail(SystemError("METER_PEAK_RESET", kClearRefs, "write", errno));
  }
  return {};
}

Result<ResidentNow> ParseStatm(std::string_view statm, std::uint64_t page_bytes) {
  TakeWord(statm);  // virtual size
  const std::optional<std::uint64_t> resident = ParseUnsigned(TakeWord(statm));
  const std::optional<std::uint64_t> shared = ParseUnsigned(TakeWord(statm));
  const bool fits = resident && shared && *shared <= *resident &&
                    loaders::CheckedMultiply(*resident, page_bytes).has_value();
  if (!fits) {
    return Fail({.code = "METER_FIELD",
                 .where = kStatm,
                 .what = "expected \"size resident shared ...\" in pages, shared <= resident",
                 .hint = {}});
  }
  return ResidentNow{.anon = (*resident - *shared) * page_bytes, .file = *shared * page_bytes};
}

Result<StatmReader> StatmReader::Open() {
  Result<FileDescriptor> file = OpenFile(kStatm, O_RDONLY);
  if (!file) return Fail(file.error());
  return StatmReader(*std::move(file));
}

Result<ResidentNow> StatmReader::Read() const {
  char text[256];
  const MeteredRead read = MeteredPread(file_.get(), text, 0);
  if (read.bytes < 0) return Fail(SystemError("METER_READ", kStatm, "read", errno));
  return ParseStatm({text, static_cast<std::size_t>(read.bytes)}, PageBytes());
}

}  // namespace falsify::harness
