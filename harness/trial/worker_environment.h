#pragma once

#include <string>
#include <vector>

namespace falsify::harness {

/// The environment of a worker as NAME=value: those of `environment` that are on the allow-list or
/// named in `extra`, and TMPDIR set to `temporary`. Anything else could steer one loader and not
/// another, or hand a secret to the code under test.
std::vector<std::string> WorkerEnvironment(const char* const* environment,
                                           const std::vector<std::string>& extra,
                                           const std::string& temporary);

}  // namespace falsify::harness
