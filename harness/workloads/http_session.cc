#include "harness/workloads/http_session.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "fmt/format.h"
#include "harness/meters/file_descriptor.h"
#include "harness/meters/metered_read.h"
#include "harness/trial/json_text.h"
#include "loaders/external/completion_stream.h"

namespace falsify::harness {
namespace {

using Clock = std::chrono::steady_clock;
using loaders::HttpClient;

constexpr auto kPoll = std::chrono::milliseconds(2);
constexpr double kLongestHealthSeconds = 1;
constexpr double kGraceSeconds = 5;
constexpr long kOk = 200;
constexpr long kNoSuccess = 300;
constexpr std::size_t kShownBody = 200;

/// A port of loopback that nobody listens on at this moment.
Result<int> FreePort() {
  const FileDescriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (probe.get() < 0 || ::bind(probe.get(), generic, size) != 0 ||
      ::getsockname(probe.get(), generic, &size) != 0) {
    return Fail(SystemError("HTTP_START", "127.0.0.1", "find a free port", errno));
  }
  return ntohs(address.sin_port);
}

std::string Replaced(std::string text, std::string_view what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
  return text;
}

Result<pid_t> PidOf(const std::string& text, const std::string& where) {
  pid_t pid = 0;
  const std::size_t end = text.find_first_of(" \r\n\t");
  const std::string_view digits = std::string_view(text).substr(0, end);
  const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  const bool read = error == std::errc() && last == digits.data() + digits.size() && pid > 0;
  if (!read) return Fail({"HTTP_PID", where, "holds no process id", {}});
  if (::kill(pid, 0) != 0 && errno == ESRCH) {
    return Fail({"HTTP_PID", where, fmt::format("process {} is not running", pid), {}});
  }
  return pid;
}

Error StatusError(const HttpClient::Answer& answer) {
  return {"HTTP_STATUS",
          "server",
          fmt::format("answered {}: {}", answer.status, answer.body.substr(0, kShownBody)),
          {}};
}

bool IsSuccess(const HttpClient::Answer& answer) {
  return answer.status >= kOk && answer.status < kNoSuccess;
}

}  // namespace

bool IsChatApi(const loaders::LoaderChoice& loader) {
  const auto api = loader.options.find("api");
  return api == loader.options.end() || api->second == "openai-chat";
}

HttpSession::HttpSession(const TrialSpec& spec, HttpClient client, Clock::time_point deadline)
    : loader_(spec.loader), client_(std::move(client)), deadline_(deadline) {}

std::string HttpSession::Option(const char* name) const {
  const auto found = loader_.options.find(name);
  return found == loader_.options.end() ? std::string() : found->second;
}

HttpSession::Seconds HttpSession::Left() const { return deadline_ - Clock::now(); }

Result<HttpSession> HttpSession::Begin(const TrialSpec& spec, const std::string& model_path,
                                       Clock::time_point deadline) {
  const auto url = spec.loader.options.find("url");
  if (url == spec.loader.options.end()) {
    return Fail({"HTTP_START", "loader \"http\"", "names no url", {}});
  }
  const Result<int> port = FreePort();
  if (!port) return Fail(port.error());
  const std::string number = std::to_string(*port);
  const std::string address = Replaced(url->second, "{port}", number);
  Result<HttpClient> client = HttpClient::To(address);
  if (!client) return Fail(std::move(client.error()));
  HttpSession session(spec, std::move(*client), deadline);
  session.model_ = session.Option("model");
  if (session.model_.empty()) {
    session.model_ = std::filesystem::path(model_path).filename().string();
  }
  if (!spec.loader.program.empty()) {
    std::vector<std::string> command;
    for (const std::string& word : spec.loader.program) {
      command.push_back(Replaced(Replaced(word, "{model}", model_path), "{port}", number));
    }
    auto process = loaders::ServerProcess::Start(command);
    if (!process) return Fail(std::move(process.error()));
    session.pid_ = process->pid();
    session.process_.emplace(std::move(*process));
    return session;
  }
  const std::string file = session.Option("pid_file");
  const Result<std::string> text =
      file.empty() ? Result<std::string>(session.Option("pid")) : ReadProcText(file);
  if (!text) return Fail(text.error());
  const Result<pid_t> pid = PidOf(*text, file.empty() ? "pid" : file);
  if (!pid) return Fail(pid.error());
  session.pid_ = *pid;
  return session;
}

Result<void> HttpSession::AwaitReady() {
  const std::string ready = Option("ready").empty() ? "/health" : Option("ready");
  const auto ignore = [](std::string_view) { return Result<void>(); };
  for (;;) {
    const auto ended = process_ ? process_->HowItEnded() : std::nullopt;
    if (ended) return Fail({"HTTP_START", "server", *ended + " before it was ready", {}});
    if (Left().count() <= 0) return Fail({"HTTP_TIMEOUT", "server", "was never ready", {}});
    const auto answer =
        client_.Get(ready, Seconds(std::min(kLongestHealthSeconds, Left().count())), ignore);
    if (answer && answer->status == kOk) return {};
    std::this_thread::sleep_for(kPoll);
  }
}

Result<Completion> HttpSession::Complete(nlohmann::json request,
                                         const std::function<void()>& on_first) {
  request["model"] = model_;
  request["stream"] = true;
  request["stream_options"] = {{"include_usage", true}};
  request["temperature"] = 0;
  request["cache_prompt"] = false;
  const std::string path = IsChatApi(loader_) ? "/v1/chat/completions" : "/v1/completions";
  Completion completion;
  loaders::SseParser parser;
  std::uint64_t events = 0;
  const Clock::time_point sent = Clock::now();
  const auto on_event = [&](const loaders::SseEvent& event) -> Result<void> {
    const Clock::time_point now = Clock::now();
    const auto delta = loaders::ReadCompletionEvent(event);
    if (!delta) return Fail(delta.error());
    if (delta->completion_tokens) {
      completion.tokens = *delta->completion_tokens;
      completion.counted_by_server = true;
    }
    if (!delta->has_output) return {};
    completion.last_seconds = Seconds(now - sent).count();
    completion.text += delta->text;
    if (++events > 1) return {};
    completion.first_seconds = completion.last_seconds;
    completion.first_text = delta->text;
    on_first();
    return {};
  };
  const auto on_bytes = [&](std::string_view bytes) { return parser.Feed(bytes, on_event); };
  const auto answer = client_.Post(path, DumpLine(request), Left(), on_bytes);
  if (!answer) return Fail(answer.error());
  if (!IsSuccess(*answer)) return Fail(StatusError(*answer));
  if (events == 0) return Fail({"HTTP_EMPTY", "server", "a completion without content", {}});
  if (!completion.counted_by_server) completion.tokens = events;
  return completion;
}

std::optional<loaders::ServerProcess::Stopped> HttpSession::Stop() {
  if (!process_) return std::nullopt;
  double grace = kGraceSeconds;
  const std::string given = Option("stop");
  if (!given.empty()) std::from_chars(given.data(), given.data() + given.size(), grace);
  return process_->Stop(Seconds(grace));
}

}  // namespace falsify::harness
