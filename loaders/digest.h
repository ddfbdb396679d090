#pragma once

#include <string>

#include "loaders/error.h"
#include "loaders/model.h"

namespace falsify::loaders {

/// Proof of content: XXH3-128 per tensor over name, shape, dtype and stored bytes; the sorted list
/// of those hashed again. Independent of file order, alignment and loader. Reads every payload
/// byte, so never inside a timed section. Text form: "xxh3-128:<32 hex digits>". Where a loader no
/// longer keeps the stored bytes but holds F32 values, they are narrowed back to the stored dtype
/// first, which is exact if the loader widened exactly. Errors: LOADER_NOT_KEPT, LOADER_VALUES (F32
/// that the stored dtype does not widen to), those of the source.
Result<std::string> DigestPayload(const Model& model);

}  // namespace falsify::loaders
