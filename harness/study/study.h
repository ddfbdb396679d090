#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "loaders/loader.h"

namespace falsify::harness {

/// Page-cache state that is made, verified before and checked again after each trial.
enum class Cache { kWarm, kCold };
std::string_view Name(Cache cache);  ///< "warm", "cold"

/// A place in a study file, 1-based.
struct Location {
  int line = 0;
  int column = 0;
};

/// `generate:`. Same fields, same bytes, on every machine.
struct GenerateSpec {
  std::string shape;  ///< "tiny", "qwen2.5-0.5b", "qwen2.5-1.5b", "payload"
  std::optional<std::uint64_t> payload_bytes;  ///< set exactly if shape is "payload"
  std::string dtype = "BF16";                  ///< BF16, F16, F32, Q8_0, Q4_0 or Q4_K_M
  std::string vectors = {};  ///< of one-dimensional tensors; empty: what goes with `dtype`
  std::string format = "safetensors";
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> tensors = {};  ///< so many of equal size; set only with a payload
  bool sparse = false;  ///< header as ever, weights a hole of zeros: for what never reads them

  bool tokenizer = false;  ///< with a tokenizer of the embedding's size

  friend bool operator==(const GenerateSpec&, const GenerateSpec&) = default;
};

/// `convert:`. The same weights in another file.
struct ConvertSpec {
  std::string from;  ///< another model of the study
  std::string format;
  std::string dtype;    ///< empty: as stored
  std::string vectors;  ///< empty: as stored, or what goes with `dtype`

  friend bool operator==(const ConvertSpec&, const ConvertSpec&) = default;
};

/// `path:`, absolute or relative to the working directory once parsed (in the file: relative to
/// it).
struct ModelSpec {
  std::string name;
  std::variant<std::string, GenerateSpec, ConvertSpec> origin;
  Location at;
};

struct SubjectSpec {
  std::string name;
  loaders::LoaderChoice loader;
  std::string model;
  Location at;
};

/// What a worker does with the opened model.
struct WorkloadSpec {
  std::string kind = "open";     ///< see Workloads()
  unsigned prompt_tokens = 9;    ///< of first_token, generate and weights_used
  std::string prompt = {};       ///< a text instead of so many made-up tokens; empty: those
  std::string chat = {};         ///< the prompt is the user's turn of such a chat (ChatFormats())
  unsigned max_tokens = 32;      ///< of generate: tokens chosen, the first included
  unsigned cycles = 20;          ///< of soak: how often the model is opened, read and closed again
  unsigned processes = 0;        ///< of concurrent: so many at once; 0 where threads are meant
  unsigned threads_at_once = 0;  ///< of concurrent; 0 where processes are meant

  friend auto operator<=>(const WorkloadSpec&, const WorkloadSpec&) = default;
};

/// `mode:`. One shot in a fresh process, or the median of many repetitions inside one.
enum class Mode { kOneShot, kSteady };
std::string_view Name(Mode mode);  ///< "one_shot", "steady"

/// `sandbox:`. What workers and all they start are kept from; see docs of Fence. Contain: writing
/// elsewhere, signals. Strict: also reading anything but system, model and loader, and any network
/// but loopback. Required: strict, and what the host cannot enforce makes a subject INVALID.
enum class Sandbox { kContain, kStrict, kRequired };
std::string_view Name(Sandbox sandbox);  ///< "contain", "strict", "required"

/// What `relative_to:` divides by.
struct Relative {
  enum class To { kPayload, kFile, kSubject };
  To to = To::kPayload;
  std::string subject;  ///< set exactly if `to` is kSubject
};

/// `precision:`, the demand on two subjects that are compared.
enum class Precision { kMatched, kSameWidth, kAny };
std::string_view Name(Precision precision);  ///< "matched", "same_width", "any"

/// `predict:`. Thresholds are in the measure's SI base unit, or plain ratios if relative.
struct Prediction {
  enum class Kind { kBelow, kAbove, kBetween, kOrder, kHolds };
  Kind kind = Kind::kBelow;
  double threshold = 0;              ///< of kBetween the lower one, of kOrder the tolerance
  double upper_threshold = 0;        ///< of kBetween
  double quantile = 0.5;             ///< in (0, 1)
  std::string threshold_text;        ///< as written: "2 s"
  std::string order = {};            ///< of kOrder: "O(1)", as criteria::ParseOrder reads it
  std::optional<double> slope = {};  ///< of kOrder: most the measure may grow by per unit of size
  std::string slope_text = {};
};

/// `sweep:`. One model of each size, made on demand; a block measures all of them.
struct Sweep {
  enum class Over { kPayload, kTensors };
  Over over = Over::kPayload;
  std::vector<std::uint64_t> sizes;  ///< bytes, or numbers of tensors; ascending
};

struct BlockLimits {
  int min = 5;
  int max = 60;
  bool max_given = false;  ///< otherwise max grows to n1 of the quantile (statistics, section 3)
};

/// A claim about a measure of a subject, about an invariant, or (`all_of`) about other claims.
struct Hypothesis {
  std::string id;
  std::string claim;
  std::vector<std::string> all_of;  ///< ids of hypotheses above; then only id, claim, at are set
  std::string subject;
  std::string measure;          ///< or an invariant: "same_payload"
  std::uint64_t alignment = 0;  ///< of the invariant "aligned"
  WorkloadSpec workload;
  Cache cache = Cache::kWarm;
  std::optional<Relative> relative_to;
  Precision precision = Precision::kMatched;
  Prediction predict;
  std::optional<Sweep> sweep;          ///< set exactly if `predict` is an order
  std::optional<std::string> control;  ///< a subject that the same criterion must falsify
  double sabotage = 1.5;  ///< how far beyond the threshold a sabotaged subject is brought
  double alpha = 0.05;
  double beta = 0.05;
  BlockLimits blocks;
  double timeout_seconds = 60;
  double watch_seconds = 60;
  unsigned threads = 2;
  Mode mode = Mode::kOneShot;
  Location at;

  bool is_compound() const { return !all_of.empty(); }
};

/// A study file, checked: every name it uses exists, every quantity has its unit.
struct Study {
  std::string id;
  std::string title;
  std::string path;    ///< as given
  std::string sha256;  ///< of the file's bytes, lower-case hex
  Sandbox sandbox = Sandbox::kContain;
  std::vector<ModelSpec> models;
  std::vector<SubjectSpec> subjects;
  std::vector<Hypothesis> hypotheses;

  const ModelSpec* FindModel(std::string_view name) const;
  const SubjectSpec* FindSubject(std::string_view name) const;

  /// m of the statistics: hypotheses that are tested themselves.
  int leaves() const;
};

}  // namespace falsify::harness
