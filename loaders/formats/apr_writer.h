#pragma once

#include "loaders/error.h"
#include "loaders/formats/file_plan.h"

namespace falsify::loaders {

/// Lays an APR v2 file out as its reference writer does: row-major, everything aligned to 64 B,
/// entries and data in the order of the names, checksums in header and footer. Without a
/// configuration the metadata says nothing of the architecture.
/// Errors: APR_DTYPE (one that APR cannot hold, or only under an id that readers disagree on),
/// APR_NAME, APR_NDIM, APR_ORDER (a name twice), APR_OVERFLOW.
Result<FilePlan> PlanApr(const ModelToWrite& model);

}  // namespace falsify::loaders
