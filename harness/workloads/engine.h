#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/trial/spec.h"
#include "loaders/error.h"
#include "loaders/external/program.h"

namespace falsify::harness {

/// True if the loader brings an engine of its own, so that our decoder does not run on its tensors.
/// A plug-in is asked in a fork of this process. Errors: what the loader refuses the model with.
Result<bool> HasOwnEngine(const TrialSpec& spec);

/// What the loader's own engine says after `prompt`, from the model at `path`, in a process that
/// ends with it: a token's id, of a server a text. Precondition: HasOwnEngine; this process has one
/// thread. Errors: those of the loader; WEIGHTS_ENGINE (it crashed, hung, or answered no token).
Result<std::string> AskEngine(const TrialSpec& spec, const std::string& path,
                              std::span<const std::uint32_t> prompt);

/// Waits for the program's `first_token` event. Errors: those of Program::Next; COMMAND_PROTOCOL.
Result<std::uint32_t> AwaitFirstToken(loaders::Program& program, const std::string& name);

}  // namespace falsify::harness
