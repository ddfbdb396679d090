#include "harness/read_record.h"

#include <utility>

#include "harness/durable_file.h"
#include "harness/trial/json_text.h"

namespace falsify::harness {
namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30;
constexpr int kMaxRecordDepth = 32;

}  // namespace

Result<RecordFile> ReadRecordFile(const std::string& path) {
  Result<std::string> text = ReadWholeFile(path, kMaxRecordBytes);
  if (!text) return Fail(std::move(text.error()));
  Result<nlohmann::json> json = ParseBounded(*text, kMaxRecordDepth, kMaxRecordBytes);
  if (!json) return Fail({json.error().code, path, json.error().what, json.error().hint});
  Result<Record> record = RecordFromJson(*std::move(json));
  if (!record) return Fail({record.error().code, path, record.error().what, {}});
  return RecordFile{std::move(*text), std::move(*record)};
}

Result<Record> ReadRecord(const std::string& path) {
  Result<RecordFile> file = ReadRecordFile(path);
  if (!file) return Fail(std::move(file.error()));
  return std::move(file->record);
}

}  // namespace falsify::harness
