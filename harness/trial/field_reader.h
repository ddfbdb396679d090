#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "loaders/error.h"
#include "nlohmann/json.hpp"

namespace falsify::harness {

/// Inclusive bounds of a number; both ends finite.
struct Bounds {
  double low = std::numeric_limits<double>::lowest();
  double high = std::numeric_limits<double>::max();
};

/// Reads the fields of one JSON object into a struct. Every field is required unless the method
/// says otherwise; fields nobody asks for are ignored. The first thing wrong is kept, with its
/// path ("phases[1].seconds"), and later calls do nothing: read everything, then ask `error`.
/// Used by one thread; `object` and `error` must outlive it.
class FieldReader {
 public:
  /// `code` is the Error's code; `path` is prefixed to field names, empty at the top.
  FieldReader(const nlohmann::json& object, std::string code, std::string path,
              std::optional<Error>* error)
      : object_(object), code_(std::move(code)), path_(std::move(path)), error_(error) {
    if (!object.is_object()) Refuse(path_, "is not an object");
  }

  void Text(const char* key, std::string* into);
  void Flag(const char* key, bool* into);
  void Number(const char* key, double* into, Bounds bounds = {});
  void Numbers(const char* key, std::map<std::string, double>* into);
  void Series(const char* key, std::map<std::string, std::vector<double>>* into);
  void Texts(const char* key, std::map<std::string, std::string>* into);
  void Texts(const char* key, std::vector<std::string>* into);
  void Counts(const char* key, std::map<std::string, std::uint64_t>* into);

  /// An integer that `T` can hold and that lies in [low, high].
  template <class T>
  void Integer(const char* key, T* into, T low = std::numeric_limits<T>::min(),
               T high = std::numeric_limits<T>::max());

  /// One of `names`; `into` becomes the enumerator of the same index.
  template <class Enum>
  void Choice(const char* key, std::span<const std::string_view> names, Enum* into);

  /// Calls `read(FieldReader&)` on the object under `key`.
  template <class Read>
  void Object(const char* key, Read read);

  /// As `Object`, if `key` is there.
  template <class Read>
  void ObjectIfThere(const char* key, Read read);

  /// Calls `read(FieldReader&)` for each element of the array under `key`.
  template <class Read>
  void Each(const char* key, Read read);

 private:
  /// Null, and the error set, if `key` is missing or something was wrong before.
  const nlohmann::json* Find(const char* key);
  std::string PathOf(std::string_view key) const;
  void Refuse(const std::string& field, const std::string& problem);
  bool TakeText(const nlohmann::json& json, const std::string& field, std::string* into);
  bool TakeCount(const nlohmann::json& json, const std::string& field, std::uint64_t* into);
  bool TakeNumber(const nlohmann::json& json, const std::string& field, Bounds bounds,
                  double* into);
  std::optional<std::size_t> IndexIn(const char* key, std::span<const std::string_view> names);

  const nlohmann::json& object_;
  std::string code_;
  std::string path_;
  std::optional<Error>* error_;
};

template <class T>
void FieldReader::Integer(const char* key, T* into, T low, T high) {
  const nlohmann::json* json = Find(key);
  if (json == nullptr) return;
  const bool fits = json->is_number_unsigned()
                        ? std::in_range<T>(json->get<std::uint64_t>())
                        : json->is_number_integer() && std::in_range<T>(json->get<std::int64_t>());
  const T value = fits ? json->get<T>() : T{};
  if (!fits || value < low || value > high) {
    return Refuse(PathOf(key), fmt::format("is not an integer in [{}, {}]", low, high));
  }
  *into = value;
}

template <class Enum>
void FieldReader::Choice(const char* key, std::span<const std::string_view> names, Enum* into) {
  if (const auto index = IndexIn(key, names)) *into = static_cast<Enum>(*index);
}

template <class Read>
void FieldReader::Object(const char* key, Read read) {
  const nlohmann::json* json = Find(key);
  if (json == nullptr) return;
  FieldReader fields(*json, code_, PathOf(key), error_);
  read(fields);
}

template <class Read>
void FieldReader::ObjectIfThere(const char* key, Read read) {
  if (!error_->has_value() && object_.contains(key)) Object(key, read);
}

template <class Read>
void FieldReader::Each(const char* key, Read read) {
  const nlohmann::json* json = Find(key);
  if (json == nullptr) return;
  if (!json->is_array()) return Refuse(PathOf(key), "is not an array");
  std::size_t index = 0;
  for (const nlohmann::json& element : *json) {
    FieldReader fields(element, code_, fmt::format("{}[{}]", PathOf(key), index++), error_);
    read(fields);
  }
}

}  // namespace falsify::harness
