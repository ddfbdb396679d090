#pragma once

#include <memory>
#include <string>

#include "harness/meters/tree_meter.h"
#include "harness/trial/observation.h"
#include "loaders/error.h"
#include "loaders/stored_model.h"

namespace falsify::harness {

// What a program and a server under test share: they load in processes of their own, so we keep a
// view of the same file to check them against.

/// Maps the file and reads its header. Errors: those of OpenModel.
Result<std::unique_ptr<loaders::StoredModel>> OpenOwn(const std::string& path);

/// Puts the digests of `own`, read from `path`, into an answer. Errors: those of DigestPayload.
Result<void> TellOwnContent(const loaders::StoredModel& own, const std::string& path,
                            Observation& seen);

/// Puts what the subject's process tree used into an answer.
void TellFigures(const TreeFigures& figures, Observation& seen);

}  // namespace falsify::harness
