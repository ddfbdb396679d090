#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/study/study.h"
#include "loaders/error.h"
#include "loaders/model.h"
#include "loaders/model_config.h"
#include "loaders/tokenizer/tokenizer.h"

namespace falsify::harness {

/// The text of a workload that has one: as it is, or as the user's turn of its chat format.
std::string PromptText(const WorkloadSpec& workload);

/// What a workload puts to a model: made-up tokens (`prompt_tokens`), or a text.
class Prompt {
 public:
  /// Reads the model's tokenizer where the prompt is a text. Errors: TOKENIZER_*.
  static Result<Prompt> Prepare(const loaders::Model& model, const WorkloadSpec& workload);

  bool is_text() const { return tokenizer_.has_value(); }

  /// Its token ids. Errors: TOKENIZER_UNICODE; TOKENIZER_ID (a token beyond the embedding's rows:
  /// the tokenizer is another model's); TOKENIZER_EMPTY (no token at all).
  Result<std::vector<std::uint32_t>> Tokens(const loaders::ModelConfig& config) const;

 private:
  explicit Prompt(const WorkloadSpec& workload) : workload_(workload) {}

  WorkloadSpec workload_;
  std::optional<loaders::Tokenizer> tokenizer_;
};

/// Both at once, where no clock is running. Errors: as above.
Result<std::vector<std::uint32_t>> PromptOf(const loaders::Model& model,
                                            const loaders::ModelConfig& config,
                                            const WorkloadSpec& workload);

}  // namespace falsify::harness
