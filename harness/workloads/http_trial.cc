#include "harness/workloads/http_trial.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "harness/decoder/decoder.h"
#include "harness/meters/tree_meter.h"
#include "harness/workloads/http_session.h"
#include "harness/workloads/outside_subject.h"
#include "harness/workloads/phase_clock.h"
#include "harness/workloads/prompt.h"
#include "harness/workloads/saboteur.h"

namespace falsify::harness {
namespace {

using Clock = std::chrono::steady_clock;
using loaders::StoredModel;
using nlohmann::json;

constexpr double kShareOfTimeout = 0.9;
constexpr unsigned kTokensToCompare = 8;

Clock::time_point DeadlineOf(const TrialSpec& spec) {
  const std::chrono::duration<double> allowed(kShareOfTimeout * spec.timeout_seconds);
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(allowed);
}

Error Cannot(const TrialSpec& spec, std::string what, std::string hint) {
  return {"WORKLOAD_HTTP", spec.loader.name, std::move(what), std::move(hint)};
}

/// The prompt in the words of the subject's API.
Result<json> RequestOf(const TrialSpec& spec, const StoredModel& own) {
  const WorkloadSpec& workload = spec.workload;
  const unsigned most = workload.kind == "generate" ? workload.max_tokens : 1;
  json request = {{"max_tokens", most}};
  if (IsChatApi(spec.loader)) {
    if (workload.prompt.empty()) {
      return Fail(Cannot(spec, "a chat needs a prompt that is a text",
                         "write {first_token: {prompt: \"What is 2+2?\", chat: chatml}}"));
    }
    request["messages"] = {{{"role", "user"}, {"content", workload.prompt}}};
    return request;
  }
  if (workload.prompt.empty()) {
    const Result<loaders::ModelConfig> config = own.Config();
    if (!config) return Fail(config.error());
    request["prompt"] = PromptTokens(workload.prompt_tokens, config->vocab_size);
    return request;
  }
  request["prompt"] = PromptText(workload);
  return request;
}

/// The one token of which `text` is all bytes; a server shows texts, everything else counts tokens.
std::optional<std::uint32_t> TokenOf(const std::string& text, const StoredModel& own) {
  const auto vocabulary = own.Tokens();
  if (!vocabulary) return std::nullopt;
  const auto tokenizer = loaders::Tokenizer::Create(*vocabulary, "model");
  if (!tokenizer) return std::nullopt;
  std::optional<std::uint32_t> found;
  for (std::uint32_t id = 0; id < tokenizer->size(); ++id) {
    if (tokenizer->BytesOf(id) != text) continue;
    if (found) return std::nullopt;
    found = id;
  }
  return found;
}

void TellFirstToken(const TrialSpec& spec, const Completion& completion, const StoredModel& own,
                    Observation& seen) {
  seen.digests["first_text"] = completion.first_text;
  const auto token = TokenOf(completion.first_text, own);
  if (!token) return;
  // The sabotage of this invariant is a server that chooses another token.
  const bool other = spec.sabotage.kind == Sabotage::Kind::kNegateOutput;
  seen.digests["first_token"] = std::to_string(*token + (other ? 1 : 0));
}

/// One trial, step by step; what it has seen is in the observation even where it fails.
class Trial {
 public:
  Trial(const TrialSpec& spec, const StoredModel& own, Observation& seen)
      : spec_(spec), own_(own), seen_(seen), saboteur_(spec.sabotage, spec.model_path) {}

  Result<void> Run() {
    const bool asks = spec_.workload.kind != "open";
    const Result<json> request = asks ? RequestOf(spec_, own_) : json();
    if (!request) return Fail(request.error());
    clock_.Begin("start");
    Result<HttpSession> session = HttpSession::Begin(spec_, spec_.model_path, DeadlineOf(spec_));
    if (!session) return Fail(std::move(session.error()));
    // What sabotage adds, it adds to this process, which then counts as one of the server's.
    const bool sabotaged = spec_.sabotage.kind != Sabotage::Kind::kNone;
    Result<TreeMeter> meter = TreeMeter::Begin(sabotaged ? ::getpid() : session->pid());
    if (!meter) return Fail(std::move(meter.error()));
    Result<void> ran = AwaitReady(*session, !asks);
    if (ran && !asks) ran = ReadHeld(*meter);
    if (ran && asks) ran = Ask(*session, *request);
    clock_.Pause();
    if (!ran) return Censor(ran.error());
    const Result<TreeFigures> figures = meter->Finish();
    if (!figures) return Fail(figures.error());
    TellFigures(*figures, seen_);
    clock_.Resume();
    Stop(*session);
    clock_.Stop();
    seen_.phases = clock_.phases();
    seen_.total_seconds = clock_.total_seconds();
    return {};
  }

 private:
  Result<void> AwaitReady(HttpSession& session, bool is_work) {
    if (Result<void> ready = session.AwaitReady(); !ready) return ready;
    if (is_work) {
      if (Result<void> done = saboteur_.OnLoaded(own_, clock_); !done) return done;
    }
    if (session.started()) seen_.measures["startup_time"] = clock_.total_seconds();
    return {};
  }

  Result<void> ReadHeld(TreeMeter& meter) {
    const Result<double> held = meter.GrowthNow();
    if (!held) return Fail(held.error());
    seen_.measures["rss_after_load"] = *held;
    return {};
  }

  Result<void> Ask(HttpSession& session, const json& request) {
    clock_.Begin("request");
    asked_at_ = clock_.total_seconds();
    if (Result<void> done = saboteur_.OnLoaded(own_, clock_); !done) return done;
    clock_.Begin("request");
    double first = 0;
    const auto completion = session.Complete(request, [&] {
      first = clock_.total_seconds();
      clock_.Begin("decode");
    });
    if (!completion) return Fail(completion.error());
    saboteur_.OnWorked(clock_);
    const double decoded = clock_.total_seconds() - first;
    clock_.Pause();
    seen_.measures["ttft"] = first - asked_at_;
    const bool generates = spec_.workload.kind == "generate" && completion->tokens > 1;
    // Up to the last content, not to the end of the stream; and what sabotage slept.
    const double rest = completion->last_seconds - completion->first_seconds;
    const bool delayed = spec_.sabotage.kind == Sabotage::Kind::kDelayWork;
    const double span = delayed ? decoded : rest;
    if (generates && span > 0) {
      seen_.measures["decode_rate"] = static_cast<double>(completion->tokens - 1) / span;
    }
    seen_.digests["tokens_counted_by"] = completion->counted_by_server ? "server" : "events";
    TellFirstToken(spec_, *completion, own_, seen_);
    clock_.Resume();
    return {};
  }

  /// Of a request that was not answered in time the time since it was sent is what is known; of a
  /// server that was never ready, all of it.
  Result<void> Censor(const Error& error) {
    if (error.code == "HTTP_TIMEOUT") seen_.total_seconds = clock_.total_seconds() - asked_at_;
    seen_.measures.clear();
    return Fail(error);
  }

  void Stop(HttpSession& session) {
    const double before = clock_.total_seconds();
    clock_.Begin("stop");
    const auto stopped = session.Stop();
    if (spec_.workload.kind != "generate") saboteur_.OnWorked(clock_);
    if (!stopped) return;
    // One that had to be killed took as long as it was given, and did not shut down.
    if (stopped->killed) seen_.digests["stopped_by"] = "SIGKILL";
    seen_.measures["shutdown_time"] = clock_.total_seconds() - before;
  }

  const TrialSpec& spec_;
  const StoredModel& own_;
  Observation& seen_;
  Saboteur saboteur_;
  PhaseClock clock_;
  double asked_at_ = 0;
};

}  // namespace

bool IsServer(const loaders::LoaderChoice& loader) { return loader.name == "http"; }

Result<void> RunHttp(const TrialSpec& spec, Observation& seen) {
  const std::string& kind = spec.workload.kind;
  if (kind != "open" && kind != "first_token" && kind != "generate") {
    return Fail(Cannot(spec, fmt::format("a server cannot be asked for {}", kind),
                       "use open, first_token or generate"));
  }
  const Result<std::unique_ptr<StoredModel>> own = OpenOwn(spec.model_path);
  if (!own) return Fail(own.error());
  return Trial(spec, **own, seen).Run();
}

Result<void> TakeAtItsWord(const TrialSpec& spec, Observation& seen) {
  const Result<std::unique_ptr<StoredModel>> own = OpenOwn(spec.model_path);
  if (!own) return Fail(own.error());
  if (Result<void> told = TellOwnContent(**own, spec.model_path, seen); !told) return told;
  seen.digests["shows_no_bytes"] = "taken at its word";
  return {};
}

Result<std::string> AskServer(const TrialSpec& spec, const std::string& model_path,
                              std::span<const std::uint32_t> prompt) {
  if (IsChatApi(spec.loader)) {
    return Fail(
        Cannot(spec, "a chat cannot be asked with token ids", "write api: openai-completions"));
  }
  Result<HttpSession> session = HttpSession::Begin(spec, model_path, DeadlineOf(spec));
  if (!session) return Fail(std::move(session.error()));
  if (Result<void> ready = session->AwaitReady(); !ready) return Fail(ready.error());
  const std::vector<std::uint32_t> ids(prompt.begin(), prompt.end());
  const auto completion =
      session->Complete({{"prompt", ids}, {"max_tokens", kTokensToCompare}}, [] {});
  session->Stop();
  if (completion) return completion->text;
  // A model that ends its turn at once has given an answer too.
  if (completion.error().code == "HTTP_EMPTY") return std::string();
  return Fail(completion.error());
}

}  // namespace falsify::harness
