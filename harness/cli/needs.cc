#include "harness/cli/needs.h"

#include <filesystem>
#include <optional>
#include <variant>

#include "fixtures/generate.h"
#include "fmt/format.h"
#include "harness/cli/models.h"
#include "harness/meters/guest_memory.h"
#include "loaders/loader.h"

namespace falsify::cli {
namespace {

constexpr double kWorthSaying = 1e9;

}  // namespace

std::optional<SizeOnDisk> SizeOf(const harness::Study& study, const harness::ModelSpec& model,
                                 const std::optional<harness::ModelSize>& size) {
  if (const auto* path = std::get_if<std::string>(&model.origin)) {
    std::error_code failed;
    const auto bytes = static_cast<double>(std::filesystem::file_size(*path, failed));
    // Two bytes an element is what most published models have.
    return failed ? std::nullopt : std::optional(SizeOnDisk{bytes, bytes / 2, false});
  }
  // The same weights, and nearly the same size unless they change their dtype.
  if (const auto* convert = std::get_if<harness::ConvertSpec>(&model.origin)) {
    return SizeOf(study, *study.FindModel(convert->from), size);
  }
  harness::GenerateSpec spec = std::get<harness::GenerateSpec>(model.origin);
  if (size) spec = Sized(std::move(spec), *size);
  const auto request = RequestOf(spec, model.name, 0);
  if (!request) return std::nullopt;
  const Result<fixtures::PlannedModel> plan = fixtures::PlanModel(*request);
  if (!plan) return std::nullopt;
  // Of a sparse one only the header takes room, and only it is read.
  const std::uint64_t bytes =
      spec.sparse ? plan->file_bytes - plan->payload_bytes : plan->file_bytes;
  return SizeOnDisk{static_cast<double>(bytes), static_cast<double>(plan->parameters), true};
}

std::vector<SubjectNeed> NeedsOf(const harness::Study& study) {
  std::vector<SubjectNeed> needs;
  for (const harness::SubjectSpec& subject : study.subjects) {
    const loaders::LoaderEntry* loader = loaders::FindLoader(subject.loader.name);
    const std::optional<SizeOnDisk> size = SizeOf(study, *study.FindModel(subject.model));
    if (loader == nullptr || !size) continue;
    const double bytes = loader->anonymous.per_stored_byte * size->file_bytes +
                         loader->anonymous.per_element_byte * 4.0 * size->elements;
    needs.push_back({subject.name, static_cast<std::uint64_t>(bytes)});
  }
  return needs;
}

std::vector<std::string> NeedLines(const harness::Study& study) {
  std::vector<std::string> lines;
  const Result<std::uint64_t> available = harness::AvailableMemoryBytes();
  for (const SubjectNeed& need : NeedsOf(study)) {
    const auto bytes = static_cast<double>(need.memory_bytes);
    if (bytes < kWorthSaying) continue;
    std::string line =
        fmt::format("subject \"{}\" needs about {:.1f} GB of memory", need.subject, bytes / 1e9);
    if (available) {
      line += fmt::format(", {:.1f} GB are available", static_cast<double>(*available) / 1e9);
      if (need.memory_bytes > *available) line += ": its hypotheses will be INVALID";
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace falsify::cli
