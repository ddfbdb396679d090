#pragma once

#include "harness/trial/observation.h"
#include "harness/trial/spec.h"
#include "loaders/error.h"

namespace falsify::harness {

/// Loads the model and lets go of it over and over in this process, by Google Benchmark, and
/// reports the median repetition as `load_time`: what a load costs once everything but the load is
/// warm. Errors: those of the loader.
Result<void> RunSteady(const TrialSpec& spec, Observation& seen);

}  // namespace falsify::harness
