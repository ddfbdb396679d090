#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "fixtures/convert.h"
#include "fmt/format.h"
#include "harness/cli/byte_progress.h"
#include "harness/cli/commands.h"
#include "harness/cli/weight_dtype.h"

namespace falsify::cli {
namespace {

struct Options {
  std::string in;
  std::string out;
  std::string format;
  std::string dtype;
  std::string vectors;
  std::string cache;
  bool quiet = false;
};

/// What the name says, unless it is said: "m.gguf" is GGUF.
std::string FormatOf(const Options& options) {
  if (!options.format.empty()) return options.format;
  const std::string extension = std::filesystem::path(options.out).extension().string();
  return extension.empty() ? extension : extension.substr(1);
}

Result<fixtures::ConvertRequest> RequestOf(const Options& options) {
  fixtures::ConvertRequest request = {
      .from = options.in, .format = FormatOf(options), .dtype = {}, .vectors = {}};
  if (!options.dtype.empty()) {
    const Result<loaders::Dtype> dtype = WeightDtype(options.dtype, "--dtype");
    if (!dtype) return Fail(dtype.error());
    request.dtype = *dtype;
  }
  if (!options.vectors.empty()) {
    const Result<loaders::Dtype> dtype = WeightDtype(options.vectors, "--vectors");
    if (!dtype) return Fail(dtype.error());
    request.vectors = *dtype;
  }
  return request;
}

void Print(const std::string& out, const fixtures::Converted& converted) {
  fmt::print("{}: {} B, {} tensors, payload {} B, written in {:.2f} s\n", Printable(out),
             converted.model.file_bytes, converted.model.tensors, converted.model.payload_bytes,
             converted.seconds);
  if (converted.rounded.empty()) {
    fmt::print("lossless: every value is what it was\n");
    return;
  }
  fmt::print("{} tensors lost bits:\n", converted.rounded.size());
  for (const std::string& name : converted.rounded) fmt::print("  {}\n", Printable(name));
}

/// Prints where in the cache the model is.
int ConvertIntoCache(const Options& options) {
  const Result<fixtures::ConvertRequest> request = RequestOf(options);
  if (!request) return Report(request.error());
  const Result<fixtures::Generated> made = fixtures::ConvertCached(*request, options.cache, {});
  if (!made) return Report(made.error());
  for (const std::string& notice : made->notices) {
    fmt::print(stderr, "falsify: {}\n", Printable(notice));
  }
  if (!made->reused) {
    fmt::print(stderr, "falsify: converted {}: {:.2f} GB in {:.1f} s\n", Printable(made->path),
               static_cast<double>(made->file_bytes) / 1e9, made->write_seconds);
  }
  fmt::print("{}\n", made->path);
  return kExitPass;
}

int ConvertToFile(const Options& options) {
  const Result<fixtures::ConvertRequest> request = RequestOf(options);
  if (!request) return Report(request.error());
  ByteProgress progress(options.quiet ? ByteProgress::Show::kNever
                                      : ByteProgress::Show::kOnTerminal);
  const Result<fixtures::Converted> converted =
      fixtures::Convert(*request, options.out, progress.listener());
  if (!converted) return Report(converted.error());
  Print(options.out, *converted);
  return kExitPass;
}

}  // namespace

void AddConvertCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("convert", "Write a model in another format");
  command->add_option("in", options->in, "A model file, an index or a model folder")->required();
  auto* out = command->add_option("out", options->out, "The file to write");
  command
      ->add_option("--cache-dir", options->cache,
                   "Instead of OUT: a folder of its own in this cache, whose path is printed")
      ->excludes(out);
  command->add_option("--format", options->format, "safetensors, gguf or apr (from the name)");
  command->add_option("--dtype", options->dtype,
                      "BF16, F16, F32, Q8_0, Q4_0 or Q4_K_M (as stored: lossless)");
  command->add_option("--vectors", options->vectors,
                      "Of one-dimensional tensors; llama.cpp wants F32");
  command->add_flag("-q,--quiet", options->quiet, "No progress line");
  command->callback([options, &exit_code] {
    if (options->out.empty() && options->cache.empty()) {
      exit_code = Report({.code = "USAGE",
                          .where = "convert",
                          .what = "needs a file to write",
                          .hint = "falsify convert IN OUT"});
      return;
    }
    exit_code = options->cache.empty() ? ConvertToFile(*options) : ConvertIntoCache(*options);
  });
}

}  // namespace falsify::cli
