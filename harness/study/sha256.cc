#include "harness/study/sha256.h"

#include <array>
#include <cstdlib>

#include "fmt/format.h"
#include "openssl/evp.h"

namespace falsify::harness {

std::string Sha256Hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  // No input makes it fail, only an OpenSSL without SHA-256.
  if (done != 1) std::abort();
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace falsify::harness
