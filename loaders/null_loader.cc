#include "loaders/null_loader.h"

#include <utility>

namespace falsify::loaders {
namespace {

class EmptyHeader final : public Header {
 public:
  std::span<const TensorInfo> tensors() const override { return {}; }
  const TensorInfo* Find(std::string_view) const override { return nullptr; }
  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return {};
  }
  std::uint64_t data_offset() const override { return 0; }
  std::span<const std::string> findings() const override { return {}; }
};

class NullModel final : public Model {
 public:
  explicit NullModel(std::string path) : path_(std::move(path)) {}

  const Header& header() const override { return header_; }
  Result<TensorView> Resident(const TensorInfo&) const override { return Refuse(); }
  Result<std::span<const std::byte>> Stored(const TensorInfo&) const override { return Refuse(); }
  std::string_view format() const override { return "none"; }
  std::vector<std::string> files() const override { return {}; }
  std::uint64_t file_bytes() const override { return 0; }
  LoadReport report() const override { return {}; }

  Result<ModelConfig> Config() const override {
    return Fail({"CONFIG_MISSING", path_, "the null loader reads no configuration", {}});
  }
  Result<Vocabulary> Tokens() const override {
    return Fail({"TOKENIZER_MISSING", path_, "the null loader reads no tokenizer", {}});
  }

 private:
  tl::unexpected<Error> Refuse() const {
    return Fail({"LOADER_NOT_KEPT", path_, "the null loader holds no tensor", {}});
  }

  std::string path_;
  EmptyHeader header_;
};

}  // namespace

Result<std::unique_ptr<Model>> OpenNull(const std::string& path, const LoaderChoice&, unsigned,
                                        const OnPhase& on_phase) {
  if (on_phase) on_phase("open");
  return std::make_unique<NullModel>(path);
}

}  // namespace falsify::loaders
