#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loaders/error.h"
#include "loaders/formats/format.h"
#include "loaders/model_config.h"
#include "loaders/sources/source.h"
#include "loaders/tensor.h"

namespace falsify::loaders {

/// An opened model: what a workload works on, whichever loader opened it. Reads are safe from
/// several threads at once; the model outlives every view of it.
class Model {
 public:
  virtual ~Model() = default;

  /// The validated header: names, stored dtypes, shapes, ranges.
  virtual const Header& header() const = 0;

  /// The tensor's values as this loader holds them. May be lazy (mapped). Errors: those of
  /// `Source`.
  virtual Result<TensorView> Resident(const TensorInfo& tensor) const = 0;

  /// The tensor's bytes exactly as in the file. Errors: LOADER_NOT_KEPT where the loader no longer
  /// has them, else those of `Source`.
  virtual Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const = 0;

  /// The architecture, from the file or from what lies beside it. Errors: CONFIG_*.
  virtual Result<ModelConfig> Config() const = 0;

  /// The tokenizer, from the file or from what lies beside it. Errors: TOKENIZER_*.
  virtual Result<Vocabulary> Tokens() const = 0;

  virtual std::string_view format() const = 0;  ///< "safetensors"

  /// False if handing out a tensor makes a copy of it, so that where it lies says nothing.
  virtual bool in_place() const { return true; }

  /// True if `OwnFirstToken` answers.
  virtual bool has_own_engine() const { return false; }

  /// The first token after `prompt` by an engine of the loader's own; empty if it has none.
  /// Errors: the loader's own.
  virtual std::optional<Result<std::uint32_t>> OwnFirstToken(
      std::span<const std::uint32_t> /*prompt*/, unsigned /*threads*/) const {
    return std::nullopt;
  }

  /// The files its tensors lie in: one, or all shards in order.
  virtual std::vector<std::string> files() const = 0;
  virtual std::uint64_t file_bytes() const = 0;  ///< of all of them
  virtual LoadReport report() const = 0;
};

/// Sum of the tensors' stored bytes: the "payload".
std::uint64_t PayloadBytes(const Header& header);

}  // namespace falsify::loaders
