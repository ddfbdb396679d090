#include "harness/cli/models.h"

#include <cstdlib>
#include <filesystem>
#include <variant>

#include "fixtures/generate.h"
#include "fixtures/shapes.h"
#include "fmt/format.h"
#include "loaders/dtype.h"
#include "loaders/loader.h"

namespace falsify::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Result<harness::ModelFile> Generate(const harness::ModelSpec& model,
                                    const harness::GenerateSpec& spec,
                                    const std::string& cache_directory, unsigned threads) {
  const std::optional<loaders::Dtype> dtype = loaders::DtypeFromName(spec.dtype);
  if (!dtype) {
    return Fail({.code = "FIXTURE_DTYPE",
                 .where = model.name,
                 .what = fmt::format("unknown dtype \"{}\"", spec.dtype),
                 .hint = "use BF16, F16 or F32"});
  }
  const fixtures::GenerateRequest request = {.shape = spec.shape,
                                             .payload_bytes = spec.payload_bytes,
                                             .dtype = *dtype,
                                             .seed = spec.seed,
                                             .threads = threads};
  const Result<fixtures::Generated> made = fixtures::GenerateCached(request, cache_directory, {});
  if (!made) return Fail(made.error());
  if (!made->reused) {
    fmt::print(stderr, "falsify: generated {}: {:.2f} GB in {:.1f} s\n", made->path,
               static_cast<double>(made->file_bytes) / 1e9, made->write_seconds);
  }
  std::string how = fmt::format("shape {}, {}, seed {}", spec.shape, spec.dtype, spec.seed);
  if (spec.payload_bytes) how += fmt::format(", payload {} B asked for", *spec.payload_bytes);
  return harness::ModelFile{made->path, how};
}

}  // namespace

std::string CacheDirectory(const std::string& given) {
  if (!given.empty()) return given;
  const std::string xdg = Environment("XDG_CACHE_HOME");
  if (!xdg.empty()) return xdg + "/falsify";
  const std::string home = Environment("HOME");
  return (home.empty() ? std::string("/tmp") : home + "/.cache") + "/falsify";
}

harness::ResolveModel ModelResolver(const std::string& cache_directory, unsigned threads) {
  return [=](const harness::ModelSpec& model) -> Result<harness::ModelFile> {
    if (const auto* spec = std::get_if<harness::GenerateSpec>(&model.origin)) {
      return Generate(model, *spec, cache_directory, threads);
    }
    const std::string& path = std::get<std::string>(model.origin);
    // Absolute, because a worker runs in a folder of its own.
    std::error_code failed;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
    return harness::ModelFile{failed ? path : absolute.string(), {}};
  };
}

harness::Vocabulary StudyVocabulary() {
  harness::Vocabulary vocabulary;
  for (const loaders::LoaderEntry& entry : loaders::Loaders()) {
    vocabulary.loaders.push_back({entry.name, entry.options});
  }
  for (const fixtures::ShapeEntry& entry : fixtures::Shapes()) {
    vocabulary.shapes.push_back(entry.name);
  }
  return vocabulary;
}

}  // namespace falsify::cli
