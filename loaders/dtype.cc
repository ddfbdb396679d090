#include "loaders/dtype.h"

#include <array>
#include <cstddef>

#include "loaders/bytes.h"

namespace falsify::loaders {
namespace {

// Indexed by Dtype: same order as the enumerators.
constexpr std::array kTraits = {
    DtypeTraits{"BOOL", 1, 1},        DtypeTraits{"F4", 2, 1},
    DtypeTraits{"F6_E2M3", 4, 3},     DtypeTraits{"F6_E3M2", 4, 3},
    DtypeTraits{"U8", 1, 1},          DtypeTraits{"I8", 1, 1},
    DtypeTraits{"F8_E5M2", 1, 1},     DtypeTraits{"F8_E4M3", 1, 1},
    DtypeTraits{"F8_E8M0", 1, 1},     DtypeTraits{"F8_E4M3FNUZ", 1, 1},
    DtypeTraits{"F8_E5M2FNUZ", 1, 1}, DtypeTraits{"I16", 1, 2},
    DtypeTraits{"U16", 1, 2},         DtypeTraits{"F16", 1, 2},
    DtypeTraits{"BF16", 1, 2},        DtypeTraits{"I32", 1, 4},
    DtypeTraits{"U32", 1, 4},         DtypeTraits{"F32", 1, 4},
    DtypeTraits{"C64", 1, 8},         DtypeTraits{"F64", 1, 8},
    DtypeTraits{"I64", 1, 8},         DtypeTraits{"U64", 1, 8},
};
static_assert(kTraits.size() == static_cast<std::size_t>(Dtype::kU64) + 1);

}  // namespace

const DtypeTraits& Traits(Dtype dtype) { return kTraits[static_cast<std::size_t>(dtype)]; }

std::optional<Dtype> DtypeFromName(std::string_view name) {
  for (std::size_t i = 0; i < kTraits.size(); ++i) {
    if (kTraits[i].name == name) return static_cast<Dtype>(i);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> StorageBytes(Dtype dtype, std::uint64_t elements) {
  const DtypeTraits& traits = Traits(dtype);
  if (elements % traits.block_elements != 0) return std::nullopt;
  return CheckedMultiply(elements / traits.block_elements, traits.block_bytes);
}

}  // namespace falsify::loaders
