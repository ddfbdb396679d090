#include "harness/trial/pipes.h"

#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "gtest/gtest.h"

namespace falsify::harness {
namespace {

TEST(TailSink, KeepsTheLastBytesAndCountsTheRest) {
  TailSink sink(4);
  sink.Take("ab");
  EXPECT_EQ(sink.tail(), "ab");
  EXPECT_EQ(sink.dropped(), 0U);
  sink.Take("cde");
  EXPECT_EQ(sink.tail(), "bcde");
  EXPECT_EQ(sink.dropped(), 1U);
  sink.Take("0123456789");
  EXPECT_EQ(sink.tail(), "6789");
  EXPECT_EQ(sink.dropped(), 11U);
}

TEST(TailSink, StartsAtACharacterOnlyIfItWasCut) {
  TailSink cut(3);
  cut.Take("x\xc3\xa9yz");
  EXPECT_EQ(cut.tail(), "yz");
  TailSink whole(3);
  whole.Take("\xa9y");
  EXPECT_EQ(whole.tail(), "\xa9y");
}

TEST(HeadSink, KeepsTheFirstBytesAndNotesMore) {
  HeadSink sink(4);
  sink.Take("abcd");
  EXPECT_EQ(sink.head(), "abcd");
  EXPECT_FALSE(sink.overflowed());
  sink.Take("e");
  EXPECT_EQ(sink.head(), "abcd");
  EXPECT_TRUE(sink.overflowed());
}

TEST(MakePipe, KeepsClearOfStandardDescriptorsAndOfChildren) {
  const int saved_stdin = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kLowestFd);
  close(STDIN_FILENO);
  const auto pipe = MakePipe();
  dup2(saved_stdin, STDIN_FILENO);
  close(saved_stdin);
  ASSERT_TRUE(pipe);
  for (const UniqueFd* end : {&pipe->read, &pipe->write}) {
    EXPECT_GE(end->get(), kLowestFd);
    EXPECT_EQ(fcntl(end->get(), F_GETFD), FD_CLOEXEC);
  }
}

TEST(Drain, TakesWhatIsThereAndNeverWaits) {
  auto pipe = MakePipe();
  ASSERT_TRUE(pipe);
  HeadSink sink(100);
  Drain drain(std::move(pipe->read), &sink);
  drain.Pump();
  EXPECT_EQ(sink.head(), "");
  ASSERT_EQ(write(pipe->write.get(), "one", 3), 3);
  drain.Pump();
  EXPECT_EQ(sink.head(), "one");
  EXPECT_GE(drain.fd(), 0);
  pipe->write.Reset();
  drain.Pump();
  EXPECT_EQ(drain.fd(), -1);
}

TEST(PipeHolding, GivesItsTextAndThenTheEnd) {
  const std::string text(200'000, 'x');  // more than a pipe holds unless it is made larger
  const auto fd = PipeHolding(text);
  ASSERT_TRUE(fd) << fd.error().Line();
  std::string got(text.size() + 1, ' ');
  EXPECT_EQ(read(fd->get(), got.data(), got.size()), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(read(fd->get(), got.data(), got.size()), 0);
}

TEST(PipeHolding, RefusesWhatNoPipeHolds) {
  const auto fd = PipeHolding(std::string((1 << 20) + 1, 'x'));
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().Line(),
            "worker: a spec of 1048577 B does not fit into a pipe [TRIAL_SPAWN]");
}

}  // namespace
}  // namespace falsify::harness
