#include "loaders/model_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "loaders/formats/gguf_split.h"
#include "loaders/sources/small_file.h"

namespace falsify::loaders {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSingleName = "model.safetensors";
constexpr std::string_view kIndexName = "model.safetensors.index.json";
constexpr std::string_view kIndexEnding = ".safetensors.index.json";

// 100,000 tensors with names of a hundred bytes need a fifth of this.
constexpr std::uint64_t kMostIndexBytes = std::uint64_t{64} << 20;

Result<ModelFiles> FromIndex(const fs::path& path) {
  Result<std::string> text = ReadSmallFile(path.string(), kMostIndexBytes, "ST_INDEX_JSON");
  if (!text) return Fail(std::move(text.error()));
  Result<ShardIndex> index = ParseShardIndex(*text, path.string());
  if (!index) return Fail(std::move(index.error()));
  ModelFiles files;
  files.kind = ModelFiles::Kind::kIndexed;
  files.index_path = path.string();
  for (const std::string& name : index->files) {
    const fs::path shard = path.parent_path() / name;
    std::error_code ignored;
    if (!fs::exists(shard, ignored)) {
      return Fail({"ST_INDEX_MISSING", path.string(),
                   fmt::format("shard \"{}\" is not in the folder", name),
                   "is the download complete?"});
    }
    files.paths.push_back(shard.string());
  }
  files.index = std::move(*index);
  return files;
}

Result<ModelFiles> FromSplits(const fs::path& path, GgufSplitName name) {
  if (name.number != 1) {
    const std::string what = fmt::format("part {} of a model in {} files", name.number, name.count);
    name.number = 1;
    return Fail({"GGUF_SPLIT_FIRST", path.string(), what, "open " + name.Text()});
  }
  ModelFiles files;
  files.kind = ModelFiles::Kind::kSplit;
  for (; name.number <= name.count; ++name.number) {
    const fs::path part = path.parent_path() / name.Text();
    std::error_code ignored;
    if (!fs::exists(part, ignored)) {
      return Fail({"GGUF_SPLIT_MISSING", path.string(),
                   fmt::format("part {} is not in the folder", name.Text()),
                   "is the download complete?"});
    }
    files.paths.push_back(part.string());
  }
  return files;
}

Result<ModelFiles> FromFile(const fs::path& path) {
  if (path.string().ends_with(kIndexEnding)) return FromIndex(path);
  const auto split = ParseGgufSplitName(path.filename().string());
  if (split) return FromSplits(path, *split);
  ModelFiles files;
  files.paths = {path.string()};
  return files;
}

Result<std::vector<std::string>> NamesEndingIn(const fs::path& folder, std::string_view ending) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::string name = at->path().filename().string();
    if (name.ends_with(ending)) names.push_back(std::move(name));
  }
  if (failed) return Fail(SystemError("IO_READ", folder.string(), "list", failed.value()));
  std::sort(names.begin(), names.end());
  return names;
}

/// True for the names of the parts of one model, all of them.
bool AreOneSplitModel(const std::vector<std::string>& names) {
  const auto first = ParseGgufSplitName(names.front());
  return first && first->number == 1 && first->count == names.size() &&
         std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           const auto split = ParseGgufSplitName(name);
           return split && split->prefix == first->prefix && split->count == first->count;
         });
}

Result<ModelFiles> FromFolder(const fs::path& folder) {
  std::error_code ignored;
  const bool single = fs::exists(folder / kSingleName, ignored);
  const bool indexed = fs::exists(folder / kIndexName, ignored);
  if (single) {
    ModelFiles files;
    files.paths = {(folder / kSingleName).string()};
    if (indexed) files.findings.push_back(fmt::format("{} lies beside and is ignored", kIndexName));
    return files;
  }
  if (indexed) return FromIndex(folder / kIndexName);
  for (const std::string_view ending : {".safetensors", ".gguf", ".apr"}) {
    Result<std::vector<std::string>> names = NamesEndingIn(folder, ending);
    if (!names) return Fail(std::move(names.error()));
    if (names->empty()) continue;
    if (names->size() == 1 || AreOneSplitModel(*names)) return FromFile(folder / names->front());
    return Fail({"MODEL_AMBIGUOUS", folder.string(),
                 fmt::format("holds {} models: {}", names->size(), fmt::join(*names, ", ")),
                 "name the file"});
  }
  return Fail({"MODEL_MISSING", folder.string(), "no model in this folder",
               "expected model.safetensors, its index, a .gguf or an .apr file"});
}

}  // namespace

Result<ModelFiles> FindModelFiles(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? FromFolder(path) : FromFile(path);
}

}  // namespace falsify::loaders
