#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace falsify::loaders {

/// One rule of falsify_loader.h, and whether a library keeps it.
struct PluginCheck {
  std::string rule;     ///< "read refuses bytes beyond the end"
  std::string problem;  ///< empty: it is kept
};

/// What stands for no problem where a text has to.
inline constexpr std::string_view kRuleKept = "kept";

/// Makes every call of the ABI on a good model, and those that have to fail: a missing file, an
/// unknown option, a tensor that is not there, bytes beyond an end; two models at once; several
/// threads where the library says it can. In a worker only: a library may crash. Stops at the first
/// rule without which no other can be tried. Never empty.
std::vector<PluginCheck> CheckPluginCalls(const std::string& library,
                                          const std::string& model_path);

}  // namespace falsify::loaders
