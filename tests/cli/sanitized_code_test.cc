// Generated code under AddressSanitizer and UndefinedBehaviorSanitizer: the self-test of several networks, with the
// weights as separate arrays and the arena exactly as large as promised.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"

namespace intaglio_cli {
namespace {

const Words sanitizers = {"-fsanitize=address,undefined", "-fno-sanitize-recover=all"};

class SanitizedCode : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(SanitizedCode, PassesItsSelfTest) {
  const auto& [model_file, target] = GetParam();
  if (!runs_here(target)) GTEST_SKIP() << "this machine has no AVX2";
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", model_file, "net", target, {"--selftest", "--weights", "inline"});
  build_c_program(scratch / "program", R"(
#include <stdlib.h>
#include <string.h>
#include "net.h"
int main(void) {
  net_memory memory = {NULL, NULL};
  int status;
  if (posix_memalign(&memory.arena, NET_ARENA_ALIGN, NET_ARENA_BYTES) != 0) return 99;
  memset(memory.arena, 0xff, NET_ARENA_BYTES); /* NaN */
  status = net_selftest(&memory);
  free(memory.arena);
  return status != 0;
}
)",
                  {net.folder()}, net.build("g++", Words{"-O1"} + sanitizers),
                  Words{"-D_POSIX_C_SOURCE=200809L", "-fsanitize=address,undefined"});
  const Outcome outcome = run({scratch / "program"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
}

INSTANTIATE_TEST_SUITE_P(Networks, SanitizedCode,
                         testing::Values(std::make_tuple("s4_residual.ts.b4.onnx", "scalar"),
                                         std::make_tuple("s5_norm_c_training.ts.b4.onnx", "portable"),
                                         std::make_tuple("ghostnet_100.ts.onnx", "avx2"),
                                         std::make_tuple("s8_multiscale.dy.b2.onnx", "avx2"),
                                         std::make_tuple("resnext50_32x4d.ts.onnx", "avx2"),
                                         std::make_tuple("unet_transposed.ts.onnx", "avx2"),
                                         std::make_tuple("convnext_tiny.ts.onnx", "avx2")),
                         [](const auto& info) {
                           const std::string& file = std::get<0>(info.param);
                           return file.substr(0, file.find('.')) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace intaglio_cli
