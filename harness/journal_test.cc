#include "harness/journal.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) / (std::string("falsify-journal-") + test->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = (folder_ / "journal.jsonl").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void WriteThree() {
    Result<Journal> journal = Journal::Create(path_);
    ASSERT_TRUE(journal) << journal.error().Line();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(journal->Append("trial", {{"number", i}}));
  }
  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Overwrite(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  Result<Journal> Reopen() { return Journal::Open(path_, entries_); }

  fs::path folder_;
  std::string path_;
  std::vector<JournalEntry> entries_;
};

TEST_F(JournalTest, ReadsBackWhatWasAppended) {
  WriteThree();
  const Result<Journal> journal = Reopen();
  ASSERT_TRUE(journal) << journal.error().Line();
  ASSERT_EQ(entries_.size(), 3U);
  EXPECT_EQ(entries_[2].kind, "trial");
  EXPECT_EQ(entries_[2].data["number"], 2);
  EXPECT_EQ(journal->notice(), "");
}

TEST_F(JournalTest, GoesOnWithTheChainAfterReopening) {
  WriteThree();
  {
    Result<Journal> journal = Reopen();
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->Append("trial", {{"number", 3}}));
  }
  ASSERT_TRUE(Reopen());
  EXPECT_EQ(entries_.size(), 4U);
}

// A process killed while it appends leaves any prefix of its last line.
TEST_F(JournalTest, CutsATornLastLineWhereverItWasTorn) {
  WriteThree();
  const std::string whole = Bytes();
  const std::size_t second_end = whole.find('\n', whole.find('\n') + 1) + 1;
  for (std::size_t size = second_end + 1; size < whole.size(); ++size) {
    Overwrite(whole.substr(0, size));
    const Result<Journal> journal = Reopen();
    ASSERT_TRUE(journal) << size << journal.error().Line();
    ASSERT_EQ(entries_.size(), 2U) << size;
    ASSERT_THAT(journal->notice(), HasSubstr("the last line was torn")) << size;
    ASSERT_EQ(Bytes(), whole.substr(0, second_end)) << size;
    std::ifstream torn(path_ + ".torn", std::ios::binary);
    ASSERT_EQ(std::string(std::istreambuf_iterator<char>(torn), {}),
              whole.substr(second_end, size - second_end));
  }
}

TEST_F(JournalTest, RefusesABadLineInTheMiddleAndLeavesTheFile) {
  WriteThree();
  std::string bytes = Bytes();
  const std::size_t in_second = bytes.find('\n') + 20;
  bytes[in_second] ^= 1;
  Overwrite(bytes);
  const Result<Journal> journal = Reopen();
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().Line(),
            path_ +
                ":2: checksum does not match; the file is untouched; start anew without "
                "--resume [JOURNAL_CORRUPT]");
  EXPECT_EQ(Bytes(), bytes);
}

TEST_F(JournalTest, RefusesALineThatWasTakenOut) {
  WriteThree();
  std::string bytes = Bytes();
  const std::size_t first_end = bytes.find('\n') + 1;
  const std::size_t second_end = bytes.find('\n', first_end) + 1;
  Overwrite(bytes.substr(0, first_end) + bytes.substr(second_end) + bytes.substr(second_end));
  const Result<Journal> journal = Reopen();
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, "JOURNAL_CORRUPT");
}

TEST_F(JournalTest, AllowsOneWriterAndNamesIt) {
  const Result<Journal> first = Journal::Create(path_);
  ASSERT_TRUE(first);
  const std::string expected = path_ + ": another run is writing here (pid " +
                               std::to_string(getpid()) + "); give another --out [JOURNAL_LOCKED]";
  const Result<Journal> second = Reopen();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().Line(), expected);
  const Result<Journal> third = Journal::Create(path_);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().Line(), expected);
}

TEST_F(JournalTest, SetsAnOldJournalAside) {
  WriteThree();
  const std::string old = Bytes();
  ASSERT_TRUE(Journal::Create(path_));
  std::ifstream aside(path_ + ".old", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(aside), {}), old);
  EXPECT_EQ(Bytes(), "");
}

TEST_F(JournalTest, SaysThatThereIsNothingToGoOnFrom) {
  const Result<Journal> journal = Reopen();
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().Line(), path_ +
                                        ": there is no journal to go on from; run without "
                                        "--resume [JOURNAL_MISSING]");
}

// Only what ends the file may be taken for torn: the last line, or the last two run together.
TEST_F(JournalTest, SurvivesAnyFlippedByte) {
  WriteThree();
  const std::string whole = Bytes();
  const std::size_t second_newline = whole.find('\n', whole.find('\n') + 1);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x20);
    Overwrite(bytes);
    const Result<Journal> journal = Reopen();
    if (journal) {
      EXPECT_EQ(entries_.size(), i == second_newline ? 1U : 2U) << i;
    } else {
      EXPECT_EQ(journal.error().code, "JOURNAL_CORRUPT") << i;
    }
  }
}

}  // namespace
}  // namespace falsify::harness
