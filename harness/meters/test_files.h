#pragma once

#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <sys/vfs.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace falsify::harness {

/// A directory that is gone, with all in it, at the end of the test.
class TestDirectory {
 public:
  explicit TestDirectory(const std::string& parent = testing::TempDir())
      : path_(parent + "/falsify-meters-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no directory in " << parent;
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }

  /// Writes a file of random bytes, leaves it dirty in the page cache, and returns its path.
  std::string Write(std::string_view name, std::size_t bytes) const {
    std::string content(bytes, '\0');
    std::mt19937_64 random(bytes);
    for (char& byte : content) byte = static_cast<char>(random());
    std::string file = path_ + "/" + std::string(name);
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

  /// False on tmpfs, whose files are nowhere but in memory.
  bool IsOnDisk() const {
    constexpr long kTmpfsMagic = 0x01021994;
    struct statfs system {};
    return statfs(path_.c_str(), &system) == 0 && system.f_type != kTmpfsMagic;
  }

 private:
  std::string path_;
};

}  // namespace falsify::harness
