#include "harness/cli/find_models.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "loaders/formats/gguf_split.h"

namespace falsify::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = ".safetensors.index.json";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// "model-00001-of-00002.safetensors", whose index stands for it.
bool IsShard(std::string_view name) {
  constexpr std::string_view kTail = "-00001-of-00002.safetensors";
  if (name.size() < kTail.size()) return false;
  name.remove_prefix(name.size() - kTail.size());
  for (std::size_t i = 0; i < kTail.size(); ++i) {
    const bool digit = kTail[i] >= '0' && kTail[i] <= '9';
    if (digit ? name[i] < '0' || name[i] > '9' : name[i] != kTail[i]) return false;
  }
  return true;
}

bool IsModelName(const std::string& name) {
  if (const auto split = loaders::ParseGgufSplitName(name)) return split->number == 1;
  if (name.ends_with(".safetensors")) return !IsShard(name);
  return name.ends_with(kIndex) || name.ends_with(".gguf") || name.ends_with(".apr");
}

}  // namespace

std::vector<std::string> UsualModelFolders() {
  const std::string home = Environment("HOME");
  const std::string hub = Environment("HF_HUB_CACHE");
  const std::string hf = Environment("HF_HOME");
  return {"models", !hub.empty()  ? hub
                    : !hf.empty() ? hf + "/hub"
                                  : home + "/.cache/huggingface/hub"};
}

Result<std::vector<std::string>> FindModels(const std::vector<std::string>& folders,
                                            bool may_be_missing) {
  std::vector<std::string> models;
  for (const std::string& folder : folders) {
    std::error_code failed;
    if (may_be_missing && !fs::exists(folder, failed)) continue;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                        failed);
    for (const fs::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
      std::error_code ignored;
      if (!at->is_regular_file(ignored)) continue;
      if (IsModelName(at->path().filename().string())) models.push_back(at->path().string());
    }
    if (failed) return Fail(SystemError("IO_READ", folder, "list", failed.value()));
  }
  std::sort(models.begin(), models.end());
  return models;
}

}  // namespace falsify::cli
