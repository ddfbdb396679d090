#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "loaders/model_config.h"

namespace falsify::harness {

/// Every value of a model, by Hugging Face tensor name.
using Values = std::map<std::string, std::vector<double>>;

/// The transformer once more, for tests: double precision, one loop per formula, token-major, no
/// code in common with the decoder. The logits of the last position.
std::vector<double> TextbookLogits(const loaders::ModelConfig& config, const Values& values,
                                   std::span<const std::uint32_t> tokens);

}  // namespace falsify::harness
