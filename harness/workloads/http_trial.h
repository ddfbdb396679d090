#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// True for subjects that are servers.
bool IsServer(const loaders::LoaderChoice& loader);

/// A trial of a server with an OpenAI-compatible API: starts it (or takes the one that runs), waits
/// until it is healthy, asks for a streamed completion, stops it; metered from outside over all its
/// processes. Phases "start", "request" (sent until the first content), "decode". Measures:
/// startup_time, ttft, decode_rate, shutdown_time, memory, faults and bytes.
/// Errors: HTTP_TIMEOUT (not there within nine tenths of the trial's time: `seen.total_seconds` is
/// how long it has kept the request waiting, or us), other HTTP_*, METER_*, CONFIG_*, TOKENIZER_*,
/// WORKLOAD_HTTP (what a server cannot be asked for).
Result<void> RunHttp(const TrialSpec& spec, Observation& seen);

/// Of a server, or an engine that shows no bytes: the payload digest of the file that it is given,
/// and `seen.digests["shows_no_bytes"]`. Errors: those of the model.
Result<void> TakeAtItsWord(const TrialSpec& spec, Observation& seen);

/// The text with which a server started on `model_path` goes on after `prompt`, given as ids; a few
/// tokens, since one may be part of a character. Errors: as of RunHttp; WORKLOAD_HTTP if its API
/// takes no ids.
Result<std::string> AskServer(const TrialSpec& spec, const std::string& model_path,
                              std::span<const std::uint32_t> prompt);

}  // namespace falsify::harness
