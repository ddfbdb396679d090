#pragma once

#include "loaders/error.h"
#include "loaders/formats/file_plan.h"

namespace falsify::loaders {

/// Lays a GGUF file out, version 3, aligned to 32 B, tensors in the order given, with the metadata
/// that llama.cpp needs to load it; names and dims as GGUF has them. Without a vocabulary it says
/// that there is none. Rows of query and key must come in the order of `config->rope_pairs`.
/// Errors: GGUF_META_MISSING (no configuration), GGUF_META_VALUE (more tokens than embedding rows),
/// GGUF_TENSOR_TYPE (a dtype GGUF cannot hold), GGUF_NAME, GGUF_NDIMS, GGUF_BLOCK, GGUF_DUP_TENSOR,
/// GGUF_OVERFLOW.
Result<FilePlan> PlanGguf(const ModelToWrite& model);

}  // namespace falsify::loaders
