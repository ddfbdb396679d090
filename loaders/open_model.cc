#include "loaders/open_model.h"

#include <utility>
#include <vector>

#include "loaders/file_model.h"
#include "loaders/model_files.h"
#include "loaders/sharded_model.h"

namespace falsify::loaders {

Result<std::unique_ptr<StoredModel>> OpenModel(const std::string& path, OpenSource open,
                                               const SourceOptions& options,
                                               const OnPhase& on_phase) {
  if (on_phase) on_phase("open");
  Result<ModelFiles> files = FindModelFiles(path);
  if (!files) return Fail(std::move(files.error()));
  std::vector<std::unique_ptr<Source>> sources;
  for (const std::string& file : files->paths) {
    Result<std::unique_ptr<Source>> source = open(file, options);
    if (!source) return Fail(std::move(source.error()));
    sources.push_back(std::move(*source));
  }
  if (on_phase) on_phase("header");
  std::vector<std::unique_ptr<FileModel>> parts;
  for (std::unique_ptr<Source>& source : sources) {
    Result<std::unique_ptr<FileModel>> part = ParseFileModel(std::move(source));
    if (!part) return Fail(std::move(part.error()));
    parts.push_back(std::move(*part));
  }
  if (files->kind == ModelFiles::Kind::kSingle) return std::move(parts.front());
  return MakeShardedModel(*files, std::move(parts));
}

}  // namespace falsify::loaders
