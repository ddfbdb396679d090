#include "harness/trial/ending.h"

#include <cmath>
#include <csignal>
#include <string.h>
#include <string_view>
#include <sys/wait.h>

#include "fmt/format.h"
#include "harness/trial/answer.h"

namespace falsify::harness {
namespace {

constexpr double kClockSlack = 1e-6;  // seconds: rounding of sums, the clock itself is shared

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

Observation Ended(Outcome outcome, std::string cause) {
  Observation observation;
  observation.outcome = outcome;
  observation.cause = std::move(cause);
  return observation;
}

std::string BusErrorCause(const Ending& ending) {
  const auto& before = ending.model_bytes_before;
  const auto& after = ending.model_bytes_after;
  if (!before || before == after) return "killed by SIGBUS";
  const std::string now = after ? std::to_string(*after) : "gone";
  return fmt::format("model file shrank or could not be read (was {} bytes, now {})", *before, now);
}

Observation Refuted(std::string what) {
  Observation observation = Ended(Outcome::kRefused, Printable(what));
  observation.error =
      Error{.code = "TRIAL_CLAIM", .where = "worker", .what = std::move(what), .hint = {}};
  return observation;
}

Observation Contradicted(std::string_view what, double claimed, double observed,
                         std::string_view unit) {
  return Refuted(
      fmt::format("claims {} {} {}, observed {} {}", what, claimed, unit, observed, unit));
}

std::optional<Observation> RefuteNegative(std::string_view what, double claimed) {
  if (claimed >= 0) return std::nullopt;
  return Refuted(fmt::format("claims {} {}, observed no such thing", what, claimed));
}

std::optional<Observation> FindNegative(const Observation& claimed) {
  for (const auto& [name, value] : claimed.measures) {
    if (auto refuted = RefuteNegative(name, value)) return refuted;
  }
  for (const Phase& phase : claimed.phases) {
    if (auto refuted = RefuteNegative("phase " + phase.name, phase.seconds)) return refuted;
  }
  return RefuteNegative("total_seconds", claimed.total_seconds);
}

// What the parent can know without trusting the worker: no time of it can exceed the wall's, nor
// its resident set the kernel's high-water mark.
std::optional<Observation> FindContradiction(const Answer& answer, const Ending& ending) {
  if (auto negative = FindNegative(answer.observation)) return negative;
  const double wall = ending.reaped_after;
  const double entered = answer.main_entered - ending.started;
  if (entered < 0 || entered > wall) return Contradicted("main entered after", entered, wall, "s");
  double phases = 0;
  for (const Phase& phase : answer.observation.phases) phases += phase.seconds;
  if (phases > wall + kClockSlack) return Contradicted("phases of", phases, wall, "s");
  const double total = answer.observation.total_seconds;
  if (total > wall + kClockSlack) return Contradicted("a total of", total, wall, "s");
  const auto peak = answer.observation.measures.find("peak_rss");
  const auto cap = static_cast<double>(ending.peak_rss_cap);
  if (peak != answer.observation.measures.end() && cap > 0 && peak->second > cap) {
    return Contradicted("peak_rss", peak->second, cap, "B");
  }
  return std::nullopt;
}

Outcome OutcomeOf(std::string_view code) {
  if (code == "LOADER_UNAVAILABLE") return Outcome::kUnavailable;
  return code == "HTTP_TIMEOUT" ? Outcome::kTimeout : Outcome::kRefused;
}

Observation Believed(Answer answer, const Ending& ending) {
  if (auto contradiction = FindContradiction(answer, ending)) return *std::move(contradiction);
  Observation observation = std::move(answer.observation);
  observation.outcome = Outcome::kOk;
  observation.cause.clear();
  observation.at_least.clear();
  if (observation.error) {
    observation.outcome = OutcomeOf(observation.error->code);
    observation.cause = observation.error->Line();
    // A server's worker stops waiting before it is stopped itself; its total is no longer than
    // ours.
    if (observation.outcome == Outcome::kTimeout) {
      observation.at_least["elapsed"] = observation.total_seconds;
    }
  }
  observation.spawn_seconds = answer.main_entered - ending.started;
  return observation;
}

Observation ExitedWith(int code, const TrialSpec& spec, const Ending& ending) {
  if (code != 0) return Ended(Outcome::kCrash, fmt::format("exited with {}", code));
  if (ending.answer_overflowed) {
    return Ended(Outcome::kCrash, fmt::format("answer longer than {} B", kAnswerBytes));
  }
  if (ending.answer.empty()) return Ended(Outcome::kCrash, "exited with 0 but did not answer");
  auto answer = ReadAnswerText(spec, ending.answer);
  if (!answer) {
    return Ended(Outcome::kCrash, "answer is not valid: " + answer.error().Line());
  }
  return Believed(*std::move(answer), ending);
}

std::map<std::string, double> MemorySeen(const Ending& ending) {
  std::map<std::string, double> bounds;
  if (ending.peak_anon > 0) bounds["peak_anon"] = static_cast<double>(ending.peak_anon);
  if (ending.peak_rss > 0) bounds["peak_rss"] = static_cast<double>(ending.peak_rss);
  return bounds;
}

Observation TimedOut(const TrialSpec& spec, const Ending& ending) {
  if (!ending.answer_overflowed && ReadAnswerText(spec, ending.answer)) {
    return Ended(Outcome::kCrash,
                 fmt::format("answered but did not exit within {} s", spec.timeout_seconds));
  }
  Observation observation =
      Ended(Outcome::kTimeout, fmt::format("still running after {} s", spec.timeout_seconds));
  observation.at_least = MemorySeen(ending);
  observation.at_least["elapsed"] = ending.stopped_after;
  return observation;
}

Observation OutOfMemory(std::string cause, const Ending& ending) {
  Observation observation = Ended(Outcome::kOom, std::move(cause));
  observation.at_least = MemorySeen(ending);
  return observation;
}

Observation KilledBy(int signal, const Ending& ending) {
  if (signal == SIGKILL && ending.kernel_oom_kill) {
    return OutOfMemory("killed by the kernel for lack of memory", ending);
  }
  if (signal == SIGBUS) return Ended(Outcome::kCrash, BusErrorCause(ending));
  return Ended(Outcome::kCrash, "killed by " + SignalName(signal));
}

Observation DecodeOutcome(const TrialSpec& spec, const Ending& ending) {
  if (ending.stop == Stop::kTimeout) return TimedOut(spec, ending);
  if (ending.stop == Stop::kOverMemory) {
    return OutOfMemory(fmt::format("held {} B of anonymous memory, {} B allowed", ending.peak_anon,
                                   spec.memory_limit_bytes),
                       ending);
  }
  const int status = ending.wait_status.value_or(SIGKILL);
  if (WIFSIGNALED(status)) return KilledBy(WTERMSIG(status), ending);
  return ExitedWith(WEXITSTATUS(status), spec, ending);
}

}  // namespace

Observation Decode(const TrialSpec& spec, const Ending& ending) {
  Observation observation = DecodeOutcome(spec, ending);
  observation.wall_seconds = ending.reaped_after;
  observation.stderr_tail = ending.stderr_tail;
  observation.unkillable = ending.unkillable;
  if (ending.wait_status) {
    const int status = *ending.wait_status;
    observation.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    observation.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  } else {
    observation.exit_code = -1;
    observation.signal = 0;
  }
  return observation;
}

}  // namespace falsify::harness
