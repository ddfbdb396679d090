#include "harness/meters/memory_rollup.h"

#include <string>

#include "harness/meters/metered_read.h"
#include "harness/meters/proc_text.h"

namespace falsify::harness {

Result<MemoryRollup> ParseMemoryRollup(std::string_view text, std::string_view where) {
  MemoryRollup rollup;
  const struct {
    std::string_view name;
    std::uint64_t* bytes;
  } fields[] = {{"Rss", &rollup.rss}, {"Pss", &rollup.pss}, {"Pss_Anon", &rollup.pss_anon}};
  for (const auto& field : fields) {
    const Result<std::uint64_t> bytes = ParseKibField(text, field.name, where);
    if (!bytes) return Fail(bytes.error());
    *field.bytes = *bytes;
  }
  return rollup;
}

Result<MemoryRollup> ReadMemoryRollup() {
  constexpr const char* kPath = "/proc/self/smaps_rollup";
  const Result<std::string> text = ReadProcText(kPath);
  if (!text) return Fail(text.error());
  return ParseMemoryRollup(*text, kPath);
}

}  // namespace falsify::harness
