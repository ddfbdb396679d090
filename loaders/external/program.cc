#include "loaders/external/program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "loaders/external/spawn_group.h"

namespace falsify::loaders {
namespace {

using namespace std::chrono_literals;

constexpr int kEventsDescriptor = 3;
constexpr std::size_t kMostLine = std::size_t{1} << 20;
constexpr std::size_t kPiece = 1 << 16;
constexpr int kMostLevels = 16;
constexpr auto kTimeToLeave = 1s;  // from the end of its input to SIGKILL

struct Pipe {
  int read = -1;
  int write = -1;
};

Result<Pipe> MakePipe() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Fail(SystemError("COMMAND_START", "command", "make a pipe", errno));
  }
  return Pipe{ends[0], ends[1]};
}

/// Whatever it is, at a descriptor that no one else's dup2 will hit.
int Above(int descriptor) {
  constexpr int kLowest = 10;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kLowest);
  ::close(descriptor);
  return moved;
}

nlohmann::json ToJson(const ProgramRequest& request) {
  return {{"protocol", 1},
          {"model", request.model},
          {"work", request.work},
          {"threads", request.threads},
          {"prompt", request.prompt},
          {"options", request.options}};
}

std::string_view CodeOf(const std::string& kind) {
  struct Known {
    std::string_view kind;
    std::string_view code;
  };
  constexpr std::array kKnown = {
      Known{"refused", "COMMAND_REFUSED"}, Known{"io", "COMMAND_IO"},
      Known{"memory", "IO_MEMORY"},        Known{"unavailable", "LOADER_UNAVAILABLE"},
      Known{"option", "LOADER_OPTION"},    Known{"unsupported", "COMMAND_UNSUPPORTED"}};
  for (const Known& known : kKnown) {
    if (known.kind == kind) return known.code;
  }
  return "COMMAND_FAILED";
}

constexpr std::array<std::string_view, 7> kEvents = {"ready",  "opened", "touched", "first_token",
                                                     "tensor", "done",   "error"};

std::string TextOf(const nlohmann::json& fields, const char* key) {
  const auto found = fields.find(key);
  return found != fields.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Null if `line` is no JSON object of a few levels.
nlohmann::json ParseEvent(const std::string& line) {
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    return depth <= kMostLevels;
  };
  nlohmann::json parsed = nlohmann::json::parse(line, shallow, false);
  return parsed.is_object() ? parsed : nlohmann::json();
}

}  // namespace

Result<Program> Program::Start(const std::vector<std::string>& command) {
  if (command.empty()) {
    return Fail({"COMMAND_START", "loader \"command\"", "names no program",
                 "write {command: [python3, my_loader.py]}"});
  }
  const Result<Pipe> requests = MakePipe();
  if (!requests) return Fail(requests.error());
  const Result<Pipe> events = MakePipe();
  if (!events) return Fail(events.error());
  const int theirs_in = Above(requests->read);
  const int theirs_out = Above(events->write);
  // A program that is gone is found out by reading from it.
  ::signal(SIGPIPE, SIG_IGN);
  pid_t pid = -1;
  const std::array<std::pair<int, int>, 2> descriptors = {
      {{theirs_in, STDIN_FILENO}, {theirs_out, kEventsDescriptor}}};
  const int failed = SpawnGroup(command, descriptors, pid);
  ::close(theirs_in);
  ::close(theirs_out);
  Program program(pid, requests->write, events->read);
  program.name_ = command.front();
  if (failed != 0) {
    program.pid_ = -1;
    return Fail(SystemError("COMMAND_START", command.front(), "start the program", failed));
  }
  if (Result<ProgramEvent> ready = program.Expect("ready"); !ready) {
    return Fail(std::move(ready.error()));
  }
  return program;
}

Program::Program(Program&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      requests_(std::exchange(other.requests_, -1)),
      events_(std::exchange(other.events_, -1)),
      name_(std::move(other.name_)),
      unread_(std::move(other.unread_)),
      ended_(other.ended_) {}

Program::~Program() {
  if (requests_ >= 0) ::close(requests_);
  if (events_ >= 0) ::close(events_);
  if (pid_ < 0) return;
  AwaitGroup(pid_, kTimeToLeave);
}

tl::unexpected<Error> Program::Broken(std::string what) const {
  return Fail({"COMMAND_PROTOCOL", name_, std::move(what), "see protocol.md"});
}

Result<void> Program::Send(const ProgramRequest& request) {
  const std::string line =
      ToJson(request).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t sent = ::write(requests_, left.data(), left.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Broken("it does not take its request");
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> Program::NextLine() {
  for (;;) {
    const std::size_t end = unread_.find('\n');
    if (end != std::string::npos && end <= kMostLine) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (unread_.size() > kMostLine) return Broken("it wrote a line of more than 1 MiB");
    if (ended_) {
      return Broken(unread_.empty() ? "it ended its events before it was done"
                                    : "its last event has no end of line");
    }
    std::array<char, kPiece> piece;
    const ssize_t got = ::read(events_, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(SystemError("COMMAND_PROTOCOL", name_, "read its events", errno));
    if (got == 0) ended_ = true;
    unread_.append(piece.data(), static_cast<std::size_t>(got));
  }
}

Result<ProgramEvent> Program::Next() {
  Result<std::string> line = NextLine();
  if (!line) return Fail(std::move(line.error()));
  nlohmann::json fields = ParseEvent(*line);
  if (fields.is_null()) return Broken("an event is no JSON object");
  ProgramEvent event = {TextOf(fields, "event"), std::move(fields)};
  if (std::ranges::find(kEvents, event.name) == kEvents.end()) {
    return Broken(fmt::format("there is no event \"{:.40}\"", event.name));
  }
  if (event.name != "error") return event;
  std::string message = TextOf(event.fields, "message");
  message.resize(std::min(message.find('\n'), message.size()));
  return Fail({std::string(CodeOf(TextOf(event.fields, "kind"))),
               name_,
               message.empty() ? "gave no reason" : message.substr(0, 512),
               {}});
}

Result<ProgramEvent> Program::Expect(std::string_view name) {
  Result<ProgramEvent> event = Next();
  if (event && event->name != name) {
    return Broken(fmt::format("it said \"{}\", expected \"{}\"", event->name, name));
  }
  return event;
}

}  // namespace falsify::loaders
