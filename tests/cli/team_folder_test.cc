// Generated folders in a team: committed with git, built by CMake projects of others, wherever they lie.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

/// The words of the command that compiles `file` in a build folder made with CMAKE_EXPORT_COMPILE_COMMANDS.
std::string compile_command(const fs::path& build, const std::string& file) {
  for (const nlohmann::json& entry : nlohmann::json::parse(read_file(build / "compile_commands.json"))) {
    if (fs::path(entry["file"].get<std::string>()).filename() == file) return entry["command"].get<std::string>();
  }
  ADD_FAILURE() << file << " is not compiled";
  return {};
}

/// A project in C alone around a generated folder, which it installs and exports.
class CProject : public testing::Test {
 protected:
  explicit CProject(const std::string& place = "net") : generated(scratch / place) {
    const Generated net(generated, "s4_residual.ts.b4.onnx", "net", "scalar", {"--weights", "incbin"});
    write_file(scratch / "main.c", R"(
#include <net/net.h>
NET_ARENA(arena);
static float x[NET_INPUT_0_ELEMENTS], y[NET_OUTPUT_0_ELEMENTS];
int main(void) {
  net_memory memory = {arena, 0};
  net_io io = {x, y};
  return net_run(&memory, &io) == NET_OK && y[0] == y[0] ? 0 : 1;
}
)");
    write_lists("");
  }

  void write_lists(const std::string& settings) const {
    write_file(scratch / "CMakeLists.txt", "cmake_minimum_required(VERSION 3.10)\nproject(user C)\n" + settings +
                                               "add_subdirectory(\"" + generated.string() + "\" generated)\n" + R"(
add_executable(user main.c)
target_link_libraries(user PRIVATE net)
install(TARGETS net EXPORT networks DESTINATION lib INCLUDES DESTINATION include)
install(EXPORT networks DESTINATION lib/cmake/networks)
)");
  }

  /// How the network is compiled after configuring with `options`, a further time in the same folder.
  std::string configure(const Words& options = {}, const char* generator = "Unix Makefiles") const {
    const Outcome outcome = run(Words{"cmake", "-S", scratch.path(), "-B", build, "-G", generator, "-Wdev",
                                      "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"} +
                                    options,
                                "env -u CXXFLAGS -u CFLAGS");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return compile_command(build, "net.cpp");
  }

  const TemporaryFolder scratch;
  const fs::path generated, build = scratch / "build";
};

TEST_F(CProject, OptimisesWithoutABuildTypeAndKeepsTheCallersFlags) {
  const auto has = [](const std::string& command, const std::string& flag) {
    return (command + " ").find(" " + flag + " ") != std::string::npos;
  };
  EXPECT_TRUE(has(configure(), "-O2"));
  EXPECT_TRUE(has(configure({"-DCMAKE_CXX_FLAGS=-Wall"}), "-O2"));
  for (const char* flags : {"-O1", "-Wall -Og -g"}) {
    const std::string command = configure({std::string("-DCMAKE_CXX_FLAGS=") + flags});
    EXPECT_FALSE(has(command, "-O2")) << command;
    EXPECT_NE(command.find(flags), std::string::npos) << command;
  }
  // Options of the project come behind ours and count.
  write_lists("add_compile_options(-O1)\n");
  const std::string both = configure({"-DCMAKE_CXX_FLAGS="});
  EXPECT_LT(both.find(" -O2 "), both.find(" -O1 ")) << both;
  EXPECT_TRUE(has(both, "-O1"));
  write_lists("");
  EXPECT_FALSE(has(configure({"-DCMAKE_BUILD_TYPE=Debug"}), "-O2"));
  EXPECT_TRUE(has(configure({"-DCMAKE_BUILD_TYPE=Release"}), "-O3"));
  EXPECT_FALSE(has(configure({"-DCMAKE_BUILD_TYPE=Release"}), "-O2"));
  EXPECT_FALSE(has(configure({"-DCMAKE_BUILD_TYPE=MinSizeRel"}), "-O2"));
}

TEST_F(CProject, WithSeveralConfigurationsHasTheFlagsOfEach) {
  if (!installed("ninja")) GTEST_SKIP() << "ninja is not installed";
  const std::string command = configure({}, "Ninja Multi-Config");  // the first is Debug's
  EXPECT_EQ(command.find(" -O2 "), std::string::npos) << command;
}

TEST_F(CProject, InstallsAndExportsTheTarget) {
  configure();
  const fs::path exported = build / "CMakeFiles/Export";
  ASSERT_TRUE(fs::exists(exported));
  std::string text;
  for (const auto& [file, contents] : contents(exported)) text += contents;
  EXPECT_NE(text.find("INTERFACE_INCLUDE_DIRECTORIES \"${_IMPORT_PREFIX}/include\""), std::string::npos) << text;
  EXPECT_EQ(text.find(generated.string()), std::string::npos) << text;
}

class CProjectInOddPlace : public CProject {
 protected:
  CProjectInOddPlace() : CProject("a, (b) \xc3\xbc & c/net") {}
};

TEST_F(CProjectInOddPlace, BuildsAndRuns) {
  for (const char* generator : {"Unix Makefiles", "Ninja"}) {
    if (std::string(generator) == "Ninja" && !installed("ninja")) continue;
    fs::remove_all(build);
    configure({"-DCMAKE_CXX_FLAGS=-O0"}, generator);
    const Outcome built = run({"cmake", "--build", build});
    ASSERT_EQ(built.status, 0) << built.out << built.err;
    EXPECT_EQ(run({build / "user"}).status, 0);
    // The object depends on the file.
    fs::remove(generated / "net_weights.bin");
    EXPECT_NE(run({"cmake", "--build", build}).status, 0);
    const Outcome again =
        intaglio({"compile", small, "-o", generated, "--name", "net", "--target", "scalar", "--weights", "incbin"});
    EXPECT_EQ(again.status, 0) << again.err;
  }
}

// ---- git

TEST(CommittedFolder, IsTheSameInACloneThatConvertsLineEnds) {
  if (!installed("git")) GTEST_SKIP() << "git is not installed";
  const TemporaryFolder scratch;
  const Words command = {"compile", small,      "-o",    scratch / "repository/net", "--name", "net", "--weights",
                         "incbin",  "--target", "scalar"};
  ASSERT_EQ(intaglio(command).status, 0);
  const auto before = contents(scratch / "repository/net");
  write_file(scratch / "repository/notes.txt", "converted\n");
  const std::string home = "HOME='" + scratch.path().string() + "' GIT_CONFIG_NOSYSTEM=1";
  const auto git = [&](const char* folder, Words words) {
    const Outcome outcome = run(Words{"git", "-C", scratch / folder, "-c", "user.name=a", "-c", "user.email=a@b", "-c",
                                      "core.autocrlf=true", "-c", "core.safecrlf=false"} +
                                    words,
                                home);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out;
  };
  git("repository", {"init", "-q"});
  git("repository", {"add", "."});
  git("repository", {"commit", "-q", "-m", "network"});
  git("", {"clone", "-q", "repository", "clone"});
  EXPECT_EQ(read_file(scratch / "clone/notes.txt"), "converted\r\n");
  EXPECT_EQ(contents(scratch / "clone/net"), before);
  EXPECT_EQ(git("clone", {"status", "--porcelain"}), "");
  EXPECT_EQ(git("clone", {"check-attr", "linguist-generated", "--", "net/net.cpp"}),
            "net/net.cpp: linguist-generated: true\n");
}

// ---- names

std::string without_comments(const std::string& text) {
  std::string code;
  for (size_t at = 0; at < text.size();) {
    const std::string start = text.substr(at, 2), end = start == "//" ? "\n" : start == "/*" ? "*/" : "";
    if (end.empty()) {
      code += text[at++];
    } else {
      at = text.find(end, at + 2) + end.size();
    }
  }
  return code;
}

TEST(Identifiers, HaveNoTwoUnderscoresAndHeadersAreReachableByFolder) {
  const TemporaryFolder scratch;
  std::string bytes = read_file(small);
  const std::string input = "input.1", odd = "__i:/1_";
  for (size_t at = bytes.find(input); at != std::string::npos; at = bytes.find(input, at + odd.size()))
    bytes.replace(at, input.size(), odd);
  write_file(scratch / "a__model_.onnx", bytes);
  const Outcome outcome = intaglio({"compile", scratch / "a__model_.onnx", "-o", scratch / "out", "--selftest",
                                    "--parallel", "2", "--target", "avx2"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  static const std::set<std::string> of_compilers = {"__attribute__", "__cplusplus", "__FAST_MATH__"};
  const std::regex word("[A-Za-z_][A-Za-z0-9_]*");
  for (const char* file : {"a_model.h", "a_model.cpp", "a_model_weights.cpp", "a_model_selftest.cpp"}) {
    const std::string text = read_file(scratch / "out" / file);
    ASSERT_FALSE(text.empty()) << file;
    const std::string code = without_comments(text);
    for (auto at = std::sregex_iterator(code.begin(), code.end(), word); at != std::sregex_iterator(); ++at) {
      const std::string name = at->str();
      EXPECT_TRUE(name.find("__") == std::string::npos || of_compilers.count(name) != 0) << file << ": " << name;
    }
  }
  build_c_program(scratch / "program", R"(
#include <a_model/a_model.h>
int main(void) { return sizeof(((a_model_io *)0)->v_i_1) > 0 && A_MODEL_INPUT_V_I_1_RANK > 0 ? 0 : 1; }
)",
                  {scratch / "out"}, {});
  EXPECT_EQ(run({scratch / "program"}).status, 0);
}

}  // namespace
}  // namespace intaglio_cli
