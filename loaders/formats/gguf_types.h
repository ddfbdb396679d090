#pragma once

#include <cstdint>
#include <optional>

#include "loaders/dtype.h"

namespace falsify::loaders {

/// The dtype that a GGUF tensor type id stands for (ggml-org/ggml, include/ggml.h). Empty for ids
/// that are unknown, and for those that ggml has removed.
std::optional<Dtype> DtypeOfGgufId(std::uint32_t id);

/// The reverse. Empty for a dtype that GGUF cannot hold.
std::optional<std::uint32_t> GgufIdOf(Dtype dtype);

}  // namespace falsify::loaders
