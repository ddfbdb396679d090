#include "loaders/sharded_model.h"

#include <algorithm>
#include <cstdint>

#include "fmt/format.h"
#include "loaders/canonical_name.h"
#include "loaders/formats/gguf_split.h"
#include "loaders/formats/name_index.h"

namespace falsify::loaders {
namespace {

/// The headers of all parts as one. Ranges are those of each part's own file.
class MergedHeader final : public Header {
 public:
  /// Errors: ST_INDEX_DUPLICATE.
  static Result<std::unique_ptr<MergedHeader>> Merge(
      const std::vector<std::unique_ptr<FileModel>>& parts, std::vector<std::string> findings) {
    std::size_t tensors = 0;
    for (const auto& part : parts) tensors += part->header().tensors().size();
    std::unique_ptr<MergedHeader> merged(new MergedHeader(tensors, std::move(findings)));
    for (const auto& part : parts) {
      if (Result<void> added = merged->Add(*part); !added) return Fail(added.error());
    }
    return merged;
  }

  std::span<const TensorInfo> tensors() const override { return tensors_; }
  const TensorInfo* Find(std::string_view name) const override {
    const std::size_t at = index_.Find(name);
    return at == NameIndex::kNone ? nullptr : &tensors_[at];
  }
  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return metadata_;
  }
  std::uint64_t data_offset() const override { return data_offset_; }
  std::span<const std::string> findings() const override { return findings_; }

  std::size_t PartOf(const TensorInfo& tensor) const {
    const auto position = static_cast<std::size_t>(&tensor - tensors_.data());
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), position);
    return static_cast<std::size_t>(after - starts_.begin()) - 1;
  }

 private:
  MergedHeader(std::size_t tensors, std::vector<std::string> findings)
      : index_(tensors), findings_(std::move(findings)) {
    tensors_.reserve(tensors);
  }

  Result<void> Add(const FileModel& part) {
    const Header& header = part.header();
    if (starts_.empty()) {
      metadata_ = header.metadata();
      data_offset_ = header.data_offset();
    }
    starts_.push_back(tensors_.size());
    findings_.insert(findings_.end(), header.findings().begin(), header.findings().end());
    for (const TensorInfo& tensor : header.tensors()) {
      const std::size_t other = index_.Add(tensor.name, tensors_.size());
      if (other != NameIndex::kNone) {
        return Fail(
            {part.format() == "gguf" ? "GGUF_SPLIT_DUPLICATE" : "ST_INDEX_DUPLICATE",
             part.files().front(),
             fmt::format("tensor \"{}\" is in an earlier file of the model as well", tensor.name),
             {}});
      }
      tensors_.push_back(tensor);
    }
    return {};
  }

  NameIndex index_;
  std::vector<TensorInfo> tensors_;
  std::vector<std::size_t> starts_;  // of each part, among the tensors
  std::span<const std::pair<std::string_view, std::string_view>> metadata_;
  std::uint64_t data_offset_ = 0;
  std::vector<std::string> findings_;
};

class ShardedModel final : public StoredModel {
 public:
  ShardedModel(std::vector<std::unique_ptr<FileModel>> parts, std::unique_ptr<MergedHeader> header,
               std::string config_beside)
      : parts_(std::move(parts)),
        header_(std::move(header)),
        config_beside_(std::move(config_beside)) {}

  const Header& header() const override { return *header_; }
  std::string_view format() const override { return parts_.front()->format(); }

  Result<TensorView> Resident(const TensorInfo& tensor) const override {
    return PartOf(tensor).Resident(tensor);
  }
  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override {
    return PartOf(tensor).Stored(tensor);
  }
  Source& SourceOf(const TensorInfo& tensor) const override {
    return PartOf(tensor).SourceOf(tensor);
  }

  Result<void> Verify() const override {
    for (const auto& part : parts_) {
      if (Result<void> verified = part->Verify(); !verified) return verified;
    }
    return {};
  }

  // The first part has the metadata; only all parts together know which tensors there are.
  Result<ModelConfig> Config() const override {
    const FileModel& first = *parts_.front();
    Result<ModelConfig> config = first.format_entry().config(first.header(), config_beside_);
    if (!config || first.format() != "gguf") return config;
    config->tied_embeddings = FindCanonical(*header_, "lm_head.weight") == nullptr;
    config->qkv_bias = FindCanonical(*header_, "model.layers.0.self_attn.q_proj.bias") != nullptr;
    return config;
  }

  Result<Vocabulary> Tokens() const override {
    const FileModel& first = *parts_.front();
    return first.format_entry().tokenizer(first.header(), config_beside_);
  }

  std::vector<std::string> files() const override {
    std::vector<std::string> files;
    for (const auto& part : parts_) files.push_back(part->files().front());
    return files;
  }
  std::uint64_t file_bytes() const override {
    std::uint64_t bytes = 0;
    for (const auto& part : parts_) bytes += part->file_bytes();
    return bytes;
  }

  LoadReport report() const override {
    LoadReport report = parts_.front()->report();
    for (std::size_t i = 1; i < parts_.size(); ++i) {
      const LoadReport more = parts_[i]->report();
      report.bytes_read += more.bytes_read;
      report.read_calls += more.read_calls;
      report.bytes_mapped += more.bytes_mapped;
      for (const std::string& fallback : more.fallbacks) {
        const auto& known = report.fallbacks;
        if (std::find(known.begin(), known.end(), fallback) == known.end()) {
          report.fallbacks.push_back(fallback);
        }
      }
    }
    return report;
  }

 private:
  const FileModel& PartOf(const TensorInfo& tensor) const {
    return *parts_[header_->PartOf(tensor)];
  }

  std::vector<std::unique_ptr<FileModel>> parts_;
  std::unique_ptr<MergedHeader> header_;
  std::string config_beside_;
};

/// Both sides name the same tensors, each in the shard that the index says.
Result<void> CheckIndex(const ModelFiles& files,
                        const std::vector<std::unique_ptr<FileModel>>& parts,
                        const MergedHeader& header) {
  const auto refuse = [&](const std::string& tensor, std::string what) {
    return Fail(
        {"ST_INDEX_TENSOR", files.index_path, fmt::format("tensor \"{}\" {}", tensor, what), {}});
  };
  for (const ShardIndex::Entry& entry : files.index->tensors) {
    const std::string& file = files.index->files[entry.file];
    const TensorInfo* tensor = header.Find(entry.tensor);
    if (tensor == nullptr) return refuse(entry.tensor, fmt::format("is not in {}", file));
    const std::size_t part = header.PartOf(*tensor);
    if (part != entry.file) {
      return refuse(entry.tensor,
                    fmt::format("should be in {}, is in {}", file, files.index->files[part]));
    }
  }
  if (header.tensors().size() == files.index->tensors.size()) return {};
  for (std::size_t part = 0; part < parts.size(); ++part) {
    for (const TensorInfo& tensor : parts[part]->header().tensors()) {
      const auto& known = files.index->tensors;
      const auto found =
          std::lower_bound(known.begin(), known.end(), tensor.name,
                           [](const ShardIndex::Entry& entry, std::string_view name) {
                             return entry.tensor < name;
                           });
      if (found == known.end() || found->tensor != tensor.name) {
        return refuse(std::string(tensor.name),
                      fmt::format("of {} is not in the index", files.index->files[part]));
      }
    }
  }
  return {};
}

Result<void> CheckSplits(const std::vector<std::unique_ptr<FileModel>>& parts) {
  std::vector<GgufSplit> splits;
  for (const auto& part : parts) {
    const std::string path = part->files().front();
    if (part->format() != "gguf") {
      return Fail({"GGUF_SPLIT_META", path, "is no GGUF file, though its name says so", {}});
    }
    splits.push_back({&part->header(), path});
  }
  return CheckGgufSplits(splits);
}

std::vector<std::string> FindingsOf(const ModelFiles& files,
                                    const std::vector<std::unique_ptr<FileModel>>& parts) {
  std::vector<std::string> findings = files.findings;
  if (!files.index || !files.index->total_size) return findings;
  std::uint64_t payload = 0;
  for (const auto& part : parts) payload += PayloadBytes(part->header());
  if (payload != *files.index->total_size) {
    findings.push_back(fmt::format("the index says total_size {} B, the shards hold {} B",
                                   *files.index->total_size, payload));
  }
  return findings;
}

}  // namespace

Result<std::unique_ptr<StoredModel>> MakeShardedModel(
    const ModelFiles& files, std::vector<std::unique_ptr<FileModel>> parts) {
  auto header = MergedHeader::Merge(parts, FindingsOf(files, parts));
  if (!header) return Fail(header.error());
  if (files.kind == ModelFiles::Kind::kIndexed) {
    if (Result<void> agree = CheckIndex(files, parts, **header); !agree) return Fail(agree.error());
  }
  if (files.kind == ModelFiles::Kind::kSplit) {
    if (Result<void> agree = CheckSplits(parts); !agree) return Fail(agree.error());
  }
  std::string beside = files.paths.front();
  return std::make_unique<ShardedModel>(std::move(parts), std::move(*header), std::move(beside));
}

}  // namespace falsify::loaders
