#include "harness/subjects.h"

#include <utility>

#include "fmt/format.h"

namespace falsify::harness {
namespace {

// Digesting several gigabytes from a slow device, by a loader that converts them first, is not a
// trial and has no claim to meet.
constexpr double kJobTimeoutSeconds = 900;

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

Error JobError(const std::string& path, const Observation& seen) {
  if (seen.error) return *seen.error;
  return {.code = "WORKER_FAILED", .where = path, .what = seen.cause, .hint = {}};
}

}  // namespace

std::string Describe(const loaders::LoaderChoice& loader) {
  std::string options;
  for (const auto& [name, value] : loader.options) {
    options += fmt::format("{}{}={}", options.empty() ? "" : ", ", name, value);
  }
  return options.empty() ? loader.name : fmt::format("{}({})", loader.name, options);
}

SubjectPreparer::SubjectPreparer(const Study& study, ResolveModel resolve, Steps& steps, Host& host,
                                 TrialRunner& runner)
    : study_(study), resolve_(std::move(resolve)), steps_(steps), host_(host), runner_(runner) {}

Result<Observation> SubjectPreparer::RunJob(Job job, const loaders::LoaderChoice& loader,
                                            const std::string& path) {
  TrialSpec spec;
  spec.job = job;
  spec.nonce = fmt::format("job-{}", host_.Now());
  spec.model_path = path;
  spec.loader = loader;
  spec.timeout_seconds = kJobTimeoutSeconds;
  return runner_.Run(spec);
}

Result<ModelFacts> SubjectPreparer::Inspect(const std::string& path) {
  Result<Observation> seen = RunJob(Job::kInspect, {kReferenceLoader, {}}, path);
  if (!seen) return Fail(seen.error());
  if (!seen->facts) return Fail(JobError(path, *seen));
  return *seen->facts;
}

Result<Observation> SubjectPreparer::Prove(const loaders::LoaderChoice& loader,
                                           const std::string& path) {
  return RunJob(Job::kProve, loader, path);
}

/// Primed for speed alone: memory that the guest owns saves a large loader most of its time.
Result<Observation> SubjectPreparer::ProvePrimed(const TrialTarget& target) {
  const bool large = target.expected_anonymous_bytes > kPrimeAboveBytes;
  if (large) static_cast<void>(host_.Prime(target.expected_anonymous_bytes).has_value());
  Result<Observation> seen = Prove(target.loader, target.model_path);
  if (large) host_.Keep(target.expected_anonymous_bytes);
  return seen;
}

Result<const SubjectPreparer::Looked*> SubjectPreparer::Look(const std::string& model_name) {
  const auto known = models_.find(model_name);
  if (known != models_.end()) return &known->second;
  Result<ModelFile> file = resolve_(*study_.FindModel(model_name));
  if (!file) return Fail(file.error());
  Result<ModelFacts> facts = Inspect(file->path);
  if (!facts) return Fail(facts.error());
  // Taken anew on every start and compared with the journal: a resumed run must see the same bytes.
  Result<Observation> proof = Prove({kReferenceLoader, {}}, file->path);
  if (!proof) return Fail(proof.error());
  if (proof->digests["payload"].empty()) return Fail(JobError(file->path, *proof));
  Looked looked;
  looked.record = {.name = model_name,
                   .path = file->path,
                   .format = facts->format,
                   .dtypes = facts->dtypes,
                   .file_bytes = facts->file_bytes,
                   .payload_bytes = facts->payload_bytes,
                   .tensors = facts->tensors,
                   .elements = facts->elements,
                   .architecture = facts->architecture,
                   .payload_digest = proof->digests["payload"],
                   .matched_digest = proof->digests["matched"],
                   .vectors = proof->vectors,
                   .files = facts->files,
                   .generated = file->generated};
  looked.largest_tensor_bytes = facts->largest_tensor_bytes;
  const nlohmann::json identity = {{"name", model_name}, {"digest", looked.record.payload_digest}};
  Result<nlohmann::json> step = steps_.Do(
      "model", identity, []() -> Result<nlohmann::json> { return nlohmann::json(nullptr); });
  if (!step) return Fail(step.error());
  return &models_.emplace(model_name, std::move(looked)).first->second;
}

Result<PreparedSubject> SubjectPreparer::Prepare(const SubjectSpec& subject) {
  Result<const Looked*> looked = Look(subject.model);
  if (!looked) return Fail(looked.error());
  const ModelRecord& model = (*looked)->record;
  PreparedSubject prepared;
  prepared.record = {.name = subject.name,
                     .loader = Describe(subject.loader),
                     .model = model,
                     .payload_digest = {}};
  prepared.largest_tensor_bytes = (*looked)->largest_tensor_bytes;
  prepared.target = {.loader = subject.loader,
                     .model_path = model.path,
                     .files = model.files,
                     .payload_bytes = model.payload_bytes,
                     .expected_anonymous_bytes = ExpectedAnonymous(subject.loader, model),
                     .memory_limit_bytes = 0};
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
  const nlohmann::json identity = {{"subject", subject.name}, {"loader", prepared.record.loader}};
  Result<nlohmann::json> step = steps_.Do("proof", identity, [&]() -> Result<nlohmann::json> {
    Result<Observation> seen = ProvePrimed(prepared.target);
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
    if (prepared.record.payload_digest != model.payload_digest) {
      prepared.invalid = fmt::format(
          "the loader does not hold the model's bytes: payload {} expected, "
          "{} held",
          model.payload_digest, prepared.record.payload_digest);
    }
  }
  return prepared;
}

}  // namespace falsify::harness
