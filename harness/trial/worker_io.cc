#include "harness/trial/worker_io.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "harness/trial/answer.h"
#include "harness/trial/json_text.h"
#include "harness/trial/unique_fd.h"

namespace falsify::harness {
namespace {

constexpr int kAnswerFd = 3;
constexpr int kOutOfTheWay = 100;  // lowest number the answer's descriptor is moved to

// One per worker process, like the descriptors it stands for.
struct Channel {
  double main_entered = 0;
  UniqueFd answer;
};

Channel& TheChannel() {
  static Channel channel;
  return channel;
}

Error IoError(const std::string& action) {
  return SystemError("WORKER_IO", "worker", action, errno);
}

Result<std::string> ReadAll(int fd, std::size_t most) {
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(IoError("read the spec from stdin"));
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > most) return text;  // ParseBounded refuses it by its size
  }
}

Result<void> TakeAnswerDescriptor() {
  UniqueFd moved(fcntl(kAnswerFd, F_DUPFD_CLOEXEC, kOutOfTheWay));
  if (!moved) return Fail(IoError("find descriptor 3, which the harness opens"));
  close(kAnswerFd);
  TheChannel().answer = std::move(moved);
  return {};
}

Result<void> ReplaceStdin() {
  const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null || dup2(null.get(), STDIN_FILENO) < 0) {
    return Fail(IoError("put /dev/null on stdin"));
  }
  return {};
}

}  // namespace

void MarkMainEntered() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  TheChannel().main_entered = std::chrono::duration<double>(now).count();
}

Result<TrialSpec> ReadSpec() {
  if (auto taken = TakeAnswerDescriptor(); !taken) return Fail(std::move(taken.error()));
  auto text = ReadAll(STDIN_FILENO, kAnswerBytes);
  if (!text) return Fail(std::move(text.error()));
  if (auto replaced = ReplaceStdin(); !replaced) return Fail(std::move(replaced.error()));
  auto json = ParseBounded(*text, kAnswerDepth, kAnswerBytes);
  if (!json) return Fail(std::move(json.error()));
  return TrialSpecFromJson(*json);
}

Result<void> WriteAnswer(const TrialSpec& spec, const Observation& observation) {
  Channel& channel = TheChannel();
  const std::string text =
      WriteAnswerText(spec, {.observation = observation, .main_entered = channel.main_entered});
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = write(channel.answer.get(), text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Fail(IoError("write the answer"));
    done += static_cast<std::size_t>(put);
  }
  channel.answer.Reset();
  return {};
}

}  // namespace falsify::harness
