#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "harness/meters/file_descriptor.h"
#include "harness/trial/spec.h"
#include "harness/workloads/altered_model.h"
#include "harness/workloads/phase_clock.h"
#include "loaders/error.h"
#include "loaders/model.h"

namespace falsify::harness {

/// Carries out a Sabotage inside a trial. What it takes it holds until it is destroyed, which must
/// be after the last meter was read and before the model it was given goes.
class Saboteur {
 public:
  /// `path` is the model's, for what needs a file.
  Saboteur(const Sabotage& sabotage, std::string path);
  ~Saboteur();
  Saboteur(const Saboteur&) = delete;
  Saboteur& operator=(const Saboteur&) = delete;

  /// As soon as the loader is done, while the clock still counts as loading.
  /// Errors: SABOTAGE (what it needs cannot be had here).
  Result<void> OnLoaded(const loaders::Model& model, PhaseClock& clock);

  /// The model that the workload is to see: `model`, or one that differs from it.
  Result<const loaders::Model*> Seen(const loaders::Model& model);

  /// At the workload's end, before the clock stops.
  void OnWorked(PhaseClock& clock) const;

  /// After each cycle of a soak.
  Result<void> OnCycle();

 private:
  Result<void> Hold(double bytes);
  Result<void> MapAgain(double bytes);
  Result<void> ReadAgain(double bytes, int flags);
  Result<void> Alter(const loaders::Model& model);

  struct Mapping {
    void* address;
    std::size_t bytes;
  };

  Sabotage sabotage_;
  std::string path_;
  std::vector<Mapping> mappings_;
  std::vector<FileDescriptor> descriptors_;
  std::vector<std::byte> altered_bytes_;
  std::unique_ptr<AlteredModel> altered_;
};

}  // namespace falsify::harness
