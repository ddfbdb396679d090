#pragma once

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

/// Test support: the binary as a user runs it.
namespace falsify::cli {

struct Ran {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

inline std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The judged hypotheses of a record.
inline std::map<std::string, nlohmann::json> ById(const nlohmann::json& record) {
  std::map<std::string, nlohmann::json> judged;
  if (!record.is_object()) return judged;
  for (const auto& hypothesis : record["hypotheses"]) judged[hypothesis["id"]] = hypothesis;
  return judged;
}

/// A folder of its own, in which the tool runs with its own cache.
class ToolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    // Two builds may be tested at once.
    folder = std::filesystem::path(::testing::TempDir()) /
             ("falsify-tool-" + std::to_string(getpid()) + "-" + test->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }

  /// Starts the tool in `folder`; its output goes to the files out and err there.
  pid_t Start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), FALSIFY_BINARY);
    const pid_t pid = fork();
    if (pid != 0) return pid;
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const bool ready = chdir(folder.c_str()) == 0 &&
                       setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1) == 0 &&
                       Redirect("out", STDOUT_FILENO) && Redirect("err", STDERR_FILENO);
    if (ready) execv(argv[0], argv.data());
    _exit(126);
  }

  Ran Finish(pid_t pid) const {
    int status = 0;
    waitpid(pid, &status, 0);
    Ran ran;
    if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ran.signal = WTERMSIG(status);
    ran.out = Slurp(folder / "out");
    ran.err = Slurp(folder / "err");
    return ran;
  }

  Ran Run(std::vector<std::string> arguments) const { return Finish(Start(std::move(arguments))); }

  std::filesystem::path folder;

 private:
  static bool Redirect(const char* name, int to) {
    const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    return fd >= 0 && dup2(fd, to) == to;
  }
};

/// The last line, without its newline.
inline std::string LastLine(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t before = text.rfind('\n', end);
  return text.substr(before + 1, end - before);
}

}  // namespace falsify::cli
