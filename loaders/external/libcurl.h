#pragma once

#include <curl/curl.h>

namespace falsify::loaders {

/// What we use of libcurl, loaded when a server is first talked to: starting the some thirty
/// libraries that it needs would cost every other worker 3 ms, a third of a trial that does
/// nothing.
struct LibCurl {
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_perform) easy_perform;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;

  /// Stays loaded. Null if it is not there, or lacks one of these.
  static const LibCurl* Get();
};

}  // namespace falsify::loaders
