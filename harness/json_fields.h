#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "criteria/verdict.h"
#include "fmt/format.h"
#include "harness/trial/json_text.h"
#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// One list of fields serves both directions. A struct declares
///     template <class Archive> void Fields(Archive& a, Thing& t) { a("name", t.name); ... }
/// and is written by JsonWriter and read by JsonReader. An absent optional is null. Text is made
/// valid UTF-8 on the way out; a number that is not finite is a bug and stops the program, because
/// it would come back as null and be read as a perfect score.
class JsonWriter {
 public:
  nlohmann::json object = nlohmann::json::object();

  template <class T>
  void operator()(const char* name, const T& value) {
    object[name] = Value(value);
  }

  static nlohmann::json Value(const std::string& text) { return ValidUtf8(text); }
  static nlohmann::json Value(bool value) { return value; }
  static nlohmann::json Value(int value) { return value; }
  static nlohmann::json Value(std::uint64_t value) { return value; }
  static nlohmann::json Value(criteria::Verdict value) {
    return std::string(criteria::Name(value));
  }
  static nlohmann::json Value(double value);

  template <class T>
  static nlohmann::json Value(const std::optional<T>& value) {
    return value ? Value(*value) : nlohmann::json(nullptr);
  }
  template <class T>
  static nlohmann::json Value(const std::vector<T>& values) {
    nlohmann::json array = nlohmann::json::array();
    for (const T& value : values) array.push_back(Value(value));
    return array;
  }
  template <class T>
  static nlohmann::json Value(const std::map<std::string, T>& values) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : values) object[ValidUtf8(key)] = Value(value);
    return object;
  }
  template <class T>
  requires std::is_class_v<T>
  static nlohmann::json Value(const T& value) {
    JsonWriter inner;
    T copy = value;
    Fields(inner, copy);
    return std::move(inner.object);
  }
};

/// Keeps the first problem, as "trials[3].block: expected an integer"; later fields are then
/// left as they were.
class JsonReader {
 public:
  JsonReader(const nlohmann::json& json, std::string path) : json_(json), path_(std::move(path)) {}

  const std::string& problem() const { return problem_; }

  template <class T>
  void operator()(const char* name, T& value) {
    if (!problem_.empty()) return;
    const std::string at = path_.empty() ? name : path_ + "." + name;
    if (!json_.is_object() || !json_.contains(name)) {
      problem_ = at + ": missing";
      return;
    }
    problem_ = Read(json_.at(name), at, value);
  }

  static std::string Read(const nlohmann::json& json, const std::string& at, std::string& value) {
    if (!json.is_string()) return at + ": expected a string";
    value = json.get<std::string>();
    return {};
  }
  static std::string Read(const nlohmann::json& json, const std::string& at, bool& value) {
    if (!json.is_boolean()) return at + ": expected true or false";
    value = json.get<bool>();
    return {};
  }
  static std::string Read(const nlohmann::json& json, const std::string& at, double& value) {
    if (!json.is_number() || !std::isfinite(json.get<double>())) return at + ": expected a number";
    value = json.get<double>();
    return {};
  }
  static std::string Read(const nlohmann::json& json, const std::string& at, std::uint64_t& value) {
    if (!json.is_number_unsigned()) return at + ": expected an integer from 0";
    value = json.get<std::uint64_t>();
    return {};
  }
  static std::string Read(const nlohmann::json& json, const std::string& at, int& value) {
    if (!json.is_number_integer()) return at + ": expected an integer";
    const auto wide = json.get<std::int64_t>();
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
      return at + ": out of range";
    }
    value = static_cast<int>(wide);
    return {};
  }
  static std::string Read(const nlohmann::json& json, const std::string& at,
                          criteria::Verdict& value);

  template <class T>
  static std::string Read(const nlohmann::json& json, const std::string& at,
                          std::optional<T>& value) {
    value.reset();
    if (json.is_null()) return {};
    return Read(json, at, value.emplace());
  }
  template <class T>
  static std::string Read(const nlohmann::json& json, const std::string& at,
                          std::vector<T>& values) {
    if (!json.is_array()) return at + ": expected an array";
    values.clear();
    for (std::size_t i = 0; i < json.size(); ++i) {
      std::string problem = Read(json[i], fmt::format("{}[{}]", at, i), values.emplace_back());
      if (!problem.empty()) return problem;
    }
    return {};
  }
  template <class T>
  static std::string Read(const nlohmann::json& json, const std::string& at,
                          std::map<std::string, T>& values) {
    if (!json.is_object()) return at + ": expected an object";
    values.clear();
    for (const auto& [key, inner] : json.items()) {
      std::string problem = Read(inner, at + "." + key, values[key]);
      if (!problem.empty()) return problem;
    }
    return {};
  }
  template <class T>
  requires std::is_class_v<T>
  static std::string Read(const nlohmann::json& json, const std::string& at, T& value) {
    if (!json.is_object()) return at + ": expected an object";
    JsonReader inner(json, at);
    Fields(inner, value);
    return inner.problem_;
  }

 private:
  const nlohmann::json& json_;
  std::string path_;
  std::string problem_;
};

}  // namespace falsify::harness
