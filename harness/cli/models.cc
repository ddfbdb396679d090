#include "harness/cli/models.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "criteria/order.h"
#include "fixtures/generate.h"
#include "fixtures/malformed.h"
#include "fixtures/shapes.h"
#include "fmt/format.h"
#include "harness/cli/own_command.h"
#include "harness/cli/weight_dtype.h"
#include "loaders/dtype.h"
#include "loaders/loader.h"

namespace falsify::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// The payload of a sweep over tensors, unless the study gives one.
constexpr std::uint64_t kSweptPayload = std::uint64_t{64} << 20;

struct Resolver {
  const harness::Study& study;
  std::string cache_directory;
  unsigned threads;

  Result<harness::ModelFile> Resolve(const harness::ModelSpec& model,
                                     const std::optional<harness::ModelSize>& size) const {
    if (const auto* spec = std::get_if<harness::GenerateSpec>(&model.origin)) {
      return Generate(model, size ? Sized(*spec, *size) : *spec);
    }
    if (const auto* spec = std::get_if<harness::ConvertSpec>(&model.origin)) {
      return Convert(model, *spec, size);
    }
    // Absolute, because a worker runs in a folder of its own.
    const std::string& path = std::get<std::string>(model.origin);
    std::error_code failed;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
    return harness::ModelFile{failed ? path : absolute.string(), {}};
  }

  Result<harness::ModelFile> Generate(const harness::ModelSpec& model,
                                      const harness::GenerateSpec& spec) const {
    const Result<fixtures::GenerateRequest> request = RequestOf(spec, model.name, threads);
    if (!request) return Fail(request.error());
    const Result<fixtures::Generated> made =
        fixtures::GenerateCached(*request, cache_directory, {});
    if (!made) return Fail(made.error());
    if (!made->reused) {
      fmt::print(stderr, "falsify: generated {}: {:.2f} GB in {:.1f} s\n", made->path,
                 static_cast<double>(made->file_bytes) / 1e9, made->write_seconds);
    }
    std::string how =
        fmt::format("shape {}, {}, {}, seed {}", spec.shape, spec.dtype, spec.format, spec.seed);
    if (!spec.vectors.empty()) how += fmt::format(", vectors {}", spec.vectors);
    if (spec.payload_bytes) how += fmt::format(", payload {} B asked for", *spec.payload_bytes);
    if (spec.tensors) how += fmt::format(", {} tensors", *spec.tensors);
    if (spec.tokenizer) how += ", with a tokenizer";
    if (spec.sparse) how += ", sparse";
    return harness::ModelFile{made->path, how, spec.sparse};
  }

  /// In a process of its own: a converter parses what a stranger wrote.
  Result<harness::ModelFile> Convert(const harness::ModelSpec& model,
                                     const harness::ConvertSpec& spec,
                                     const std::optional<harness::ModelSize>& size) const {
    const Result<harness::ModelFile> from = Resolve(*study.FindModel(spec.from), size);
    if (!from) return Fail(from.error());
    std::vector<std::string> arguments = {"convert",   from->path,    "--quiet",      "--format",
                                          spec.format, "--cache-dir", cache_directory};
    std::string how = fmt::format("converted from {} to {}", spec.from, spec.format);
    if (!spec.dtype.empty()) {
      arguments.insert(arguments.end(), {"--dtype", spec.dtype});
      how += ", " + spec.dtype;
    }
    if (!spec.vectors.empty()) {
      arguments.insert(arguments.end(), {"--vectors", spec.vectors});
      how += ", vectors " + spec.vectors;
    }
    const Result<std::string> path = RunOwnCommand(arguments, "model " + model.name);
    if (!path) return Fail(path.error());
    return harness::ModelFile{*path, how};
  }
};

}  // namespace

harness::GenerateSpec Sized(harness::GenerateSpec spec, const harness::ModelSize& size) {
  spec.shape = "payload";
  if (size.over == harness::Sweep::Over::kPayload) {
    spec.payload_bytes = size.value;
  } else {
    spec.tensors = size.value;
    if (!spec.payload_bytes) spec.payload_bytes = kSweptPayload;
  }
  return spec;
}

Result<fixtures::GenerateRequest> RequestOf(const harness::GenerateSpec& spec,
                                            const std::string& where, unsigned threads) {
  fixtures::GenerateRequest request = {.shape = spec.shape,
                                       .payload_bytes = spec.payload_bytes,
                                       .dtype = loaders::Dtype::kBF16,
                                       .format = spec.format,
                                       .vectors = {},
                                       .seed = spec.seed,
                                       .threads = threads,
                                       .tensors = spec.tensors,
                                       .tokenizer = spec.tokenizer,
                                       .sparse = spec.sparse};
  const Result<loaders::Dtype> dtype = WeightDtype(spec.dtype, where);
  if (!dtype) return Fail(dtype.error());
  request.dtype = *dtype;
  if (spec.vectors.empty()) return request;
  const Result<loaders::Dtype> vectors = WeightDtype(spec.vectors, where);
  if (!vectors) return Fail(vectors.error());
  request.vectors = *vectors;
  return request;
}

std::string CacheDirectory(const std::string& given) {
  if (!given.empty()) return given;
  const std::string xdg = Environment("XDG_CACHE_HOME");
  if (!xdg.empty()) return xdg + "/falsify";
  const std::string home = Environment("HOME");
  return (home.empty() ? std::string("/tmp") : home + "/.cache") + "/falsify";
}

harness::ResolveModel ModelResolver(const harness::Study& study, const std::string& cache_directory,
                                    unsigned threads) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(cache_directory, failed);
  const Resolver resolver = {study, failed ? cache_directory : absolute.string(), threads};
  return
      [resolver](const harness::ModelSpec& model, const std::optional<harness::ModelSize>& size) {
        return resolver.Resolve(model, size);
      };
}

harness::ResolveMalformed MalformedResolver(const std::string& cache_directory) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(cache_directory, failed);
  const std::filesystem::path folder =
      (failed ? std::filesystem::path(cache_directory) : absolute) / "malformed";
  return [folder](const std::string& format) -> Result<std::vector<std::string>> {
    const auto files = fixtures::WriteMalformed(folder, {format});
    if (!files) return Fail(files.error());
    std::vector<std::string> paths;
    for (const fixtures::MalformedFile& file : *files) {
      if (file.found == fixtures::Malformed::Found::kByOpening) paths.push_back(file.path);
    }
    return paths;
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
  vocabulary.check_order = [](std::string_view text, std::span<const double> sizes) {
    const Result<criteria::Order> order = criteria::ParseOrder(text);
    return order ? criteria::CheckSizes(*order, sizes) : Result<void>(Fail(order.error()));
  };
  return vocabulary;
}

}  // namespace falsify::cli
