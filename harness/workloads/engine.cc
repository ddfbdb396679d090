#include "harness/workloads/engine.h"

#include <string_view>
#include <utility>
#include <vector>

#include "harness/workloads/command_trial.h"
#include "harness/workloads/forked.h"
#include "harness/workloads/http_trial.h"
#include "loaders/loader.h"

namespace falsify::harness {
namespace {

constexpr std::string_view kNoEngine = "none";
constexpr std::string_view kEngine = "engine";

Result<std::string> InFork(const TrialSpec& spec, const std::function<std::string()>& work) {
  Result<ForkedEnd> end = RunForked(work, spec.timeout_seconds);
  if (!end) return Fail(std::move(end.error()));
  if (!end->cause.empty()) return Fail({"WEIGHTS_ENGINE", spec.loader.name, end->cause, {}});
  return std::move(end->text);
}

Result<std::uint32_t> AskProgram(const TrialSpec& spec, const std::string& path,
                                 std::span<const std::uint32_t> prompt) {
  Result<loaders::Program> program = loaders::Program::Start(spec.loader.program);
  if (!program) return Fail(std::move(program.error()));
  const Result<void> sent = program->Send({.model = path,
                                           .work = "first_token",
                                           .threads = spec.threads,
                                           .prompt = {prompt.begin(), prompt.end()},
                                           .options = spec.loader.options});
  if (!sent) return Fail(sent.error());
  if (const auto opened = program->Expect("opened"); !opened) return Fail(opened.error());
  return AwaitFirstToken(*program, spec.loader.program.front());
}

}  // namespace

Result<bool> HasOwnEngine(const TrialSpec& spec) {
  if (IsCommand(spec.loader) || IsServer(spec.loader)) return true;
  if (!loaders::FindLoader(spec.loader.name)->external) return false;
  const Result<std::string> said = InFork(spec, [&] {
    const auto model = loaders::Load(spec.model_path, spec.loader, spec.threads, {});
    if (!model) return model.error().Line();
    return std::string((*model)->has_own_engine() ? kEngine : kNoEngine);
  });
  if (!said) return Fail(said.error());
  if (*said == kEngine || *said == kNoEngine) return *said == kEngine;
  return Fail({"WEIGHTS_ENGINE", spec.loader.name, *said, {}});
}

Result<std::string> AskEngine(const TrialSpec& spec, const std::string& path,
                              std::span<const std::uint32_t> prompt) {
  if (IsCommand(spec.loader)) {
    const auto token = AskProgram(spec, path, prompt);
    return token ? std::to_string(*token) : Result<std::string>(Fail(token.error()));
  }
  if (IsServer(spec.loader)) return AskServer(spec, path, prompt);
  const Result<std::string> said = InFork(spec, [&] {
    const auto model = loaders::Load(path, spec.loader, spec.threads, {});
    if (!model) return model.error().Line();
    const auto token = (*model)->OwnFirstToken(prompt, spec.threads);
    if (!token) return std::string("its engine is gone");
    return *token ? std::to_string(**token) : token->error().Line();
  });
  if (!said) return said;
  const bool is_token =
      !said->empty() && said->find_first_not_of("0123456789") == std::string::npos;
  if (is_token) return said;
  return Fail({"WEIGHTS_ENGINE", spec.loader.name, *said, {}});
}

Result<std::uint32_t> AwaitFirstToken(loaders::Program& program, const std::string& name) {
  const auto token = program.Expect("first_token");
  if (!token) return Fail(token.error());
  const auto found = token->fields.find("token");
  if (found == token->fields.end() || !found->is_number_unsigned() ||
      found->get<std::uint64_t>() > UINT32_MAX) {
    return Fail({"COMMAND_PROTOCOL", name, "first_token names no token", "see protocol.md"});
  }
  return found->get<std::uint32_t>();
}

}  // namespace falsify::harness
