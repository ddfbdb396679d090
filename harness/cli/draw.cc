#include "harness/cli/draw.h"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "harness/durable_file.h"
#include "harness/meters/file_descriptor.h"
#include "loaders/external/spawn_group.h"
#include "reports/charts/gnuplot.h"

namespace falsify::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongest = 20s;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr std::string_view kEnd = "</svg>";

harness::FileDescriptor NamelessFile() {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  return harness::FileDescriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

/// Script and picture are files without a name: neither side waits for the other.
std::string Drawn(const std::string& script) {
  const harness::FileDescriptor input = NamelessFile();
  const harness::FileDescriptor output = NamelessFile();
  const harness::FileDescriptor nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (input.get() < 0 || output.get() < 0 || nothing.get() < 0) return {};
  if (::write(input.get(), script.data(), script.size()) != static_cast<ssize_t>(script.size()) ||
      ::lseek(input.get(), 0, SEEK_SET) != 0) {
    return {};
  }
  const std::array<std::pair<int, int>, 3> descriptors = {
      {{input.get(), STDIN_FILENO}, {output.get(), STDOUT_FILENO}, {nothing.get(), STDERR_FILENO}}};
  pid_t pid = -1;
  const std::vector<std::string> command = {"gnuplot", "-d"};  // -d: nobody's settings
  if (loaders::SpawnGroup(command, descriptors, pid) != 0) return {};
  const std::optional<int> status = loaders::AwaitGroup(pid, kLongest);
  if (!status || !WIFEXITED(*status) || WEXITSTATUS(*status) != 0) return {};
  std::string svg;
  std::array<char, 1 << 16> piece;
  for (off_t at = 0; svg.size() < kMostBytes;) {
    const ssize_t got = ::pread(output.get(), piece.data(), piece.size(), at);
    if (got <= 0) break;
    svg.append(piece.data(), static_cast<std::size_t>(got));
    at += got;
  }
  return svg.find(kEnd) == std::string::npos ? std::string() : svg;
}

}  // namespace

std::vector<std::string> DrawPictures(const harness::Record& record, const std::string& folder) {
  std::vector<std::string> drawn;
  for (const reports::Picture& picture : reports::Pictures(record)) {
    const std::string svg = Drawn(reports::GnuplotScript(picture));
    const std::string path = (std::filesystem::path(folder) / picture.file).string();
    if (!svg.empty() && harness::SaveDurably(path, svg)) drawn.push_back(picture.file);
  }
  return drawn;
}

}  // namespace falsify::cli
