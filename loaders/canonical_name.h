#pragma once

#include <string>
#include <string_view>

#include "loaders/formats/format.h"
#include "loaders/tensor.h"

namespace falsify::loaders {

/// Tensors have one name whatever file holds them: Hugging Face's ("model.norm.weight"). GGUF
/// files, and APR files converted from them, spell it differently ("output_norm.weight"); the table
/// is llama.cpp's (gguf-py/gguf/tensor_mapping.py) for Llama, Mistral and Qwen2. A name that is not
/// in the table is its own canonical name.
std::string CanonicalName(std::string_view name);

/// The reverse: how GGUF spells a canonical name.
std::string GgufName(std::string_view canonical);

/// Finds a tensor by its canonical name, however the file spells it. Null if there is none.
const TensorInfo* FindCanonical(const Header& header, std::string_view canonical);

}  // namespace falsify::loaders
