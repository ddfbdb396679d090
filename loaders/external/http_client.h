#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "loaders/error.h"

namespace falsify::loaders {

/// One connection to a server, as distrustful as it has to be: no redirects, no proxies, no
/// encodings, no cookies; bodies of at most 16 MiB, counted as they come. Used by one thread.
class HttpClient {
 public:
  using Seconds = std::chrono::duration<double>;
  /// Takes the body's bytes as they arrive; an error ends the exchange.
  using OnBytes = std::function<Result<void>(std::string_view)>;

  /// `url`: "http://127.0.0.1:8080" and maybe a path. Errors: HTTP_CLIENT (no memory, no
  /// libcurl).
  static Result<HttpClient> To(const std::string& url);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  struct Answer {
    long status = 0;
    std::string body;  ///< of an answer that is not 2xx, its first 64 KiB; else empty
  };

  /// Errors: HTTP_CONNECT (nobody listens), HTTP_TIMEOUT, HTTP_PROTOCOL (no HTTP, a body that is
  /// too long or encoded, an end before its end), what `on_bytes` says. A status other than 2xx is
  /// none, and its body is not handed to `on_bytes`.
  Result<Answer> Get(const std::string& path, Seconds timeout, const OnBytes& on_bytes);
  Result<Answer> Post(const std::string& path, const std::string& json, Seconds timeout,
                      const OnBytes& on_bytes);

 private:
  struct Parts;
  explicit HttpClient(std::unique_ptr<Parts> parts);

  Result<Answer> Perform(const std::string& path, Seconds timeout, const OnBytes& on_bytes);

  std::unique_ptr<Parts> parts_;
};

}  // namespace falsify::loaders
