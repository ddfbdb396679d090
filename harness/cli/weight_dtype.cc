#include "harness/cli/weight_dtype.h"

#include <array>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"

namespace falsify::cli {
namespace {

using loaders::Dtype;

constexpr std::array kDtypes = {
    std::pair{"BF16", Dtype::kBF16}, std::pair{"F16", Dtype::kF16},
    std::pair{"F32", Dtype::kF32},   std::pair{"Q8_0", Dtype::kQ8_0},
    std::pair{"Q4_0", Dtype::kQ4_0}, std::pair{"Q4_K_M", Dtype::kQ4_K},
};

}  // namespace

Result<Dtype> WeightDtype(const std::string& name, const std::string& where) {
  std::vector<std::string_view> names;
  for (const auto& [known, dtype] : kDtypes) {
    if (name == known) return dtype;
    names.emplace_back(known);
  }
  return Fail({.code = "FIXTURE_DTYPE",
               .where = where,
               .what = fmt::format("unknown dtype \"{}\"", name),
               .hint = fmt::format("use one of {}", fmt::join(names, ", "))});
}

}  // namespace falsify::cli
