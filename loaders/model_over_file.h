#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loaders/stored_model.h"

namespace falsify::loaders {

/// A model that holds its tensors in its own way and takes the rest from the files it came from.
class ModelOverFile : public Model {
 public:
  explicit ModelOverFile(std::unique_ptr<StoredModel> file) : file_(std::move(file)) {}

  const Header& header() const override { return file_->header(); }
  Result<ModelConfig> Config() const override { return file_->Config(); }
  Result<Vocabulary> Tokens() const override { return file_->Tokens(); }
  std::string_view format() const override { return file_->format(); }
  std::vector<std::string> files() const override { return file_->files(); }
  std::uint64_t file_bytes() const override { return file_->file_bytes(); }
  LoadReport report() const override { return file_->report(); }

 protected:
  const StoredModel& file() const { return *file_; }

 private:
  std::unique_ptr<StoredModel> file_;
};

}  // namespace falsify::loaders
