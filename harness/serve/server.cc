#include "harness/serve/server.h"

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <httplib.h>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "harness/serve/completion_json.h"
#include "harness/serve/text_stream.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {
namespace {

// More than the slow clients one expects, so that /health is answered beside them.
constexpr std::size_t kConnections = 128;
constexpr std::size_t kMostBodyBytes = std::size_t{1} << 20;
constexpr std::time_t kSlowestSeconds = 5;  // for each read and write of a client
constexpr std::size_t kMostWaiting = 64;    // completions, one of them running

constexpr auto kPoll = std::chrono::milliseconds(1);

constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;
constexpr int kServerError = 500;
constexpr int kUnavailable = 503;
constexpr const char* kJson = "application/json";

void Refuse(httplib::Response& response, int status, const Error& error) {
  const char* type = status < kServerError ? "invalid_request_error" : "server_error";
  response.status = status;
  response.set_content(ErrorBody(fmt::format("{}: {}", error.where, error.what), type, error.code),
                       kJson);
}

/// One place among those that wait for the decoder, as long as it lives.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(taken), number_(++taken) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --taken_; }

  bool is_free() const { return number_ <= kMostWaiting; }

 private:
  std::atomic<std::size_t>& taken_;
  std::size_t number_;
};

/// A completion on its way to a client.
struct Answer {
  Answer(ServeEngine& engine, CompletionRequest asked, CompletionJson form,
         std::vector<std::uint32_t> prompt, std::unique_ptr<Place> own_place)
      : request(std::move(asked)),
        json(std::move(form)),
        completion(engine, std::move(prompt), request.max_tokens),
        place(std::move(own_place)) {}

  const char* finish_reason() const { return completion.ended_by_model() ? "stop" : "length"; }
  CompletionJson::Usage usage() const {
    return {completion.prompt_tokens(), completion.completion_tokens()};
  }

  CompletionRequest request;
  CompletionJson json;
  ServeEngine::Completion completion;
  std::unique_ptr<Place> place;
  TextStream text;
  bool begun = false;
};

bool Send(httplib::DataSink& sink, const std::string& text) {
  return text.empty() || sink.write(text.data(), text.size());
}

}  // namespace

struct CompletionServer::Parts {
  ServeOptions options;
  std::string name;  ///< of the model
  int port = 0;
  httplib::Server http;
  std::thread loading;
  std::mutex loaded;  ///< guards `engine` and `failure`
  std::shared_ptr<ServeEngine> engine;
  std::optional<Error> failure;
  std::atomic<std::size_t> waiting = 0;
  std::atomic<std::uint64_t> number = 0;
  std::atomic<bool> stopping = false;
  std::atomic<bool> run_ended = true;
  std::once_flag listening_ended;

  void Load() {
    auto made = ServeEngine::Load(options.model_path, options.loader, options.threads);
    {
      const std::lock_guard lock(loaded);
      if (made) {
        engine = std::move(*made);
      } else {
        failure = std::move(made.error());
      }
      if (engine && stopping) engine->Stop();
    }
    if (failure) EndListening();
  }

  /// Once: the library closes its socket without asking whether it has one yet.
  void EndListening() {
    std::call_once(listening_ended, [this] {
      while (!run_ended && !http.is_running()) std::this_thread::sleep_for(kPoll);
      if (!run_ended) http.stop();
    });
  }

  std::shared_ptr<ServeEngine> Engine() {
    const std::lock_guard lock(loaded);
    return engine;
  }

  void Route() {
    http.Get("/health", [this](const httplib::Request&, httplib::Response& response) {
      response.status = Engine() ? 200 : kUnavailable;
      response.set_content(Engine() ? R"({"status":"ok"})" : R"({"status":"loading model"})",
                           kJson);
    });
    http.Get("/v1/models", [this](const httplib::Request&, httplib::Response& response) {
      const nlohmann::json model = {{"id", name}, {"object", "model"}, {"owned_by", "falsify"}};
      const nlohmann::json list = {{"object", "list"}, {"data", {model}}};
      response.set_content(list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                           kJson);
    });
    http.Post("/v1/chat/completions",
              [this](const httplib::Request& request, httplib::Response& response) {
                Complete(CompletionApi::kChat, request, response);
              });
    http.Post("/v1/completions",
              [this](const httplib::Request& request, httplib::Response& response) {
                Complete(CompletionApi::kText, request, response);
              });
    http.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (!response.body.empty()) return;
      const char* what = response.status == kNotFound ? "no such address" : "refused";
      response.set_content(
          ErrorBody(what, "invalid_request_error", fmt::format("HTTP_{}", response.status)), kJson);
    });
    http.set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
          Refuse(response, kServerError, {"SERVE_MEMORY", "server", "out of memory", {}});
        });
  }

  void Complete(CompletionApi api, const httplib::Request& asked, httplib::Response& response) {
    const std::shared_ptr<ServeEngine> ready = Engine();
    if (!ready) {
      return Refuse(response, kUnavailable, {"SERVE_LOADING", "model", "is being loaded", {}});
    }
    auto request = ParseCompletionRequest(api, asked.body);
    if (!request) return Refuse(response, kBadRequest, request.error());
    auto prompt = ready->Tokenize(api, *request);
    if (!prompt) return Refuse(response, kBadRequest, prompt.error());
    auto place = std::make_unique<Place>(waiting);
    if (!place->is_free()) {
      return Refuse(response, kUnavailable,
                    {"SERVE_BUSY", "server", "too many requests wait already", {}});
    }
    const auto answer = std::make_shared<Answer>(
        *ready, *std::move(request), CompletionJson(api, ++number, name, std::time(nullptr)),
        *std::move(prompt), std::move(place));
    if (answer->request.stream) return Stream(ready, answer, response);
    Whole(*ready, *answer, response);
  }

  static void Whole(const ServeEngine& engine, Answer& answer, httplib::Response& response) {
    std::string text;
    std::vector<std::uint32_t> tokens;
    for (;;) {
      const auto token = answer.completion.Next();
      if (!token) return Refuse(response, kServerError, token.error());
      if (!*token) break;
      tokens.push_back(**token);
      text += answer.text.Add(engine.BytesOf(**token));
    }
    text += answer.text.Finish();
    const bool asked = answer.request.return_token_ids;
    response.set_content(
        answer.json.Whole(text, answer.finish_reason(), answer.usage(), asked ? &tokens : nullptr),
        kJson);
  }

  /// One token a call, so that each is on its way before the next is computed. A client that is
  /// gone fails a write, and with it goes the completion.
  static void Stream(const std::shared_ptr<ServeEngine>& engine,
                     const std::shared_ptr<Answer>& answer, httplib::Response& response) {
    response.set_header("Cache-Control", "no-cache");
    response.set_chunked_content_provider(
        "text/event-stream", [engine, answer](std::size_t, httplib::DataSink& sink) {
          if (!std::exchange(answer->begun, true)) return Send(sink, answer->json.First());
          const auto token = answer->completion.Next();
          if (!token) {
            const std::string error =
                ErrorBody(token.error().what, "server_error", token.error().code);
            Send(sink, fmt::format("data: {}\n\n", error));
            sink.done();
            return true;
          }
          if (*token) {
            const std::string text = answer->text.Add(engine->BytesOf(**token));
            return text.empty() ? sink.is_writable() : Send(sink, answer->json.Delta(text));
          }
          const std::string rest = answer->text.Finish();
          std::string end = rest.empty() ? "" : answer->json.Delta(rest);
          end += answer->json.Last(answer->finish_reason());
          if (answer->request.include_usage) end += answer->json.UsageChunk(answer->usage());
          const bool sent = Send(sink, end + kStreamEnd);
          sink.done();
          return sent;
        });
  }
};

CompletionServer::CompletionServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

CompletionServer::~CompletionServer() = default;

Result<std::unique_ptr<CompletionServer>> CompletionServer::Bind(const ServeOptions& options) {
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  parts->name = std::filesystem::path(options.model_path).filename().string();
  httplib::Server& http = parts->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(kConnections); };
  http.set_payload_max_length(kMostBodyBytes);
  http.set_read_timeout(kSlowestSeconds);
  http.set_write_timeout(kSlowestSeconds);
  http.set_keep_alive_max_count(1);  // an idle connection would hold up the end
  http.set_tcp_nodelay(true);
  parts->Route();
  const bool any = options.port == 0;
  parts->port = any ? http.bind_to_any_port(options.host)
                    : (http.bind_to_port(options.host, options.port) ? options.port : -1);
  if (parts->port <= 0) {
    return Fail({"SERVE_BIND", fmt::format("{}:{}", options.host, options.port),
                 "cannot listen there", "another program may; --port 0 takes any that is free"});
  }
  return std::unique_ptr<CompletionServer>(new CompletionServer(std::move(parts)));
}

int CompletionServer::port() const { return parts_->port; }

Result<void> CompletionServer::Run() {
  parts_->run_ended = false;
  parts_->loading = std::thread([this] { parts_->Load(); });
  if (!parts_->stopping) parts_->http.listen_after_bind();
  parts_->run_ended = true;
  parts_->loading.join();
  if (parts_->failure) return Fail(*parts_->failure);
  return {};
}

void CompletionServer::Stop() {
  parts_->stopping = true;
  if (const auto engine = parts_->Engine()) engine->Stop();
  parts_->EndListening();
}

}  // namespace falsify::harness
