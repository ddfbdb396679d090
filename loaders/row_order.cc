#include "loaders/row_order.h"

namespace falsify::loaders {

std::optional<RowOrder> RowOrderOf(std::string_view canonical_name, const TensorInfo& tensor,
                                   const ModelConfig& config) {
  if (config.rope_pairs != RopePairs::kAdjacent) return std::nullopt;
  const bool query = canonical_name.find(".self_attn.q_proj.") != std::string_view::npos;
  const bool key = canonical_name.find(".self_attn.k_proj.") != std::string_view::npos;
  if ((!query && !key) || tensor.shape.empty()) return std::nullopt;
  const std::uint64_t rows = tensor.shape.front();
  const std::uint64_t heads = query ? config.heads : config.kv_heads;
  if (rows == 0 || heads == 0 || rows % heads != 0 || rows / heads % 2 != 0) return std::nullopt;
  return RowOrder(rows, rows / heads);
}

}  // namespace falsify::loaders
