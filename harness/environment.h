#pragma once

#include <string>

#include "harness/real_host.h"
#include "harness/record.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Adds to a record what is true of this machine: facts, the limits measured now, and why a probe
/// or a limit could not be taken. Reads from the file system that holds the record's models.
void DescribeHost(Record& record, const RealHost& host);

/// SHA-256 of the running binary, lower-case hex. Errors: IO_OPEN, IO_READ.
Result<std::string> BinarySha256();

}  // namespace falsify::harness
