#pragma once

#include <string>

#include "harness/record.h"
#include "loaders/error.h"

namespace falsify::harness {

/// A record.json and what it says.
struct RecordFile {
  std::string text;
  Record record;
};

/// Errors: those of ReadWholeFile, JSON_*, RECORD_*, OBSERVATION_FIELD.
Result<RecordFile> ReadRecordFile(const std::string& path);

/// The same without its text, which may have tens of megabytes.
Result<Record> ReadRecord(const std::string& path);

}  // namespace falsify::harness
