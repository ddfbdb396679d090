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
    DtypeTraits{"Q4_0", 32, 18},      DtypeTraits{"Q4_1", 32, 20},
    DtypeTraits{"Q5_0", 32, 22},      DtypeTraits{"Q5_1", 32, 24},
    DtypeTraits{"Q8_0", 32, 34},      DtypeTraits{"Q8_1", 32, 36},
    DtypeTraits{"Q2_K", 256, 84},     DtypeTraits{"Q3_K", 256, 110},
    DtypeTraits{"Q4_K", 256, 144},    DtypeTraits{"Q5_K", 256, 176},
    DtypeTraits{"Q6_K", 256, 210},    DtypeTraits{"Q8_K", 256, 292},
    DtypeTraits{"IQ2_XXS", 256, 66},  DtypeTraits{"IQ2_XS", 256, 74},
    DtypeTraits{"IQ3_XXS", 256, 98},  DtypeTraits{"IQ1_S", 256, 50},
    DtypeTraits{"IQ4_NL", 32, 18},    DtypeTraits{"IQ3_S", 256, 110},
    DtypeTraits{"IQ2_S", 256, 82},    DtypeTraits{"IQ4_XS", 256, 136},
    DtypeTraits{"IQ1_M", 256, 56},    DtypeTraits{"TQ1_0", 256, 54},
    DtypeTraits{"TQ2_0", 256, 66},    DtypeTraits{"MXFP4", 32, 17},
    DtypeTraits{"NVFP4", 64, 36},     DtypeTraits{"Q1_0", 128, 18},
    DtypeTraits{"Q2_0", 64, 18},      DtypeTraits{"AprQ4", 32, 18, 0, true},
    DtypeTraits{"AprQ8", 1, 1, 4},
};
static_assert(kTraits.size() == static_cast<std::size_t>(Dtype::kAprQ8) + 1);

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
  if (elements == 0) return 0;
  const bool cut = elements % traits.block_elements != 0;
  if (cut && !traits.partial_block) return std::nullopt;
  const std::uint64_t blocks = elements / traits.block_elements + (cut ? 1 : 0);
  const std::optional<std::uint64_t> bytes = CheckedMultiply(blocks, traits.block_bytes);
  return bytes ? CheckedAdd(*bytes, traits.prefix_bytes) : std::nullopt;
}

}  // namespace falsify::loaders
