#include "harness/cli/read_record.h"

#include "harness/durable_file.h"
#include "harness/trial/json_text.h"

namespace falsify::cli {
namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;
constexpr int kMaxRecordDepth = 32;

}  // namespace

Result<harness::Record> ReadRecord(const std::string& path) {
  const Result<std::string> text = harness::ReadWholeFile(path, kMaxRecordBytes);
  if (!text) return Fail(text.error());
  Result<nlohmann::json> json = harness::ParseBounded(*text, kMaxRecordDepth, kMaxRecordBytes);
  if (!json) return Fail({json.error().code, path, json.error().what, json.error().hint});
  Result<harness::Record> record = harness::RecordFromJson(*std::move(json));
  if (!record) return Fail({record.error().code, path, record.error().what, {}});
  return record;
}

}  // namespace falsify::cli
