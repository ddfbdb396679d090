#pragma once

#include "loaders/error.h"
#include "loaders/formats/file_plan.h"

namespace falsify::loaders {

/// Lays `model.tensors` out as the reference writer does: widest dtype first, then by name, without
/// gaps, the data aligned to 8 bytes, `__metadata__` {"format":"pt"}. The order in which the
/// tensors are given does not change the file. No tensors: a file that is all header. The
/// configuration has no place in the file; it goes into the config.json beside it. Errors:
/// ST_DUPLICATE_KEY (a name twice, or `__metadata__`), ST_UTF8 (a name), ST_OVERFLOW, ST_MISALIGNED
/// (elements that fill no whole bytes), ST_DTYPE (one this format cannot hold), ST_HEADER_TOO_LARGE
/// (no reader opens it).
Result<FilePlan> PlanSafetensors(const ModelToWrite& model);

}  // namespace falsify::loaders
