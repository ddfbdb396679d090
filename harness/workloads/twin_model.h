#pragma once

#include <span>
#include <string>
#include <utility>

#include "loaders/error.h"
#include "loaders/stored_model.h"

namespace falsify::harness {

/// A copy of a model's files, for a loader that reads files itself: whatever it computes has to
/// change when the copy does. Lies in a new folder of the worker's temporary directory, which the
/// harness empties after the trial. The model itself is never written to.
class TwinModel {
 public:
  /// Copies the files with tensors and the JSON files beside them. `own` outlives the twin.
  /// Errors: WEIGHTS_TWIN (errno named).
  static Result<TwinModel> Make(const std::string& model_path, const loaders::StoredModel& own);

  /// What to hand to the loader in place of the model's path.
  const std::string& path() const { return path_; }

  /// Overwrites the stored bytes of `tensor`; `bytes` are as many. Errors: WEIGHTS_TWIN,
  /// METER_OPEN.
  Result<void> Write(const loaders::TensorInfo& tensor, std::span<const std::byte> bytes) const;

 private:
  TwinModel(const loaders::StoredModel& own, std::string folder, std::string path)
      : own_(&own), folder_(std::move(folder)), path_(std::move(path)) {}

  const loaders::StoredModel* own_;
  std::string folder_;
  std::string path_;
};

}  // namespace falsify::harness
