#include "harness/workloads/outside_subject.h"

#include "harness/workloads/model_facts.h"
#include "loaders/digest.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"

namespace falsify::harness {

Result<std::unique_ptr<loaders::StoredModel>> OpenOwn(const std::string& path) {
  return loaders::OpenModel(path, &loaders::OpenMmap, {}, {});
}

Result<void> TellOwnContent(const loaders::StoredModel& own, const std::string& path,
                            Observation& seen) {
  const auto digests = loaders::DigestPayload(own, path);
  if (!digests) return Fail(digests.error());
  TellContent(*digests, seen);
  return {};
}

void TellFigures(const TreeFigures& figures, Observation& seen) {
  seen.measures["peak_rss"] = figures.peak_rss;
  seen.measures["peak_anon"] = figures.peak_anon;
  seen.measures["peak_file"] = figures.peak_file;
  seen.measures["minor_faults"] = static_cast<double>(figures.use.minor_faults);
  seen.measures["major_faults"] = static_cast<double>(figures.use.major_faults);
  seen.measures["cpu_time"] = figures.use.cpu_seconds;
  seen.measures["bytes_read"] = static_cast<double>(figures.use.bytes_read);
  seen.measures["storage_bytes"] = static_cast<double>(figures.use.storage_bytes);
}

}  // namespace falsify::harness
