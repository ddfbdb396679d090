#pragma once

#include <string>

#include "harness/study/study.h"
#include "harness/trial/observation.h"
#include "harness/workloads/phase_clock.h"
#include "loaders/error.h"
#include "loaders/model.h"

namespace falsify::harness {

/// What a workload works on. It names its phases on `clock` and leaves digests in `seen`.
struct WorkloadContext {
  const loaders::Model& model;
  const WorkloadSpec& spec;
  unsigned threads;
  const std::string& path;  ///< the model's
  PhaseClock& clock;
  Observation& seen;
};

/// Does with an opened model what `context.spec` says. Errors: WORKER_SPEC (no such workload),
/// those of the model, DECODER_*.
Result<void> RunWorkload(WorkloadContext& context);

/// Reads every payload byte once, by the CPU, as the loader holds it; `threads` share the bytes
/// evenly. The sum keeps the compiler honest. Errors: those of the model.
Result<std::uint64_t> TouchPayload(const loaders::Model& model, unsigned threads);

/// Widens every tensor to F32, all of them alive at the end. Errors: WORKLOAD_DTYPE, WORKLOAD_BYTES
/// (the loader hands out less than a tensor's elements take), those of the model.
Result<void> WidenPayload(const loaders::Model& model, unsigned threads);

}  // namespace falsify::harness
