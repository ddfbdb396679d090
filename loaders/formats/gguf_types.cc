#include "loaders/formats/gguf_types.h"

#include <array>

namespace falsify::loaders {
namespace {

struct TypeId {
  std::uint32_t id;
  Dtype dtype;
};

constexpr std::array kIds = {
    TypeId{0, Dtype::kF32},     TypeId{1, Dtype::kF16},      TypeId{2, Dtype::kQ4_0},
    TypeId{3, Dtype::kQ4_1},    TypeId{6, Dtype::kQ5_0},     TypeId{7, Dtype::kQ5_1},
    TypeId{8, Dtype::kQ8_0},    TypeId{9, Dtype::kQ8_1},     TypeId{10, Dtype::kQ2_K},
    TypeId{11, Dtype::kQ3_K},   TypeId{12, Dtype::kQ4_K},    TypeId{13, Dtype::kQ5_K},
    TypeId{14, Dtype::kQ6_K},   TypeId{15, Dtype::kQ8_K},    TypeId{16, Dtype::kIQ2_XXS},
    TypeId{17, Dtype::kIQ2_XS}, TypeId{18, Dtype::kIQ3_XXS}, TypeId{19, Dtype::kIQ1_S},
    TypeId{20, Dtype::kIQ4_NL}, TypeId{21, Dtype::kIQ3_S},   TypeId{22, Dtype::kIQ2_S},
    TypeId{23, Dtype::kIQ4_XS}, TypeId{24, Dtype::kI8},      TypeId{25, Dtype::kI16},
    TypeId{26, Dtype::kI32},    TypeId{27, Dtype::kI64},     TypeId{28, Dtype::kF64},
    TypeId{29, Dtype::kIQ1_M},  TypeId{30, Dtype::kBF16},    TypeId{34, Dtype::kTQ1_0},
    TypeId{35, Dtype::kTQ2_0},  TypeId{39, Dtype::kMXFP4},   TypeId{40, Dtype::kNVFP4},
    TypeId{41, Dtype::kQ1_0},   TypeId{42, Dtype::kQ2_0},
};

}  // namespace

std::optional<Dtype> DtypeOfGgufId(std::uint32_t id) {
  for (const TypeId& entry : kIds) {
    if (entry.id == id) return entry.dtype;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> GgufIdOf(Dtype dtype) {
  for (const TypeId& entry : kIds) {
    if (entry.dtype == dtype) return entry.id;
  }
  return std::nullopt;
}

}  // namespace falsify::loaders
