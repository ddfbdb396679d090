# Every third-party library, all of them Debian 12 packages; ci/bootstrap installs them.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
find_package(hwy REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Boost REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

# Debian's package of oneDNN demands OpenCL's development files, which we have no use for.
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(falsify_dnnl INTERFACE)
target_link_libraries(falsify_dnnl INTERFACE "${DNNL_LIBRARY}")

find_library(URING_LIBRARY uring REQUIRED)
add_library(falsify_uring INTERFACE)
target_link_libraries(falsify_uring INTERFACE "${URING_LIBRARY}")

# Markdown to HTML, so that the HTML report says what the Markdown report says.
find_library(MD4C_LIBRARY md4c REQUIRED)
find_library(MD4C_HTML_LIBRARY md4c-html REQUIRED)
add_library(falsify_md4c INTERFACE)
target_link_libraries(falsify_md4c INTERFACE "${MD4C_HTML_LIBRARY}" "${MD4C_LIBRARY}")

find_library(LZ4_LIBRARY lz4 REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
add_library(falsify_compression INTERFACE)
target_link_libraries(falsify_compression INTERFACE "${LZ4_LIBRARY}" "${ZSTD_LIBRARY}")

find_library(XXHASH_LIBRARY xxhash REQUIRED)
add_library(falsify_xxhash INTERFACE)
target_link_libraries(falsify_xxhash INTERFACE "${XXHASH_LIBRARY}")

# Debian's package of cpp-httplib has no CMake files.
find_library(HTTPLIB_LIBRARY cpp-httplib REQUIRED)
add_library(falsify_httplib INTERFACE)
target_link_libraries(falsify_httplib INTERFACE "${HTTPLIB_LIBRARY}")
