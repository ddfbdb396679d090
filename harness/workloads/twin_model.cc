#include "harness/workloads/twin_model.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "harness/meters/file_descriptor.h"

namespace falsify::harness {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> Failed(const fs::path& where, const char* what, int error) {
  return Fail(SystemError("WEIGHTS_TWIN", where.string(), what, error));
}

std::vector<fs::path> FilesToCopy(const loaders::StoredModel& own, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const std::string& file : own.files()) files.emplace_back(file);
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  return files;
}

}  // namespace

Result<TwinModel> TwinModel::Make(const std::string& model_path, const loaders::StoredModel& own) {
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error) return Failed("TMPDIR", "find a temporary directory", error.value());
  std::string folder = (temporary / "twin-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return Failed(folder, "make a folder", errno);
  const bool is_folder = fs::is_directory(model_path, error);
  const fs::path original = model_path;
  for (const fs::path& file : FilesToCopy(own, is_folder ? original : original.parent_path())) {
    const fs::path copy = fs::path(folder) / file.filename();
    fs::copy_file(file, copy, fs::copy_options::skip_existing, error);
    if (error) return Failed(copy, "copy the model's file", error.value());
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write, error);
    if (error) return Failed(copy, "make the copy writable", error.value());
  }
  const fs::path path = is_folder ? fs::path(folder) : fs::path(folder) / original.filename();
  return TwinModel(own, std::move(folder), path.string());
}

Result<void> TwinModel::Write(const loaders::TensorInfo& tensor,
                              std::span<const std::byte> bytes) const {
  const fs::path original = own_->SourceOf(tensor).path();
  const fs::path copy = fs::path(folder_) / original.filename();
  const Result<FileDescriptor> file = OpenFile(copy.string(), O_WRONLY);
  if (!file) return Fail(file.error());
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t put = pwrite(file->get(), bytes.data() + written, bytes.size() - written,
                               static_cast<off_t>(tensor.range.offset + written));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return Failed(copy, "write", errno);
    written += static_cast<std::size_t>(put);
  }
  return {};
}

}  // namespace falsify::harness
