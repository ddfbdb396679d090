// The worker's side when it is not the harness that started it. The usual case is in
// process_runner_test.cc.
#include "harness/trial/worker_io.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "harness/trial/scratch_directory.h"
#include "harness/trial/small_file.h"

namespace falsify::harness {
namespace {

// Starts a worker from a shell with `input` on stdin and returns what it printed to stderr.
std::string Complaint(const std::string& input, const std::string& redirection) {
  const auto scratch = ScratchDirectory::Make();
  const std::string in = scratch->path() / "in";
  const std::string err = scratch->path() / "err";
  std::ofstream(in) << input;
  const std::string command =
      fmt::format("'{}' < '{}' 2> '{}' {}", TRIAL_TEST_WORKER, in, err, redirection);
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
  return ReadSmallFile(err);
}

TEST(ReadSpec, NeedsTheHarnesssDescriptor) {
  EXPECT_EQ(Complaint("{}", "3>&-"),
            "worker: cannot find descriptor 3, which the harness opens: Bad file descriptor "
            "[WORKER_IO]\n");
}

TEST(ReadSpec, RefusesWhatIsNoSpec) {
  const std::string open = "3> /dev/null";
  EXPECT_EQ(Complaint("", open), "not one JSON document, byte 1 of 0 [JSON_SYNTAX]\n");
  EXPECT_EQ(Complaint("{}", open), "number: is missing [WORKER_SPEC]\n");
  EXPECT_EQ(Complaint(std::string(100, '[') + std::string(100, ']'), open),
            "nested deeper than 16 [JSON_DEPTH]\n");
}

TEST(ReadSpec, ReadsNoMoreThanASpecMayBeLong) {
  const std::string complaint = Complaint(std::string(3 << 20, ' '), "3> /dev/null");
  EXPECT_NE(complaint.find("at most 1048576 B allowed [JSON_SIZE]\n"), std::string::npos)
      << complaint;
}

}  // namespace
}  // namespace falsify::harness
