#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "loaders/model_config.h"
#include "loaders/tensor.h"

namespace falsify::loaders {

/// How the rows of a query or key projection lie in a file that keeps the halves of a head side by
/// side (RopePairs::kAdjacent): per head of d rows, stored row 2i + p is canonical row p * (d/2) +
/// i (ggml-org/llama.cpp, convert_hf_to_gguf.py, LlamaModel.permute).
class RowOrder {
 public:
  /// `head_rows` is even and divides `rows`.
  RowOrder(std::uint64_t rows, std::uint64_t head_rows) : rows_(rows), head_rows_(head_rows) {}

  std::uint64_t rows() const { return rows_; }

  /// Where a canonical row is stored.
  std::uint64_t StoredRow(std::uint64_t canonical) const {
    const std::uint64_t head = canonical / head_rows_ * head_rows_;
    const std::uint64_t within = canonical - head;
    const std::uint64_t half = head_rows_ / 2;
    return head + 2 * (within % half) + within / half;
  }

  /// The reverse: which canonical row is stored there.
  std::uint64_t CanonicalRow(std::uint64_t stored) const {
    const std::uint64_t head = stored / head_rows_ * head_rows_;
    const std::uint64_t within = stored - head;
    return head + within % 2 * (head_rows_ / 2) + within / 2;
  }

 private:
  std::uint64_t rows_;
  std::uint64_t head_rows_;
};

/// Empty where rows lie in their canonical order: any tensor but q_proj and k_proj (weight and
/// bias) of a model that `config` says is permuted.
std::optional<RowOrder> RowOrderOf(std::string_view canonical_name, const TensorInfo& tensor,
                                   const ModelConfig& config);

}  // namespace falsify::loaders
