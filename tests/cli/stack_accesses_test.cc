// Accumulators stay in registers: in the hot parts of whole generated networks, as g++ and clang++ compile them with
// -O2, no vector goes through the stack. Compilers spill without a warning, and a spill in a tile costs a quarter of
// its speed or more.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>

#include "assembly.h"
#include "generated.h"

namespace intaglio_cli {
namespace {

/// Kernels, by the start of their names, that may access the stack so many times per hot part; all others never.
struct Exception {
  const char* kernel;
  const char* compiler;  ///< "": any
  size_t accesses;
};

const Exception exceptions[] = {
    // A tile between its two transforms, which no register file holds.
    {"winograd_input_", "", 200},
    {"winograd_output_", "", 200},
    // Not hot: partial vectors at the end of a row.
    {"layer_norm_", "", 12},
    // One of the eight accumulators, in the loop over kx.
    {"depthwise_7x7_", "g++", 2},
    // The bias, once per tile of 72 multiply-adds.
    {"depthwise_3x3_", "clang++", 2},
    // Inputs of the next steps, which clang loads early: a memory barrier between the steps makes it worse.
    {"convolution_tile_5x16_prefetch_", "clang++", 16},
    {"pointwise_tile_5x16_prefetch_", "clang++", 16},
    // The loop over a rest of channels: constants of the epilogue are alive in it.
    {"pointwise_tile_6x16_prefetch_3_gelu", "g++", 2},
    {"pointwise_tile_6x16_gelu", "g++", 2},
    {"pointwise_tile_5x64_prefetch_8_gelu", "g++", 8},
    {"pointwise_tile_6x64_prefetch_8_gelu", "g++", 26},
    {"pointwise_tile_8x40_prefetch_8_gelu", "g++", 26},
    {"pointwise_tile_8x40_prefetch_3_gelu", "g++", 26},
    // A row of the kernel, the accumulators and a spread input fill the registers; the compilers load the next columns
    // early. Both run these layers of ResNeXt-50 at 89 % (stride 2) to 97 % of the multiply-add peak all the same: the
    // moves fit into ports that the multiply-adds leave free.
    {"grouped_convolution_3x3_s1_4_inputs_", "g++", 2},
    {"grouped_convolution_3x3_s2_4_inputs_", "g++", 28},
    {"grouped_convolution_3x3_s1_", "clang++", 47},
    {"grouped_convolution_3x3_s2_", "clang++", 81},
};

size_t limit_of(const std::string& kernel, const std::string& compiler) {
  for (const Exception& each : exceptions) {
    if (kernel.rfind(each.kernel, 0) == 0 && (each.compiler == std::string() || each.compiler == compiler))
      return each.accesses;
  }
  return 0;
}

std::string assembly_of(const std::string& compiler, const std::filesystem::path& source, const Words& flags) {
  const std::string result = source.string() + "." + compiler + ".s";
  const Outcome outcome = run(Words{compiler, "-std=c++11", "-O2", "-g1", "-S", source, "-o", result} + flags);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return read_file(result);
}

class StackAccesses : public testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {};

TEST_P(StackAccesses, NoneInHotLoops) {
  const auto& [model_file, compiler, target] = GetParam();
  if (!installed(compiler)) GTEST_SKIP() << compiler << " is not installed";
#ifndef __x86_64__
  GTEST_SKIP() << "the compilers here do not know AVX2";
#endif
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", model_file, "net", target);
  const std::string source = read_file(net.folder() / "net.cpp");
  const std::vector<HotPart> parts =
      hot_parts(assembly_of(compiler, net.folder() / "net.cpp", net.target_flags()), "net.cpp", source);
  for (const HotPart& part : parts) {
    if (part.arithmetic == 0) continue;  // copies and addresses
    EXPECT_LE(part.stack_accesses, limit_of(part.function, compiler))
        << part.function << ": " << part.stack_accesses << " of " << part.instructions << " instructions ("
        << part.arithmetic << " of arithmetic) move vectors to or from the stack, the first of them: " << part.example;
  }
  // The counts are about something: every register tile has a part that computes.
  std::vector<std::string> names = functions_by_line(source);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  size_t tiles = 0;
  for (const std::string& name : names) {
    if (name.find("_tile_") == std::string::npos) continue;
    ++tiles;
    EXPECT_TRUE(std::any_of(parts.begin(), parts.end(),
                            [&](const HotPart& part) { return part.function == name && part.arithmetic > 0; }))
        << name << " has no hot part";
  }
  EXPECT_GT(tiles, 0u);
}

INSTANTIATE_TEST_SUITE_P(Networks, StackAccesses,
                         testing::Combine(testing::Values("resnet18.ts.onnx", "ghostnet_100.ts.onnx",
                                                          "resnext50_32x4d.ts.onnx", "s1_resnet1d.ts.onnx",
                                                          "regnet_x_400mf.ts.onnx", "convnext_tiny.ts.onnx"),
                                          testing::Values("g++", "clang++"), testing::Values("avx2", "avx512")),
                         [](const auto& info) {
                           const std::string& file = std::get<0>(info.param);
                           return file.substr(0, file.find('.')) +
                                  (std::get<1>(info.param) == "g++" ? "_gcc_" : "_clang_") + std::get<2>(info.param);
                         });

// ---- the counting itself --------------------------------------------------------------------------------------------

TEST(HotParts, AreInnermostLoopsAndFunctionsWithoutLoops) {
  const char* const source =
      "static void outer(int) {\n\n}\nstatic INTAGLIO_NOINLINE void inner_tile(\n  int) {\n\n}\nextern \"C\" int "
      "net_run(\n";
  const char* const assembly = R"(	.file 1 "net.cpp"
	.file	2 "intaglio" "simd_avx2.h" md5 0x123
net_run:
	.loc 1 2 3
	vmovaps	%ymm0, 32(%rsp)
.L2:
# %bb.1:                                #   in Loop: Header=L2 Depth=1
	.loc 1 6 1 is_stmt 0                # net.cpp:6:1
	vmovaps	%ymm1, -32(%rbp)
	jmp	.L4
.L3:
	.loc 2 1 1
	vfmadd231ps	64(%rsp,%rax), %ymm1, %ymm0
	vmovups	%ymm0, 96(%rsp)                # 32-byte Spill
.L4:
	movq	8(%rsp), %rax
	vmovss	8(%rsp), %xmm0
	vmovaps	(%rdi), %ymm2
	jne	.L3                             # entered in its middle
	jne	.L2
	jmp	.L6
.L5:
	vmovups	%ymm0, 96(%rsp)
	ret
.L6:
	jmp	.L5
	.size	net_run, .-net_run
tile:
	movq	%rsp, %rbp
	.loc 1 5 1
	vmovaps	%ymm1, -32(%rbp)
	vmovaps	%ymm1, -32(%rsi)
	ret
	.size	tile, .-tile
)";
  const std::vector<HotPart> parts = hot_parts(assembly, "net.cpp", source);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].function, "inner_tile");
  EXPECT_EQ(parts[0].instructions, 6u);
  EXPECT_EQ(parts[0].arithmetic, 1u);
  EXPECT_EQ(parts[0].stack_accesses, 2u);
  EXPECT_EQ(parts[0].example, "vfmadd231ps\t64(%rsp,%rax), %ymm1, %ymm0");
  EXPECT_EQ(parts[1].instructions, 4u);
  EXPECT_EQ(parts[1].stack_accesses, 1u);
  EXPECT_EQ(parts[1].arithmetic, 0u);
}

TEST(HotParts, CompilersThatMustSpillAreSeen) {
#ifndef __x86_64__
  GTEST_SKIP() << "the compilers here do not know AVX2";
#endif
  // Twenty accumulators for sixteen registers.
  std::string source = "#include <immintrin.h>\nstatic void crowded(const float* x, float* y, long n) {\n";
  std::string loop = "  for (long i = 0; i < n; ++i, x += 200) {\n", stores;
  for (int i = 0; i < 20; ++i) {
    const std::string a = "a" + std::to_string(i), at = std::to_string(8 * i);
    source += "  __m256 " + a + " = _mm256_loadu_ps(y + " + at + ");\n";
    loop += "    " + a + " = _mm256_fmadd_ps(_mm256_loadu_ps(x + " + at + "), _mm256_loadu_ps(x + 8 + " + at + "), " +
            a + ");\n";
    stores += "  _mm256_storeu_ps(y + " + at + ", " + a + ");\n";
  }
  source +=
      loop + "  }\n" + stores + "}\nextern \"C\" void call(const float* x, float* y, long n) { crowded(x, y, n); }\n";
  for (const std::string compiler : {"g++", "clang++"}) {
    if (!installed(compiler)) continue;
    const TemporaryFolder scratch;
    write_file(scratch / "net.cpp", source);
    size_t spills = 0;
    for (const HotPart& part :
         hot_parts(assembly_of(compiler, scratch / "net.cpp", {"-mavx2", "-mfma"}), "net.cpp", source)) {
      if (part.function == "crowded") spills += part.stack_accesses;
    }
    EXPECT_GE(spills, 4u) << compiler;
  }
}

}  // namespace
}  // namespace intaglio_cli
