#include "loaders/external/plugin_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "loaders/external/plugin.h"

namespace falsify::loaders {
namespace {

constexpr std::uint32_t kThreads = 4;
constexpr std::uint64_t kFewBytes = 4096;
constexpr std::array<std::uint32_t, 3> kPrompt = {1, 2, 3};

/// One call: what it answered, with the message it left.
struct Answer {
  std::int32_t status = FALSIFY_OK;
  falsify_error error = {};
};

template <class Call>
Answer Ask(const Call& call) {
  Answer answer;
  answer.status = call(&answer.error);
  return answer;
}

/// What is wrong with an answer that should have been `expected`; empty if nothing is.
std::string Unless(const Answer& answer, std::int32_t expected) {
  if (answer.status != expected) {
    return fmt::format("answered {}, expected {}", NameOfPluginStatus(answer.status),
                       NameOfPluginStatus(expected));
  }
  if (expected == FALSIFY_OK) return {};
  const std::size_t size = ::strnlen(answer.error.message, sizeof(answer.error.message));
  if (size == 0) return "gave no message";
  if (size == sizeof(answer.error.message)) return "its message has no end";
  const bool one_line = std::memchr(answer.error.message, '\n', size) == nullptr;
  return one_line ? "" : "its message has several lines";
}

class Checker {
 public:
  Checker(const falsify_loader& loader, std::string path)
      : loader_(loader), path_(std::move(path)) {}

  std::vector<PluginCheck> Run() {
    Keeps("open refuses a missing file", Refuses(path_ + ".missing", {}));
    const falsify_option odd = {"no such option", "1"};
    Keeps("open refuses an unknown option", Refuses(path_, {&odd, 1}, FALSIFY_OPTION));
    Keeps("open refuses a folder without a model", Refuses("/proc", {}));
    falsify_model* model = Open("open loads a good model");
    if (model == nullptr) return std::move(checks_);
    Keeps("tensor describes every tensor", Describes(model));
    if (tensors_.empty() || Failed()) return Closed(model);
    Keeps("tensor refuses an index beyond the last", TensorBeyond(model));
    Keeps("read copies every byte", ReadsAll(model));
    Keeps("read refuses an index beyond the last", ReadBeyond(model));
    Keeps("read refuses bytes beyond the end", ReadPastEnd(model));
    if ((loader_.capabilities & FALSIFY_CAN_VIEW) != 0) {
      Keeps("view shows the bytes that read copies", Views(model));
    }
    Keeps("a second model lives beside the first", Two(model));
    if ((loader_.capabilities & FALSIFY_THREAD_SAFE) != 0) {
      Keeps("four threads read the same bytes", Threads(model));
    }
    if ((loader_.capabilities & FALSIFY_CAN_FIRST_TOKEN) != 0) {
      Keeps("first_token chooses the same token twice", Tokens(model));
    }
    return Closed(model);
  }

 private:
  void Keeps(std::string rule, std::string problem) {
    checks_.push_back({std::move(rule), std::move(problem)});
  }
  bool Failed() const { return !checks_.back().problem.empty(); }

  std::vector<PluginCheck> Closed(falsify_model* model) {
    loader_.close(model);
    Keeps("close takes a model", "");
    return std::move(checks_);
  }

  Answer OpenAt(const std::string& path, std::span<const falsify_option> options,
                falsify_model** model) const {
    const falsify_open_request request = {.struct_size = sizeof(falsify_open_request),
                                          .threads = 2,
                                          .path = path.c_str(),
                                          .options = options.data(),
                                          .option_count = options.size(),
                                          .phase = [](void*, const char*) {},
                                          .phase_context = nullptr};
    return Ask([&](falsify_error* error) { return loader_.open(&request, model, error); });
  }

  /// `expected`: the status; empty: any but OK.
  std::string Refuses(const std::string& path, std::span<const falsify_option> options,
                      std::optional<std::int32_t> expected = {}) const {
    falsify_model* model = nullptr;
    const Answer answer = OpenAt(path, options, &model);
    if (answer.status == FALSIFY_OK) {
      if (model != nullptr) loader_.close(model);
      return "it was opened";
    }
    if (model != nullptr) return "it failed, and made a model";
    return Unless(answer, expected.value_or(answer.status));
  }

  falsify_model* Open(std::string rule) {
    falsify_model* model = nullptr;
    const Answer answer = OpenAt(path_, {}, &model);
    std::string problem = Unless(answer, FALSIFY_OK);
    if (!problem.empty()) {
      problem += fmt::format(": {:.200}", answer.error.message);
      model = nullptr;
    } else if (model == nullptr) {
      problem = "it says that it succeeded, and made no model";
    }
    Keeps(std::move(rule), std::move(problem));
    return model;
  }

  std::string Describes(const falsify_model* model) {
    const std::uint64_t count = loader_.tensor_count(model);
    if (count == 0) return "the model has no tensor";
    for (std::uint64_t i = 0; i < count; ++i) {
      falsify_tensor tensor = {};
      std::string problem = Unless(
          Ask([&](falsify_error* error) { return loader_.tensor(model, i, &tensor, error); }),
          FALSIFY_OK);
      if (!problem.empty()) return fmt::format("tensor {}: {}", i, problem);
      tensors_.push_back(tensor);
    }
    return {};
  }

  std::string TensorBeyond(const falsify_model* model) const {
    falsify_tensor tensor = {};
    return Unless(Ask([&](falsify_error* error) {
                    return loader_.tensor(model, tensors_.size(), &tensor, error);
                  }),
                  FALSIFY_RANGE);
  }

  Answer Read(const falsify_model* model, std::uint64_t index, std::uint64_t offset,
              std::span<std::byte> into) const {
    return Ask([&](falsify_error* error) {
      return loader_.read(model, index, offset, into.data(), into.size(), error);
    });
  }

  /// The first and last bytes of every tensor, one after the other. `problem`: the first.
  std::vector<std::byte> Ends(const falsify_model* model, std::string& problem) const {
    std::vector<std::byte> all;
    for (std::uint64_t i = 0; i < tensors_.size(); ++i) {
      const std::uint64_t bytes = tensors_[i].bytes;
      const std::uint64_t few = std::min(bytes, kFewBytes);
      for (const std::uint64_t offset : {std::uint64_t{0}, bytes - few}) {
        const std::size_t at = all.size();
        all.resize(at + few);
        const Answer answer = Read(model, i, offset, std::span(all).subspan(at));
        if (problem.empty()) problem = Unless(answer, FALSIFY_OK);
      }
    }
    return all;
  }

  std::string ReadsAll(const falsify_model* model) {
    std::string problem;
    ends_ = Ends(model, problem);
    return problem;
  }

  std::string ReadBeyond(const falsify_model* model) const {
    std::byte byte{};
    return Unless(Read(model, tensors_.size(), 0, {&byte, 1}), FALSIFY_RANGE);
  }

  std::string ReadPastEnd(const falsify_model* model) const {
    std::array<std::byte, 2> bytes;
    const std::uint64_t size = tensors_.front().bytes;
    std::string problem = Unless(Read(model, 0, size, bytes), FALSIFY_RANGE);
    if (problem.empty()) {
      problem = Unless(Read(model, 0, ~std::uint64_t{0}, bytes), FALSIFY_RANGE);
    }
    return problem;
  }

  std::string Views(const falsify_model* model) const {
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < tensors_.size(); ++i) {
      const void* bytes = nullptr;
      std::string problem =
          Unless(Ask([&](falsify_error* error) { return loader_.view(model, i, &bytes, error); }),
                 FALSIFY_OK);
      if (!problem.empty()) return fmt::format("tensor {}: {}", i, problem);
      const std::uint64_t few = std::min(tensors_[i].bytes, kFewBytes);
      const auto* first = static_cast<const std::byte*>(bytes);
      for (const std::byte* from : {first, first + tensors_[i].bytes - few}) {
        if (few > 0 && std::memcmp(from, ends_.data() + at, few) != 0) {
          return fmt::format("tensor {}: other bytes", i);
        }
        at += few;
      }
    }
    return {};
  }

  std::string SameEnds(const falsify_model* model) const {
    std::string problem;
    const std::vector<std::byte> ends = Ends(model, problem);
    return problem.empty() && ends != ends_ ? "other bytes than before" : problem;
  }

  std::string Two(const falsify_model* first) const {
    falsify_model* second = nullptr;
    std::string problem = Unless(OpenAt(path_, {}, &second), FALSIFY_OK);
    if (!problem.empty() || second == nullptr) return "it does not open: " + problem;
    problem = SameEnds(second);
    loader_.close(second);
    return problem.empty() ? SameEnds(first) : problem;
  }

  std::string Threads(const falsify_model* model) const {
    std::array<std::string, kThreads> problems;
    {
      std::vector<std::jthread> threads;
      for (std::string& problem : problems) {
        threads.emplace_back([&] { problem = SameEnds(model); });
      }
    }
    const auto odd = std::ranges::find_if_not(problems, &std::string::empty);
    return odd == problems.end() ? "" : *odd;
  }

  std::string Tokens(falsify_model* model) const {
    std::array<std::uint32_t, 2> tokens = {0, 1};
    for (std::uint32_t& token : tokens) {
      std::string problem = Unless(Ask([&](falsify_error* error) {
                                     return loader_.first_token(model, kPrompt.data(),
                                                                kPrompt.size(), 2, &token, error);
                                   }),
                                   FALSIFY_OK);
      if (!problem.empty()) return problem;
    }
    return tokens[0] == tokens[1] ? "" : fmt::format("{}, then {}", tokens[0], tokens[1]);
  }

  const falsify_loader& loader_;
  std::string path_;
  std::vector<PluginCheck> checks_;
  std::vector<falsify_tensor> tensors_;
  std::vector<std::byte> ends_;
};

}  // namespace

std::vector<PluginCheck> CheckPluginCalls(const std::string& library,
                                          const std::string& model_path) {
  const Result<const falsify_loader*> loader = OpenPluginLibrary(library);
  if (!loader) return {{"the library speaks this ABI", loader.error().Line()}};
  std::vector<PluginCheck> checks = Checker(**loader, model_path).Run();
  checks.insert(checks.begin(), {"the library speaks this ABI", ""});
  return checks;
}

}  // namespace falsify::loaders
