#include "loaders/external/libcurl.h"

#include <dlfcn.h>
#include <optional>

namespace falsify::loaders {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

template <class Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<LibCurl> Load() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  LibCurl curl{};
  const bool whole = library != nullptr && Find(library, "curl_easy_init", curl.easy_init) &&
                     Find(library, "curl_easy_reset", curl.easy_reset) &&
                     Find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                     Find(library, "curl_easy_setopt", curl.easy_setopt) &&
                     Find(library, "curl_easy_perform", curl.easy_perform) &&
                     Find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                     Find(library, "curl_easy_strerror", curl.easy_strerror) &&
                     Find(library, "curl_slist_append", curl.slist_append) &&
                     Find(library, "curl_slist_free_all", curl.slist_free_all);
  return whole ? std::optional(curl) : std::nullopt;
}

}  // namespace

const LibCurl* LibCurl::Get() {
  static const std::optional<LibCurl> kLoaded = Load();
  return kLoaded ? &*kLoaded : nullptr;
}

}  // namespace falsify::loaders
