#include "harness/trial/field_reader.h"

#include <algorithm>

namespace falsify::harness {

using Json = nlohmann::json;

std::string FieldReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void FieldReader::Refuse(const std::string& field, const std::string& problem) {
  if (error_->has_value()) return;
  *error_ = Error{
      .code = code_, .where = field.empty() ? "document" : field, .what = problem, .hint = {}};
}

const Json* FieldReader::Find(const char* key) {
  if (error_->has_value()) return nullptr;
  const auto found = object_.find(key);
  if (found != object_.end()) return &*found;
  Refuse(PathOf(key), "is missing");
  return nullptr;
}

bool FieldReader::TakeText(const Json& json, const std::string& field, std::string* into) {
  if (!json.is_string()) return Refuse(field, "is not a string"), false;
  *into = json.get<std::string>();
  return true;
}

bool FieldReader::TakeCount(const Json& json, const std::string& field, std::uint64_t* into) {
  if (!json.is_number_unsigned()) return Refuse(field, "is not a count"), false;
  *into = json.get<std::uint64_t>();
  return true;
}

bool FieldReader::TakeNumber(const Json& json, const std::string& field, Bounds bounds,
                             double* into) {
  const double value = json.is_number() ? json.get<double>() : std::nan("");
  if (!std::isfinite(value)) return Refuse(field, "is not a finite number"), false;
  if (value < bounds.low || value > bounds.high) {
    Refuse(field, fmt::format("is not in [{}, {}]", bounds.low, bounds.high));
    return false;
  }
  *into = value;
  return true;
}

void FieldReader::Text(const char* key, std::string* into) {
  if (const Json* json = Find(key)) TakeText(*json, PathOf(key), into);
}

void FieldReader::Flag(const char* key, bool* into) {
  const Json* json = Find(key);
  if (json == nullptr) return;
  if (!json->is_boolean()) return Refuse(PathOf(key), "is not true or false");
  *into = json->get<bool>();
}

void FieldReader::Number(const char* key, double* into, Bounds bounds) {
  if (const Json* json = Find(key)) TakeNumber(*json, PathOf(key), bounds, into);
}

void FieldReader::Numbers(const char* key, std::map<std::string, double>* into) {
  Object(key, [&](FieldReader& fields) {
    for (const auto& [name, value] : fields.object_.items()) {
      double number = 0;
      if (!fields.TakeNumber(value, fields.PathOf(name), {}, &number)) return;
      into->emplace(name, number);
    }
  });
}

void FieldReader::Series(const char* key, std::map<std::string, std::vector<double>>* into) {
  Object(key, [&](FieldReader& fields) {
    for (const auto& [name, values] : fields.object_.items()) {
      const std::string path = fields.PathOf(name);
      if (!values.is_array()) return fields.Refuse(path, "is not an array");
      std::vector<double>& series = (*into)[name];
      for (const nlohmann::json& value : values) {
        double number = 0;
        if (!fields.TakeNumber(value, path, {}, &number)) return;
        series.push_back(number);
      }
    }
  });
}

void FieldReader::Texts(const char* key, std::map<std::string, std::string>* into) {
  Object(key, [&](FieldReader& fields) {
    for (const auto& [name, value] : fields.object_.items()) {
      std::string text;
      if (!fields.TakeText(value, fields.PathOf(name), &text)) return;
      into->emplace(name, std::move(text));
    }
  });
}

void FieldReader::Texts(const char* key, std::vector<std::string>* into) {
  const Json* json = Find(key);
  if (json == nullptr) return;
  if (!json->is_array()) return Refuse(PathOf(key), "is not an array");
  for (const auto& value : *json) {
    std::string text;
    if (!TakeText(value, fmt::format("{}[{}]", PathOf(key), into->size()), &text)) return;
    into->push_back(std::move(text));
  }
}

void FieldReader::Counts(const char* key, std::map<std::string, std::uint64_t>* into) {
  Object(key, [&](FieldReader& fields) {
    for (const auto& [name, value] : fields.object_.items()) {
      std::uint64_t count = 0;
      if (!fields.TakeCount(value, fields.PathOf(name), &count)) return;
      into->emplace(name, count);
    }
  });
}

std::optional<std::size_t> FieldReader::IndexIn(const char* key,
                                                std::span<const std::string_view> names) {
  const Json* json = Find(key);
  if (json == nullptr) return std::nullopt;
  const std::string text = json->is_string() ? json->get<std::string>() : std::string();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  Refuse(PathOf(key), fmt::format("is not one of {}", fmt::join(names, ", ")));
  return std::nullopt;
}

}  // namespace falsify::harness
