#include "loaders/formats/apr_unpack.h"

#include <cstring>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "loaders/formats/apr_bytes.h"
#include "loaders/loader.h"
#include "loaders/test_files.h"
#include "lz4.h"
#include "zstd.h"

namespace falsify::loaders {
namespace {

std::string Lz4(const std::string& plain) {
  std::string packed;
  AprAppend(packed, static_cast<std::uint32_t>(plain.size()));
  std::string block(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(plain.size()))), 0);
  block.resize(static_cast<std::size_t>(LZ4_compress_default(
      plain.data(), block.data(), static_cast<int>(plain.size()), static_cast<int>(block.size()))));
  return packed + block;
}

std::string Zstd(const std::string& plain, bool says_its_size) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, says_its_size ? 1 : 0);
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  packed.resize(
      ZSTD_compress2(context.get(), packed.data(), packed.size(), plain.data(), plain.size()));
  return packed;
}

/// The good file with `packed` in place of all that follows its header, and the flag set.
std::string Flagged(std::uint16_t flag, const std::string& packed) {
  std::string file = AprWithFooter(AprBuild({})).substr(0, kAprHeaderBytes);
  AprStore(file, 6, static_cast<std::uint16_t>(kAprRowMajor | flag));
  AprSeal(file);
  return file + packed;
}

std::string Plain() { return AprWithFooter(AprBuild({})).substr(kAprHeaderBytes); }

class AprUnpack : public testing::Test {
 protected:
  Result<std::unique_ptr<Model>> Open(const std::string& bytes, const char* loader) {
    return Load(directory_.Write("m.apr", bytes), {loader, {}}, 1, {});
  }
  std::string LineOf(const std::string& bytes) {
    const auto model = Open(bytes, "read");
    if (model) return "opened";
    return model.error().Line().substr(directory_.Write("m.apr", bytes).size());
  }
  TemporaryDirectory directory_;
};

TEST_F(AprUnpack, LoadersThatHoldTheFileUnpackItAndSeeTheSameTensors) {
  const auto plain = Open(AprWithFooter(AprBuild({})), "mmap");
  ASSERT_TRUE(plain);
  const Result<TensorView> expected = (*plain)->Resident(*(*plain)->header().Find("weights"));
  const std::string bytes(reinterpret_cast<const char*>(expected->bytes.data()),
                          expected->bytes.size());
  for (const std::string& file :
       {Flagged(kAprLz4, Lz4(Plain())), Flagged(kAprZstd, Zstd(Plain(), true)),
        Flagged(kAprZstd, Zstd(Plain(), false))}) {
    for (const char* loader : {"read", "pread", "direct"}) {
      const auto model = Open(file, loader);
      ASSERT_TRUE(model) << loader << ": " << model.error().Line();
      const Result<TensorView> weights = (*model)->Resident(*(*model)->header().Find("weights"));
      ASSERT_TRUE(weights);
      EXPECT_EQ(std::memcmp(weights->bytes.data(), bytes.data(), bytes.size()), 0);
      EXPECT_EQ((*model)->file_bytes(), file.size());
      EXPECT_EQ((*model)->report().advice.back().substr(0, 8), "unpacked");
    }
    const auto mapped = Open(file, "mmap");
    ASSERT_FALSE(mapped);
    EXPECT_EQ(mapped.error().code, "APR_COMPRESSED");
  }
}

TEST_F(AprUnpack, RefusesWhatIsFlaggedAndPlainOrCutOrLies) {
  EXPECT_EQ(LineOf(Flagged(kAprLz4, Plain())),
            ": is flagged as compressed (LZ4), but 320 B cannot hold the 1869423227 B that it "
            "announces; write it again without compression [APR_COMPRESSED]");
  EXPECT_EQ(LineOf(Flagged(kAprZstd, Plain())),
            ": is flagged as compressed (ZSTD), but what follows the header is no frame; write it "
            "again without compression [APR_COMPRESSED]");
  EXPECT_EQ(LineOf(Flagged(kAprLz4, "abc")),
            ": is flagged as compressed (LZ4), but it ends before its length; write it again "
            "without compression [APR_COMPRESSED]");
  std::string lz4 = Lz4(Plain());
  EXPECT_NE(LineOf(Flagged(kAprLz4, lz4.substr(0, lz4.size() - 3))).find("is no block of"),
            std::string::npos);
  for (const bool says_its_size : {true, false}) {
    const std::string zstd = Zstd(Plain(), says_its_size);
    EXPECT_NE(LineOf(Flagged(kAprZstd, zstd.substr(0, zstd.size() - 3))).find("is cut short"),
              std::string::npos);
    EXPECT_NE(LineOf(Flagged(kAprZstd, zstd + "tail")).find("4 B follow its frame"),
              std::string::npos);
  }
}

TEST_F(AprUnpack, AHeaderThatDoesNotHoldIsTheParsersToRefuse) {
  std::string file = Flagged(kAprLz4, Lz4(Plain()));
  file[41] = static_cast<char>(file[41] ^ 1);
  EXPECT_NE(LineOf(file).find("[APR_CHECKSUM]"), std::string::npos);
  EXPECT_NE(LineOf(Flagged(kAprLz4 | kAprZstd, Lz4(Plain()))).find("[APR_COMPRESSED]"),
            std::string::npos);
}

}  // namespace
}  // namespace falsify::loaders
