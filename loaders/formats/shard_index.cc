#include "loaders/formats/shard_index.h"

#include <algorithm>
#include <map>
#include <utility>

#include "fmt/format.h"
#include "simdjson.h"

namespace falsify::loaders {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kLeastCapacity = 64;

tl::unexpected<Error> Refuse(std::string code, const std::string& path, std::string what) {
  return Fail({std::move(code), path, std::move(what), {}});
}

/// A shard lies beside its index and nowhere else.
bool IsPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

Result<void> ReadMap(dom::object map, const std::string& path, ShardIndex& index) {
  std::map<std::string, std::vector<std::string>, std::less<>> tensors_of;
  for (const dom::key_value_pair field : map) {
    std::string_view file;
    if (field.value.get_string().get(file) != simdjson::SUCCESS) {
      return Refuse("ST_INDEX_MAP", path,
                    fmt::format("weight_map: the file of \"{}\" is {}, expected a name", field.key,
                                simdjson::minify(field.value)));
    }
    if (!IsPlainName(file)) {
      return Refuse("ST_INDEX_FILE", path,
                    fmt::format("shard \"{}\" of tensor \"{}\", expected a name without folders",
                                file, field.key));
    }
    tensors_of[std::string(file)].emplace_back(field.key);
  }
  for (auto& [file, tensors] : tensors_of) {
    for (std::string& tensor : tensors) {
      index.tensors.push_back({std::move(tensor), index.files.size()});
    }
    index.files.push_back(file);
  }
  std::sort(index.tensors.begin(), index.tensors.end(),
            [](const auto& a, const auto& b) { return a.tensor < b.tensor; });
  const auto twice =
      std::adjacent_find(index.tensors.begin(), index.tensors.end(),
                         [](const auto& a, const auto& b) { return a.tensor == b.tensor; });
  if (twice == index.tensors.end()) return {};
  return Refuse("ST_INDEX_DUPLICATE", path,
                fmt::format("weight_map names tensor \"{}\" twice", twice->tensor));
}

}  // namespace

Result<ShardIndex> ParseShardIndex(std::string_view json, const std::string& path) {
  dom::parser parser;
  // simdjson needs a minimum, whatever the text.
  if (parser.allocate(std::max(json.size(), kLeastCapacity), kMostLevels) != simdjson::SUCCESS) {
    return Refuse("ST_INDEX_JSON", path, "no memory to parse it");
  }
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    return Refuse("ST_INDEX_JSON", path, simdjson::error_message(error));
  }
  dom::object map;
  if (root["weight_map"].get_object().get(map) != simdjson::SUCCESS) {
    return Refuse("ST_INDEX_MAP", path, "has no object \"weight_map\"");
  }
  ShardIndex index;
  if (Result<void> read = ReadMap(map, path, index); !read) return Fail(read.error());
  if (index.files.empty()) return Refuse("ST_INDEX_MAP", path, "weight_map is empty");
  std::uint64_t total = 0;
  if (root["metadata"]["total_size"].get_uint64().get(total) == simdjson::SUCCESS) {
    index.total_size = total;
  }
  return index;
}

}  // namespace falsify::loaders
