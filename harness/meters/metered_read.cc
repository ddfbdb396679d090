#include "harness/meters/metered_read.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

#include "harness/meters/file_descriptor.h"

namespace falsify::harness {
namespace {

// One per process because the kernel's counters are: see MeterReads.
std::mutex account_mutex;
MeterReads account;

}  // namespace

MeteredRead MeteredPread(int fd, std::span<char> to, off_t at) {
  const std::lock_guard lock(account_mutex);
  const MeteredRead result{pread(fd, to.data(), to.size(), at), account};
  account.calls += 1;
  if (result.bytes > 0) account.bytes += static_cast<std::uint64_t>(result.bytes);
  return result;
}

Result<std::string> ReadProcText(const std::string& path) {
  const Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  if (!file) return Fail(file.error());
  std::string text;
  char piece[4096];
  for (;;) {
    const MeteredRead read = MeteredPread(file->get(), piece, static_cast<off_t>(text.size()));
    if (read.bytes == 0) return text;
    if (read.bytes > 0) {
      text.append(piece, static_cast<std::size_t>(read.bytes));
    } else if (errno != EINTR) {
      return Fail(SystemError("METER_READ", path, "read", errno));
    }
  }
}

}  // namespace falsify::harness
