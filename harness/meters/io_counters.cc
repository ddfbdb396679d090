#include "harness/meters/io_counters.h"

#include <cerrno>
#include <fcntl.h>

#include "harness/meters/file_descriptor.h"
#include "harness/meters/metered_read.h"
#include "harness/meters/proc_text.h"

namespace falsify::harness {
namespace {

constexpr const char* kIo = "/proc/self/io";

}  // namespace

Result<IoCounters> ParseIoCounters(std::string_view io, std::string_view where) {
  IoCounters counters;
  const struct {
    std::string_view name;
    std::uint64_t* value;
  } fields[] = {{"rchar", &counters.bytes_read},
                {"syscr", &counters.read_calls},
                {"read_bytes", &counters.storage_bytes}};
  for (const auto& field : fields) {
    const Result<std::uint64_t> value = ParseCountField(io, field.name, where);
    if (!value) return Fail(value.error());
    *field.value = *value;
  }
  return counters;
}

Result<IoCounters> ReadIoCounters() {
  const Result<FileDescriptor> file = OpenFile(kIo, O_RDONLY);
  if (!file) return Fail(file.error());
  char text[1024];
  // One call: a second one would be counted in neither the text nor `before`.
  const MeteredRead read = MeteredPread(file->get(), text, 0);
  if (read.bytes < 0) return Fail(SystemError("METER_READ", kIo, "read", errno));
  Result<IoCounters> counters = ParseIoCounters({text, static_cast<std::size_t>(read.bytes)}, kIo);
  if (!counters) return counters;
  if (counters->bytes_read < read.before.bytes || counters->read_calls < read.before.calls) {
    return Fail({.code = "METER_STATE",
                 .where = kIo,
                 .what = "the kernel counts less than the meters have read",
                 .hint = "was this process forked without exec?"});
  }
  counters->bytes_read -= read.before.bytes;
  counters->read_calls -= read.before.calls;
  return counters;
}

}  // namespace falsify::harness
