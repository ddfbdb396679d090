#include "harness/workloads/model_facts.h"

#include <algorithm>
#include <string>

namespace falsify::harness {
namespace {

// An answer has a size limit; no model that the decoder runs comes near.
constexpr std::size_t kMostVectors = 4096;

}  // namespace

ModelFacts FactsOf(const loaders::Model& model) {
  ModelFacts facts;
  facts.format = model.format();
  facts.file_bytes = model.file_bytes();
  facts.files = model.files();
  const loaders::Header& header = model.header();
  for (const loaders::TensorInfo& tensor : header.tensors()) {
    facts.dtypes[std::string(loaders::Traits(tensor.dtype).name)] += tensor.range.size;
    facts.payload_bytes += tensor.range.size;
    facts.elements += tensor.elements;
    facts.largest_tensor_bytes = std::max(facts.largest_tensor_bytes, tensor.range.size);
    ++facts.tensors;
  }
  facts.findings.assign(header.findings().begin(), header.findings().end());
  const Result<loaders::ModelConfig> config = model.Config();
  if (config) {
    facts.architecture = config->architecture;
  } else {
    facts.config_problem = config.error().Line();
  }
  return facts;
}

void TellContent(const loaders::PayloadDigests& digests, Observation& seen) {
  seen.digests["payload"] = digests.payload;
  seen.digests["matched"] = digests.matched;
  for (const auto& [name, dtype] : digests.vectors) {
    if (seen.vectors.size() < kMostVectors) seen.vectors[name] = dtype;
  }
}

}  // namespace falsify::harness
