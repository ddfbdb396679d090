#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/decoder/made_model.h"
#include "harness/decoder/textbook.h"
#include "loaders/dtype.h"
#include "loaders/model_config.h"

namespace falsify::harness {

/// Sizes no power of two divides, matrices longer than one tile and shorter, heads of their own
/// size.
loaders::ModelConfig TinyQwen2();  ///< biases, tied, 6 heads over 2
loaders::ModelConfig TinyLlama();  ///< no biases, untied, 4 heads over 4, A != hidden

/// What the seeded weights are: BF16 values, whatever the dtype, or values that fill an F32.
enum class Grain { kBf16, kFine };

/// A small model with seeded weights, for tests.
class TinyModel {
 public:
  /// `dtype`: F32, F16 or BF16; values are rounded to it. `gap` bytes lie before each tensor.
  TinyModel(const loaders::ModelConfig& config, loaders::Dtype dtype, Grain grain,
            std::uint64_t gap);
  TinyModel(const TinyModel&) = delete;
  TinyModel& operator=(const TinyModel&) = delete;

  const MadeModel& model() const { return model_; }
  const loaders::ModelConfig& config() const { return config_; }

  /// As stored, decoded by the definition of the dtype.
  Values values() const;

  double Get(const std::string& tensor, std::size_t element) const;
  void Set(const std::string& tensor, std::size_t element, float value);

  /// The same values in F32 in memory of their own, as a loader that widens holds them.
  std::unique_ptr<TinyModel> Widened() const;

 private:
  loaders::ModelConfig config_;
  loaders::Dtype dtype_;
  std::vector<TensorSpec> specs_;
  std::vector<std::byte> bytes_;
  MadeModel model_;
};

}  // namespace falsify::harness
