// The same model and options give the same bytes whoever generates them, where and when.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

/// A locale of this machine with another decimal point or other letters, if there is one.
std::string other_locale() {
  const std::string list = "\n" + run({"locale", "-a"}).out;
  for (const std::string name : {"de_DE.utf8", "de_DE.UTF-8", "fr_FR.utf8", "tr_TR.utf8", "C.utf8", "C.UTF-8"}) {
    if (list.find("\n" + name + "\n") != std::string::npos) return name;
  }
  return "POSIX";
}

class Reproducible : public testing::TestWithParam<std::string> {};

TEST_P(Reproducible, SameBytesForSomebodyElse) {
  const TemporaryFolder here, elsewhere;
  const fs::path copy = elsewhere / "moved/deep" / GetParam();
  fs::create_directories(copy.parent_path());
  fs::copy_file(model(GetParam()), copy);
  // MALLOC_PERTURB_: memory that is read before it is written differs from zero.
  const std::string setting =
      "umask 077 && cd / && LC_ALL=" + other_locale() +
      " LANG=tr_TR.UTF-8 TZ=Asia/Kolkata HOME=/nonexistent USER=somebody LOGNAME=somebody MALLOC_PERTURB_=165";
  for (const std::string target : {"portable", "avx2", "avx512", "scalar"}) {
    for (const std::string numerics : {"fast", "strict"}) {
      const Words options = {"--name", "net", "--selftest", "--target", target, "--numerics", numerics};
      const std::string name = target + "_" + numerics;
      const Outcome first =
          intaglio(Words{"compile", model(GetParam()), "-o", here / name} + options, "umask 022 && LC_ALL=C TZ=UTC");
      const Outcome second = intaglio(Words{"compile", copy, "-o", elsewhere / name} + options, setting);
      ASSERT_EQ(first.status, 0) << first.err;
      ASSERT_EQ(second.status, 0) << second.err;
      const auto expected = contents(here / name), got = contents(elsewhere / name);
      EXPECT_EQ(expected.size(), got.size());
      for (const auto& [file, text] : expected) {
        // Not EXPECT_EQ: weights are long.
        EXPECT_TRUE(got.count(file) == 1 && got.at(file) == text) << file << " differs for " << name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Reproducible,
                         testing::Values("s4_residual.ts.b4.onnx", "s1_resnet1d.dy.onnx",
                                         "s8_multiscale.ts.unfolded.onnx", "ghostnetv2_100.ts.onnx",
                                         "densenet121.dy.unfolded.onnx", "shufflenet_v2.dy.unfolded.onnx",
                                         "hrnet.ts.onnx", "unet_transposed.dy.onnx", "convnext_tiny.dy.onnx",
                                         "mobilenet_v3_small.dy.onnx", "res2net50.ts.onnx"),
                         [](const auto& info) { return info.param.substr(0, info.param.find('.')); });

}  // namespace
}  // namespace intaglio_cli
