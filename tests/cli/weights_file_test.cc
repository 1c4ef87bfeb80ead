// Weights in a file of their own: a file of another size does not build, external weights are checked before they are
// read, and link-time optimisation of the program around them works.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

// ---- incbin: the size -----------------------------------------------------------------------------------------------

/// An assembler and a format of objects: the compiler's command.
struct Assembler {
  const char* name;
  Words compilers;  ///< the first that is installed
  Words flags;
};

void PrintTo(const Assembler& assembler, std::ostream* stream) { *stream << assembler.name; }

const Words clangs = {"clang++", "clang++-19", "clang++-16", "clang++-14"};
const Assembler assemblers[] = {
    {"gas_elf", {"g++"}, {}},
    {"gas_elf_arm", {"arm-none-eabi-g++"}, {}},
    {"gas_coff", {"x86_64-w64-mingw32-g++"}, {}},
    {"clang_elf", clangs, {"--target=x86_64-linux-gnu"}},
    {"clang_elf_arm", clangs, {"--target=arm-none-eabi"}},
    {"clang_macho_x86", clangs, {"--target=x86_64-apple-darwin", "-stdlib=libc++"}},
    {"clang_macho_arm", clangs, {"--target=arm64-apple-darwin", "-stdlib=libc++"}},
    {"clang_coff", clangs, {"--target=x86_64-pc-windows-gnu"}},
};

std::string first_installed(const Words& programs) {
  const auto found = std::find_if(programs.begin(), programs.end(), installed);
  return found == programs.end() ? "" : *found;
}

class WeightsFile : public testing::TestWithParam<Assembler> {};

TEST_P(WeightsFile, OfAnotherSizeDoesNotAssemble) {
  const std::string compiler = first_installed(GetParam().compilers);
  if (compiler.empty()) GTEST_SKIP() << GetParam().compilers.back() << " is not installed";
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable", {"--weights", "incbin"});
  const fs::path file = net.folder() / "net_weights.bin";
  const std::string whole = read_file(file);
  const auto assemble = [&](const std::string& contents, const Words& more = {}) {
    write_file(file, contents);
    const Words files = {net.folder() / "net_weights.cpp", "-o", scratch / "net.o"};
    return run(Words{compiler, "-c", "-Wa,-I" + net.folder().string()} + GetParam().flags + more + strict_warnings +
               files);
  };
  for (const Words& more : {Words{}, Words{"-g", "-O2"}}) {
    const Outcome outcome = assemble(whole, more);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
  }
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, '0') + "\n";
  for (const std::string& other : {std::string(), std::string(1, 'x'), pointer, whole.substr(1), whole + "x",
                                   whole + whole, whole + std::string(1 << 20, 'x')}) {
    const Outcome outcome = assemble(other);
    EXPECT_NE(outcome.status, 0) << other.size() << " instead of " << whole.size() << " bytes";
    const std::string size = std::to_string(whole.size());
    const std::string message = std::string(GetParam().name).rfind("gas", 0) == 0
                                    ? "net_weights.bin has not the " + size + " bytes"
                                : other.size() < whole.size() ? "net_weights_bin_is_shorter"
                                                              : "net_weights_bin_is_longer + " + size;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
  }
}

INSTANTIATE_TEST_SUITE_P(Assemblers, WeightsFile, testing::ValuesIn(assemblers),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(WeightsInAFile, NoWeightsAtAllAssemble) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s5_norm_chw.ts.onnx", "net", "portable", {"--weights", "incbin"});
  const Words objects = net.build("g++", {"-O1"});
  // No name but the model's own leaves the objects.
  const Outcome symbols = run(Words{"nm", "--defined-only", "--format=posix"} + objects);
  EXPECT_EQ(symbols.out.find("_weights_bin_is_"), std::string::npos) << symbols.out;
}

// ---- external: the size ---------------------------------------------------------------------------------------------

TEST(WeightsInAFile, ExternalOnesThatAreCutOffAreNotReadPastTheirEnd) {
  const TemporaryFolder scratch;
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable", {"--weights", "external"});
  // Every beginning of the file ends where a page without access begins.
  build_c_program(scratch / "program", R"(
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "net.h"
static unsigned char whole[NET_WEIGHTS_BYTES + 1];
int main(int argc, char **argv) {
  const size_t page = 4096, pages = NET_WEIGHTS_BYTES / page + 2;
  size_t size;
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  unsigned char *memory =
      mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!file || fread(whole, 1, NET_WEIGHTS_BYTES, file) != NET_WEIGHTS_BYTES) return 1;
  fclose(file);
  if (memory == MAP_FAILED || mprotect(memory + pages * page, page, PROT_NONE) != 0) return 2;
  for (size = 0; size <= NET_WEIGHTS_BYTES + 1; ++size) {
    unsigned char *begin = memory + pages * page - size;
    memcpy(begin, whole, size);
    if (net_check_weights(begin, size) != (size == NET_WEIGHTS_BYTES ? NET_OK : NET_WRONG_WEIGHTS)) return 3;
  }
  if (net_check_weights(NULL, 0) != NET_WRONG_WEIGHTS) return 4;
  if (net_check_weights(NULL, NET_WEIGHTS_BYTES) != NET_WRONG_WEIGHTS) return 5;
  puts("checked");
  return 0;
}
)",
                  {net.folder()}, net.build("g++", Words{"-O1"} + strict_warnings));
  const Outcome outcome = run({scratch / "program", net.folder() / "net_weights.bin"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "checked\n");
}

// ---- link-time optimisation -----------------------------------------------------------------------------------------

const char* const self_test = R"(
#include "net.h"
NET_ARENA(arena);
int main() {
  net_memory memory = {arena, nullptr};
  return net_selftest(&memory);
}
)";

class LinkTimeOptimisation : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    compiler = GetParam() == "gcc" ? "g++" : first_installed(clangs);
    if (compiler.empty()) GTEST_SKIP() << "clang++ is not installed";
    // Clang needs lld, or the plugin of another linker: what it needs is found out with a program without weights.
    write_file(scratch / "empty.cpp", "int main() { return 0; }\n");
    const size_t dash = compiler.find('-');
    const std::string lld = "-fuse-ld=lld" + (dash == std::string::npos ? "" : compiler.substr(dash));
    for (const Words& linker : {Words{}, Words{lld}}) {
      link_flags = linker;
      if (run(Words{compiler, "-flto", scratch / "empty.cpp", "-o", scratch / "empty"} + linker).status == 0) return;
    }
    GTEST_SKIP() << compiler << " -flto cannot link here";
  }

  const TemporaryFolder scratch;
  std::string compiler;
  Words link_flags;
};

TEST_P(LinkTimeOptimisation, OfAProjectWithAGeneratedFolder) {
  for (const std::string weights : {"inline", "incbin", "external"}) {
    const fs::path project = scratch / weights;
    const Generated net(project / "net", "s4_residual.ts.b4.onnx", "net", "portable",
                        {"--selftest", "--weights", weights});
    write_file(project / "main.cpp", self_test);
    write_file(project / "CMakeLists.txt", R"(
cmake_minimum_required(VERSION 3.10)
project(application CXX)
add_subdirectory(net)
add_executable(application main.cpp)
target_link_libraries(application PRIVATE net)
)");
    std::string flags;
    for (const std::string& flag : link_flags) flags += flag;
    const Outcome configured = run({"cmake", "-S", project, "-B", project / "build", "-DCMAKE_BUILD_TYPE=Release",
                                    "-DCMAKE_CXX_COMPILER=" + compiler, "-DCMAKE_EXE_LINKER_FLAGS=" + flags,
                                    "-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON"});
    ASSERT_EQ(configured.status, 0) << configured.out << configured.err;
    const Outcome built = run({"cmake", "--build", project / "build", "--verbose"});
    EXPECT_EQ(built.status, 0) << weights << "\n" << built.out << built.err;
    EXPECT_NE(built.out.find(" -flto"), std::string::npos) << built.out;
    // External weights are null here: net_run says so, and the self-test that it did not run.
    EXPECT_EQ(run({project / "build/application"}).status, weights == "external" ? 255 : 0) << weights;
  }
}

TEST_P(LinkTimeOptimisation, ByHandAsDocumented) {
  const Generated net(scratch / "net", "s4_residual.ts.b4.onnx", "net", "portable",
                      {"--selftest", "--weights", "incbin"});
  write_file(scratch / "main.cpp", self_test);
  const std::string in_folder = "cd '" + scratch.path().string() + "' &&";
  const Words optimised = {compiler, "-std=c++11", "-O2", "-flto", "-Inet"};
  Outcome outcome = run(optimised + Words{"-c", "net/net.cpp", "net/net_selftest.cpp", "main.cpp"}, in_folder);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  outcome = run({compiler, "-std=c++11", "-O2", "-fno-lto", "-Wa,-Inet", "-c", "net/net_weights.cpp"}, in_folder);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  outcome = run(optimised + link_flags + Words{"main.o", "net.o", "net_selftest.o", "net_weights.o", "-o", "program"},
                in_folder);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(run({scratch / "program"}).status, 0);
}

INSTANTIATE_TEST_SUITE_P(Compilers, LinkTimeOptimisation, testing::Values("gcc", "clang"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace intaglio_cli
