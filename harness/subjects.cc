#include "harness/subjects.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "harness/study/units.h"

namespace falsify::harness {
namespace {

// Digesting several gigabytes from a slow device, by a loader that converts them first, is not a
// trial and has no claim to meet.
constexpr double kJobTimeoutSeconds = 900;
constexpr double kProofPerTrial = 4;  // times the longest timeout of a trial

// The reader every model's own digest is taken with.
constexpr const char* kReferenceLoader = "mmap";

std::uint64_t ExpectedAnonymous(const loaders::LoaderChoice& loader, const ModelRecord& model) {
  const loaders::LoaderEntry* entry = loaders::FindLoader(loader.name);
  if (entry == nullptr) return 0;
  const double bytes =
      entry->anonymous.per_stored_byte * static_cast<double>(model.file_bytes) +
      entry->anonymous.per_element_byte * 4.0 * static_cast<double>(model.elements);
  return static_cast<std::uint64_t>(bytes);
}

TrialTarget ReferenceTarget(const std::string& path) {
  TrialTarget target;
  target.loader = {kReferenceLoader};
  target.model_path = path;
  return target;
}

Error JobError(const std::string& path, const Observation& seen) {
  if (seen.error) return *seen.error;
  return {.code = "WORKER_FAILED", .where = path, .what = seen.cause, .hint = {}};
}

}  // namespace

std::string Describe(const loaders::LoaderChoice& loader) {
  std::string options = fmt::format("{}", fmt::join(loader.program, " "));
  for (const auto& [name, value] : loader.options) {
    options += fmt::format("{}{}={}", options.empty() ? "" : ", ", name, value);
  }
  return options.empty() ? loader.name : fmt::format("{}({})", loader.name, options);
}

std::string Describe(const ModelSize& size) {
  if (size.over == Sweep::Over::kTensors) return fmt::format("{} tensors", size.value);
  return FormatQuantity(static_cast<double>(size.value), Quantity::kBytes);
}

SubjectPreparer::SubjectPreparer(const Study& study, ResolveModel resolve, Steps& steps, Host& host,
                                 TrialRunner& runner)
    : study_(study), resolve_(std::move(resolve)), steps_(steps), host_(host), runner_(runner) {}

Result<Observation> SubjectPreparer::RunJob(Job job, const TrialTarget& target,
                                            double timeout_seconds) {
  TrialSpec spec;
  spec.job = job;
  spec.nonce = fmt::format("job-{}", host_.Now());
  spec.model_path = target.model_path;
  spec.loader = target.loader;
  spec.timeout_seconds = timeout_seconds;
  spec.memory_limit_bytes = target.memory_limit_bytes;
  return runner_.Run(spec);
}

Result<ModelFacts> SubjectPreparer::Inspect(const std::string& path) {
  Result<Observation> seen = RunJob(Job::kInspect, ReferenceTarget(path), kJobTimeoutSeconds);
  if (!seen) return Fail(seen.error());
  if (!seen->facts) return Fail(JobError(path, *seen));
  return *seen->facts;
}

/// Digesting may take several times as long as any trial, and what is not of our making may never
/// end.
double SubjectPreparer::ProofSeconds(const SubjectSpec& subject) const {
  const loaders::LoaderEntry* entry = loaders::FindLoader(subject.loader.name);
  if (entry == nullptr || !entry->external) return kJobTimeoutSeconds;
  double longest = 1;
  for (const Hypothesis& hypothesis : study_.hypotheses) {
    if (!hypothesis.is_compound()) longest = std::max(longest, hypothesis.timeout_seconds);
  }
  return std::min(kJobTimeoutSeconds, kProofPerTrial * longest);
}

/// Primed for speed alone: memory that the guest owns saves a large loader most of its time.
Result<Observation> SubjectPreparer::ProvePrimed(const TrialTarget& target,
                                                 double timeout_seconds) {
  const bool large = target.expected_anonymous_bytes > kPrimeAboveBytes;
  if (large) static_cast<void>(host_.Prime(target.expected_anonymous_bytes).has_value());
  Result<Observation> seen = RunJob(Job::kProve, target, timeout_seconds);
  if (large) host_.Keep(target.expected_anonymous_bytes);
  return seen;
}

Result<const SubjectPreparer::Looked*> SubjectPreparer::Look(const std::string& model_name,
                                                             const std::optional<ModelSize>& size) {
  const std::string name = size ? fmt::format("{} @ {}", model_name, Describe(*size)) : model_name;
  const auto known = models_.find(name);
  if (known != models_.end()) return &known->second;
  Result<ModelFile> file = resolve_(*study_.FindModel(model_name), size);
  if (!file) return Fail(file.error());
  Result<ModelFacts> facts = Inspect(file->path);
  if (!facts) return Fail(facts.error());
  Looked looked;
  looked.sparse = file->sparse;
  looked.record = {.name = name,
                   .path = file->path,
                   .format = facts->format,
                   .dtypes = facts->dtypes,
                   .file_bytes = facts->file_bytes,
                   .payload_bytes = facts->payload_bytes,
                   .tensors = facts->tensors,
                   .elements = facts->elements,
                   .architecture = facts->architecture,
                   .payload_digest = {},
                   .matched_digest = {},
                   .vectors = {},
                   .files = facts->files,
                   .generated = file->generated};
  looked.largest_tensor_bytes = facts->largest_tensor_bytes;
  if (!file->sparse) {
    // Taken anew on every start and compared with the journal: a resumed run must see these bytes.
    Result<Observation> proof =
        RunJob(Job::kProve, ReferenceTarget(file->path), kJobTimeoutSeconds);
    if (!proof) return Fail(proof.error());
    if (proof->digests["payload"].empty()) return Fail(JobError(file->path, *proof));
    looked.record.payload_digest = proof->digests["payload"];
    looked.record.matched_digest = proof->digests["matched"];
    looked.record.vectors = proof->vectors;
  }
  const nlohmann::json identity = {{"name", name}, {"digest", looked.record.payload_digest}};
  Result<nlohmann::json> step = steps_.Do(
      "model", identity, []() -> Result<nlohmann::json> { return nlohmann::json(nullptr); });
  if (!step) return Fail(step.error());
  return &models_.emplace(name, std::move(looked)).first->second;
}

Result<PreparedSubject> SubjectPreparer::Prepare(const SubjectSpec& subject,
                                                 const std::optional<ModelSize>& size) {
  Result<const Looked*> looked = Look(subject.model, size);
  if (!looked) return Fail(looked.error());
  const ModelRecord& model = (*looked)->record;
  PreparedSubject prepared;
  prepared.record = {
      .name = size ? fmt::format("{} @ {}", subject.name, Describe(*size)) : subject.name,
      .loader = Describe(subject.loader),
      .model = model,
      .payload_digest = {}};
  prepared.largest_tensor_bytes = (*looked)->largest_tensor_bytes;
  prepared.sparse = (*looked)->sparse;
  prepared.target = {.loader = subject.loader,
                     .model_path = model.path,
                     .files = prepared.sparse ? std::vector<std::string>() : model.files,
                     .payload_bytes = model.payload_bytes,
                     .expected_anonymous_bytes = ExpectedAnonymous(subject.loader, model),
                     .memory_limit_bytes = 0,
                     .malformed = {},
                     .size = size ? size->value : 0};
  prepared.invalid = runner_.Missing(subject.loader);
  if (!prepared.invalid.empty()) return prepared;
  const std::uint64_t available = host_.AvailableMemoryBytes();
  if (prepared.target.expected_anonymous_bytes > available) {
    prepared.invalid = fmt::format(
        "loader \"{}\" needs about {:.1f} GB of memory here and {:.1f} GB "
        "are available",
        subject.loader.name, static_cast<double>(prepared.target.expected_anonymous_bytes) / 1e9,
        static_cast<double>(available) / 1e9);
    return prepared;
  }
  // A back-stop for the host's sake, far above what any loader here should need.
  prepared.target.memory_limit_bytes = available - available / 16;
  if (prepared.sparse) return prepared;
  if (Result<void> proven = ProveSubject(**looked, subject, prepared); !proven)
    return Fail(proven.error());
  return prepared;
}

Result<void> SubjectPreparer::ProveSubject(const Looked& looked, const SubjectSpec& subject,
                                           PreparedSubject& prepared) {
  const nlohmann::json identity = {{"subject", prepared.record.name},
                                   {"loader", prepared.record.loader}};
  Result<nlohmann::json> step = steps_.Do("proof", identity, [&]() -> Result<nlohmann::json> {
    Result<Observation> seen = ProvePrimed(prepared.target, ProofSeconds(subject));
    if (!seen) return Fail(seen.error());
    return ToJson(*seen);
  });
  if (!step) return Fail(step.error());
  Result<Observation> proof = ObservationFromJson(*step);
  if (!proof) return Fail(proof.error());
  if (proof->outcome == Outcome::kUnavailable) {
    prepared.invalid = "the loader cannot work here: " + proof->cause;
  } else if (proof->outcome != Outcome::kOk) {
    prepared.error = fmt::format("{}: {}", Name(proof->outcome),
                                 proof->error ? proof->error->Line() : proof->cause);
  } else {
    prepared.record.payload_digest = proof->digests["payload"];
    prepared.record.taken_at_its_word = proof->digests.contains("shows_no_bytes");
    if (prepared.record.payload_digest != looked.record.payload_digest) {
      prepared.wrong_bytes = fmt::format(
          "the loader does not hold the model's bytes: payload {} expected, "
          "{} held",
          looked.record.payload_digest, prepared.record.payload_digest);
    }
  }
  return {};
}

Result<std::string> SubjectPreparer::ReferenceToken(const SubjectSpec& subject,
                                                    const WorkloadSpec& workload) {
  Result<const Looked*> looked = Look(subject.model, std::nullopt);
  if (!looked) return Fail(looked.error());
  const std::string path = (*looked)->record.path;
  const nlohmann::json identity = {{"model", subject.model}, {"workload", Describe(workload)}};
  Result<nlohmann::json> step = steps_.Do("reference", identity, [&]() -> Result<nlohmann::json> {
    TrialSpec spec;
    spec.nonce = fmt::format("job-{}", host_.Now());
    spec.model_path = path;
    spec.loader = {kReferenceLoader, {}};
    spec.workload = workload;
    spec.timeout_seconds = kJobTimeoutSeconds;
    Result<Observation> seen = runner_.Run(spec);
    if (!seen) return Fail(seen.error());
    if (seen->outcome != Outcome::kOk) return Fail(JobError(path, *seen));
    return nlohmann::json(seen->digests["first_token"]);
  });
  if (!step) return Fail(step.error());
  return step->get<std::string>();
}

}  // namespace falsify::harness
