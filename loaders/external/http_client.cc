#include "loaders/external/http_client.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "loaders/external/libcurl.h"

namespace falsify::loaders {
namespace {

constexpr std::size_t kMostBody = std::size_t{16} << 20;
constexpr std::size_t kMostShown = std::size_t{64} << 10;
constexpr long kConnectMilliseconds = 5000;
constexpr long kSuccess = 200;
constexpr long kRedirect = 300;

/// Precondition: it was loaded, as it is in every client.
const LibCurl& Curl() { return *LibCurl::Get(); }

struct CloseHandle {
  void operator()(CURL* handle) const { Curl().easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { Curl().slist_free_all(list); }
};

/// One exchange, as libcurl's callbacks see it.
struct Exchange {
  CURL* handle;
  const HttpClient::OnBytes* on_bytes;
  std::size_t bytes = 0;
  std::string shown;
  std::optional<Error> error;

  bool succeeded() const {
    long status = 0;
    Curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status >= kSuccess && status < kRedirect;
  }
};

Error Broken(std::string what) { return {"HTTP_PROTOCOL", "server", std::move(what), {}}; }

std::size_t TakeBody(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.bytes += size;
  if (exchange.bytes > kMostBody) {
    exchange.error = Broken("a body of more than 16 MiB");
    return 0;
  }
  if (!exchange.succeeded()) {
    exchange.shown.append(data, std::min(size, kMostShown - exchange.shown.size()));
    return size;
  }
  Result<void> taken = (*exchange.on_bytes)(std::string_view(data, size));
  if (taken) return size;
  exchange.error = std::move(taken.error());
  return 0;
}

std::size_t TakeHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  constexpr std::string_view kEncoding = "content-encoding:";
  std::string line(data, size);
  std::ranges::transform(line, line.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!line.starts_with(kEncoding) || line.find("identity") != std::string::npos) return size;
  exchange.error = Broken("an encoded body, which nobody asked for");
  return 0;
}

Error ErrorOf(CURLcode code, const char* said) {
  const std::string what = *said != '\0' ? said : Curl().easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {"HTTP_TIMEOUT", "server", what, {}};
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return {"HTTP_CONNECT", "server", what, {}};
    default:
      return Broken(what);
  }
}

}  // namespace

struct HttpClient::Parts {
  std::string url;
  std::unique_ptr<CURL, CloseHandle> handle;
  std::string said = std::string(CURL_ERROR_SIZE, '\0');
};

HttpClient::HttpClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::To(const std::string& url) {
  if (LibCurl::Get() == nullptr) {
    return Fail({"HTTP_CLIENT", "libcurl.so.4", "cannot be loaded", "apt-get install libcurl4"});
  }
  auto parts = std::make_unique<Parts>();
  parts->url = url;
  while (parts->url.ends_with('/')) parts->url.pop_back();
  parts->handle.reset(Curl().easy_init());
  if (parts->handle == nullptr) {
    return Fail({"HTTP_CLIENT", "libcurl", "cannot be initialised", {}});
  }
  return HttpClient(std::move(parts));
}

Result<HttpClient::Answer> HttpClient::Get(const std::string& path, Seconds timeout,
                                           const OnBytes& on_bytes) {
  Curl().easy_reset(parts_->handle.get());
  Curl().easy_setopt(parts_->handle.get(), CURLOPT_HTTPGET, 1L);
  return Perform(path, timeout, on_bytes);
}

Result<HttpClient::Answer> HttpClient::Post(const std::string& path, const std::string& json,
                                            Seconds timeout, const OnBytes& on_bytes) {
  CURL* const handle = parts_->handle.get();
  Curl().easy_reset(handle);
  std::unique_ptr<curl_slist, FreeList> headers;
  for (const char* header :
       {"Content-Type: application/json", "Accept: text/event-stream", "Expect:"}) {
    curl_slist* const longer = Curl().slist_append(headers.get(), header);
    if (longer == nullptr) return Fail({"HTTP_CLIENT", "libcurl", "no memory", {}});
    static_cast<void>(headers.release());
    headers.reset(longer);
  }
  Curl().easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  Curl().easy_setopt(handle, CURLOPT_POST, 1L);
  Curl().easy_setopt(handle, CURLOPT_POSTFIELDS, json.data());
  Curl().easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  return Perform(path, timeout, on_bytes);
}

Result<HttpClient::Answer> HttpClient::Perform(const std::string& path, Seconds timeout,
                                               const OnBytes& on_bytes) {
  CURL* const handle = parts_->handle.get();
  Exchange exchange = {handle, &on_bytes, 0, {}, {}};
  const auto milliseconds = static_cast<long>(std::max(1.0, timeout.count() * 1000));
  Curl().easy_setopt(handle, CURLOPT_URL, (parts_->url + path).c_str());
  Curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  Curl().easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  Curl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  Curl().easy_setopt(handle, CURLOPT_PROXY, "");
  Curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  Curl().easy_setopt(handle, CURLOPT_TCP_NODELAY, 1L);
  Curl().easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  Curl().easy_setopt(handle, CURLOPT_TIMEOUT_MS, milliseconds);
  Curl().easy_setopt(handle, CURLOPT_WRITEFUNCTION, &TakeBody);
  Curl().easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  Curl().easy_setopt(handle, CURLOPT_HEADERFUNCTION, &TakeHeader);
  Curl().easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  parts_->said.assign(CURL_ERROR_SIZE, '\0');
  Curl().easy_setopt(handle, CURLOPT_ERRORBUFFER, parts_->said.data());
  const CURLcode code = Curl().easy_perform(handle);
  if (exchange.error) return Fail(std::move(*exchange.error));
  if (code != CURLE_OK) return Fail(ErrorOf(code, parts_->said.c_str()));
  Answer answer;
  Curl().easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  answer.body = std::move(exchange.shown);
  return answer;
}

}  // namespace falsify::loaders
