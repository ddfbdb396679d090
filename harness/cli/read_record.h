#pragma once

#include <string>

#include "harness/record.h"
#include "loaders/error.h"

namespace falsify::cli {

/// Reads a record.json. Errors: those of ReadWholeFile, JSON_*, RECORD_*.
Result<harness::Record> ReadRecord(const std::string& path);

}  // namespace falsify::cli
