#include "loaders/external/plugin.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <dlfcn.h>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/bytes.h"
#include "loaders/formats/name_index.h"
#include "loaders/open_model.h"
#include "loaders/sources/mmap.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

constexpr std::string_view kEntry = "falsify_loader_entry";
constexpr std::uint64_t kMostTensors = 10'000'000;

std::string Text(const char* bytes, std::size_t most) {
  return std::string(bytes, ::strnlen(bytes, most));
}

/// Calls with room for a message, of which the first line is kept.
template <class Call>
PluginAnswer Ask(const Call& call) {
  falsify_error error = {};
  PluginAnswer answer;
  answer.status = call(&error);
  if (answer.status == FALSIFY_OK) return answer;
  answer.message = Text(error.message, sizeof(error.message));
  answer.message.resize(std::min(answer.message.find('\n'), answer.message.size()));
  if (answer.message.empty()) answer.message = "gave no reason";
  return answer;
}

Error ErrorOf(const PluginAnswer& answer, std::string where) {
  struct Code {
    std::int32_t status;
    std::string_view code;
  };
  constexpr std::array kCodes = {Code{FALSIFY_REFUSED, "PLUGIN_REFUSED"},
                                 Code{FALSIFY_IO, "PLUGIN_IO"}, Code{FALSIFY_MEMORY, "IO_MEMORY"},
                                 Code{FALSIFY_UNAVAILABLE, "LOADER_UNAVAILABLE"},
                                 Code{FALSIFY_OPTION, "LOADER_OPTION"}};
  std::string_view code = "PLUGIN_FAILED";
  for (const Code& known : kCodes) {
    if (known.status == answer.status) code = known.code;
  }
  return {std::string(code), std::move(where), answer.message, {}};
}

/// What the library says its tensors are, checked for contradictions. Offsets are those of one
/// tensor after the other: a plug-in does not say where its bytes lie in the file.
class PluginHeader final : public Header {
 public:
  std::span<const TensorInfo> tensors() const override { return tensors_; }
  const TensorInfo* Find(std::string_view name) const override {
    const std::size_t at = names_ ? names_->Find(name) : NameIndex::kNone;
    return at == NameIndex::kNone ? nullptr : &tensors_[at];
  }
  std::span<const std::pair<std::string_view, std::string_view>> metadata() const override {
    return {};
  }
  std::uint64_t data_offset() const override { return 0; }
  std::span<const std::string> findings() const override { return {}; }

  Result<void> Read(const falsify_loader& loader, const falsify_model* model) {
    const std::uint64_t count = loader.tensor_count(model);
    if (count > kMostTensors) {
      return Lies("its tensors", fmt::format("{}, expected at most {}", count, kMostTensors));
    }
    tensors_.reserve(count);
    names_.emplace(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (Result<void> added = Add(loader, model, i); !added) return added;
    }
    return {};
  }

 private:
  static tl::unexpected<Error> Lies(std::string where, std::string what) {
    return Fail({"PLUGIN_LIES", std::move(where), std::move(what), {}});
  }

  Result<void> Add(const falsify_loader& loader, const falsify_model* model, std::uint64_t index) {
    falsify_tensor said = {};
    const PluginAnswer answer =
        Ask([&](falsify_error* error) { return loader.tensor(model, index, &said, error); });
    if (!answer) return Fail(ErrorOf(answer, fmt::format("tensor {}", index)));
    texts_.push_back(Text(said.name, sizeof(said.name)));
    const std::string& name = texts_.back();
    const std::string where = fmt::format("tensor \"{}\"", name);
    if (name.empty() || !simdjson::validate_utf8(name.data(), name.size())) {
      return Lies(fmt::format("tensor {}", index), "has no name, or one that is not UTF-8");
    }
    const std::string dtype_name = Text(said.dtype, sizeof(said.dtype));
    const std::optional<Dtype> dtype = DtypeFromName(dtype_name);
    if (!dtype) return Lies(where, fmt::format("dtype \"{}\" is unknown", dtype_name));
    if (said.dims > FALSIFY_MAX_DIMS) return Lies(where, fmt::format("has {} dims", said.dims));
    shapes_.emplace_back(said.shape, said.shape + said.dims);
    std::optional<std::uint64_t> elements = 1;
    for (const std::uint64_t dim : shapes_.back()) {
      if (elements) elements = CheckedMultiply(*elements, dim);
    }
    const auto bytes = elements ? StorageBytes(*dtype, *elements) : std::nullopt;
    if (bytes != said.bytes) {
      return Lies(where,
                  fmt::format("{} B, which its shape of {} does not take", said.bytes, dtype_name));
    }
    if (names_->Add(name, tensors_.size()) != NameIndex::kNone) {
      return Lies(where, "is there twice");
    }
    const auto end = CheckedAdd(offset_, *bytes);
    if (!end) return Lies(where, "ends beyond 2^64 - 1 B");
    tensors_.push_back({.name = name,
                        .dtype = *dtype,
                        .shape = shapes_.back(),
                        .elements = *elements,
                        .range = {offset_, *bytes}});
    offset_ = *end;
    return {};
  }

  std::deque<std::string> texts_;
  std::deque<std::vector<std::uint64_t>> shapes_;
  std::vector<TensorInfo> tensors_;
  std::optional<NameIndex> names_;
  std::uint64_t offset_ = 0;
};

class PluginModel final : public Model {
 public:
  PluginModel(const falsify_loader& loader, falsify_model* model, std::string path)
      : loader_(loader), model_(model), path_(std::move(path)) {}
  PluginModel(const PluginModel&) = delete;
  PluginModel& operator=(const PluginModel&) = delete;
  ~PluginModel() override { loader_.close(model_); }

  Result<void> ReadHeader() { return header_.Read(loader_, model_); }

  const Header& header() const override { return header_; }
  std::string_view format() const override { return "plugin"; }
  std::vector<std::string> files() const override { return {path_}; }
  std::uint64_t file_bytes() const override { return PayloadBytes(header_); }
  LoadReport report() const override { return {}; }
  bool in_place() const override { return (loader_.capabilities & FALSIFY_CAN_VIEW) != 0; }

  Result<TensorView> Resident(const TensorInfo& tensor) const override {
    const Result<std::span<const std::byte>> bytes = Stored(tensor);
    if (!bytes) return Fail(bytes.error());
    return TensorView{
        .name = tensor.name, .dtype = tensor.dtype, .shape = tensor.shape, .bytes = *bytes};
  }

  Result<std::span<const std::byte>> Stored(const TensorInfo& tensor) const override {
    const auto index = static_cast<std::uint64_t>(&tensor - header_.tensors().data());
    const bool free = (loader_.capabilities & FALSIFY_THREAD_SAFE) != 0;
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!free || !in_place()) lock.lock();
    return in_place() ? View(index, tensor) : Copy(index, tensor);
  }

  /// Architecture and tokenizer are not the library's business: they are read from the file, as
  /// for any loader.
  Result<ModelConfig> Config() const override {
    const auto file = OpenModel(path_, &OpenMmap, {}, {});
    if (!file) return Fail(file.error());
    return (*file)->Config();
  }
  Result<Vocabulary> Tokens() const override {
    const auto file = OpenModel(path_, &OpenMmap, {}, {});
    if (!file) return Fail(file.error());
    return (*file)->Tokens();
  }

  bool has_own_engine() const override {
    return (loader_.capabilities & FALSIFY_CAN_FIRST_TOKEN) != 0;
  }

  std::optional<Result<std::uint32_t>> OwnFirstToken(std::span<const std::uint32_t> prompt,
                                                     unsigned threads) const override {
    if (!has_own_engine()) return std::nullopt;
    std::uint32_t token = 0;
    const PluginAnswer answer = Ask([&](falsify_error* error) {
      return loader_.first_token(model_, prompt.data(), prompt.size(), threads, &token, error);
    });
    if (!answer) return Fail(ErrorOf(answer, "first_token"));
    return token;
  }

 private:
  Result<std::span<const std::byte>> View(std::uint64_t index, const TensorInfo& tensor) const {
    const void* bytes = nullptr;
    const PluginAnswer answer =
        Ask([&](falsify_error* error) { return loader_.view(model_, index, &bytes, error); });
    if (!answer) return Fail(ErrorOf(answer, fmt::format("tensor \"{}\"", tensor.name)));
    if (bytes == nullptr && tensor.range.size > 0) {
      return Fail({"PLUGIN_LIES",
                   fmt::format("tensor \"{}\"", tensor.name),
                   "its view is null, and said to have succeeded",
                   {}});
    }
    return std::span(static_cast<const std::byte*>(bytes), tensor.range.size);
  }

  /// Once copied, a tensor stays: views of it have to live as long as the model.
  Result<std::span<const std::byte>> Copy(std::uint64_t index, const TensorInfo& tensor) const {
    std::unique_ptr<std::byte[]>& copy = copies_[index];
    if (!copy) {
      copy.reset(new (std::nothrow) std::byte[tensor.range.size]);
      if (!copy) {
        return Fail({"IO_MEMORY", fmt::format("tensor \"{}\"", tensor.name),
                     fmt::format("no memory for {} B", tensor.range.size),
                     "a plug-in that hands out views needs none"});
      }
      const PluginAnswer answer = Ask([&](falsify_error* error) {
        return loader_.read(model_, index, 0, copy.get(), tensor.range.size, error);
      });
      if (!answer) {
        copy.reset();
        return Fail(ErrorOf(answer, fmt::format("tensor \"{}\"", tensor.name)));
      }
    }
    return std::span<const std::byte>(copy.get(), tensor.range.size);
  }

  const falsify_loader& loader_;
  falsify_model* model_;
  std::string path_;
  PluginHeader header_;
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, std::unique_ptr<std::byte[]>> copies_;
};

Result<void> CheckTable(const falsify_loader& loader, const std::string& path) {
  const auto refuse = [&](std::string what) {
    return Fail(
        {"PLUGIN_ABI", path, std::move(what), "build it against this version's falsify_loader.h"});
  };
  if (loader.abi != FALSIFY_LOADER_ABI) {
    return refuse(fmt::format("speaks ABI {}, expected {}", loader.abi, FALSIFY_LOADER_ABI));
  }
  if (loader.struct_size < sizeof(falsify_loader)) {
    return refuse(fmt::format("its table has {} B, expected at least {}", loader.struct_size,
                              sizeof(falsify_loader)));
  }
  const bool view = (loader.capabilities & FALSIFY_CAN_VIEW) == 0 || loader.view != nullptr;
  const bool token =
      (loader.capabilities & FALSIFY_CAN_FIRST_TOKEN) == 0 || loader.first_token != nullptr;
  if (loader.open == nullptr || loader.close == nullptr || loader.tensor_count == nullptr ||
      loader.tensor == nullptr || loader.read == nullptr || !view || !token) {
    return refuse("a function that it has to have is null");
  }
  return {};
}

}  // namespace

std::string_view NameOfPluginStatus(std::int32_t status) {
  constexpr std::array<std::string_view, 8> kNames = {"OK",          "REFUSED", "IO",    "MEMORY",
                                                      "UNAVAILABLE", "OPTION",  "RANGE", "OTHER"};
  const auto at = static_cast<std::size_t>(status);
  return status >= 0 && at < kNames.size() ? kNames[at] : "unknown";
}

Result<const falsify_loader*> OpenPluginLibrary(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return Fail({"PLUGIN_OPEN", path, why == nullptr ? "cannot be opened" : why, {}});
  }
  void* symbol = ::dlsym(library, kEntry.data());
  if (symbol == nullptr) {
    return Fail(
        {"PLUGIN_ENTRY", path, fmt::format("exports no {}", kEntry), "see falsify_loader.h"});
  }
  const auto entry = reinterpret_cast<decltype(&falsify_loader_entry)>(symbol);
  const falsify_loader* loader = entry();
  if (loader == nullptr) {
    return Fail({"PLUGIN_ENTRY", path, fmt::format("{} returned null", kEntry), {}});
  }
  if (Result<void> fine = CheckTable(*loader, path); !fine) return Fail(std::move(fine.error()));
  return loader;
}

Result<std::unique_ptr<Model>> OpenPlugin(const std::string& path, const LoaderChoice& choice,
                                          unsigned threads, const OnPhase& on_phase) {
  if (choice.program.size() != 1) {
    return Fail(
        {"PLUGIN_OPEN", "loader \"plugin\"", "names no library", "write {plugin: ./libmine.so}"});
  }
  const Result<const falsify_loader*> loader = OpenPluginLibrary(choice.program.front());
  if (!loader) return Fail(loader.error());
  std::vector<falsify_option> options;
  for (const auto& [name, value] : choice.options) options.push_back({name.c_str(), value.c_str()});
  const falsify_open_request request = {.struct_size = sizeof(falsify_open_request),
                                        .threads = threads,
                                        .path = path.c_str(),
                                        .options = options.data(),
                                        .option_count = options.size(),
                                        .phase =
                                            [](void* context, const char* name) {
                                              const auto& listener =
                                                  *static_cast<const OnPhase*>(context);
                                              if (listener && name != nullptr) listener(name);
                                            },
                                        .phase_context = const_cast<OnPhase*>(&on_phase)};
  falsify_model* opened = nullptr;
  const PluginAnswer answer =
      Ask([&](falsify_error* error) { return (*loader)->open(&request, &opened, error); });
  if (!answer) return Fail(ErrorOf(answer, path));
  if (opened == nullptr) {
    return Fail({"PLUGIN_LIES", path, "its open says that it succeeded, and made no model", {}});
  }
  auto model = std::make_unique<PluginModel>(**loader, opened, path);
  if (Result<void> read = model->ReadHeader(); !read) return Fail(std::move(read.error()));
  return model;
}

}  // namespace falsify::loaders
