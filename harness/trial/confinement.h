#pragma once

#include <string>
#include <vector>

#include "harness/trial/fence.h"
#include "harness/trial/spec.h"

namespace falsify::harness {

/// What this host can enforce of a sandbox level, and with what.
class Confinement {
 public:
  /// Looks what the kernel offers. `writable`: folders besides `scratch`.
  Confinement(Sandbox level, std::string scratch, std::vector<std::string> writable);

  /// The fence of one trial; none where the subject is a server that runs already.
  Fence FenceFor(const TrialSpec& spec) const;

  /// Whether workers get a network namespace of their own.
  bool own_network() const { return own_network_; }

  /// Whether workers get a PID namespace of their own.
  bool own_processes() const { return own_processes_; }

  /// What is enforced, for the record: "strict: .., Landlock against files and signals, reads".
  std::string Text() const;

  /// What the level "required" demands for this loader and the host does not give, or what the
  /// subject cannot do without; empty if nothing is.
  std::string Missing(const loaders::LoaderChoice& loader) const;

 private:
  FenceRules RulesFor(const TrialSpec& spec) const;

  Sandbox level_;
  std::vector<std::string> writable_;
  bool own_network_ = false;
  bool own_processes_ = false;
  std::string keeps_from_;
  bool keeps_from_tcp_ = false;
};

}  // namespace falsify::harness
