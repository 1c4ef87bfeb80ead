// CMake projects that have a network of their own through intaglio_add_model (tests/consumers): with the installed package and
// with Intaglio as a part of the project. The test sanitized_compiler_builds is one more: a project that builds Intaglio itself.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

const fs::path sources = fs::path(INTAGLIO_TESTS_DIR).parent_path();

/// Copies of the projects in a folder with Intaglio installed beside them.
class Consumer : public testing::Test {
 protected:
  Consumer() {
    fs::copy(sources / "tests/consumers", scratch.path(), fs::copy_options::recursive);
    fs::copy_file(small, scratch / "c_only/net.onnx");
    fs::copy_file(small, scratch / "several/net.onnx");
    fs::copy_file(model("s5_norm_chw.ts.onnx"), scratch / "several/scores.onnx");
    const Outcome installed = run({INTAGLIO_CMAKE, "--install", INTAGLIO_BUILD_DIR, "--prefix", scratch / "prefix"});
    EXPECT_EQ(installed.status, 0) << installed.err;
  }

  Outcome try_to_configure(const std::string& project, const Words& options = {}) const {
    return run(Words{INTAGLIO_CMAKE, "-S", scratch / project, "-B", build, "-Wno-dev", "-DCMAKE_C_FLAGS=-O0",
                     "-DCMAKE_CXX_FLAGS=-O0"} +
                   options,
               "env -u CXXFLAGS -u CFLAGS -u CMAKE_GENERATOR");
  }

  void configure(const std::string& project, const Words& options = {}) const {
    const Outcome outcome = try_to_configure(project, options);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }

  /// What building says.
  std::string make() const {
    const Outcome outcome = run({INTAGLIO_CMAKE, "--build", build});
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.err.find("warning"), std::string::npos) << outcome.err;
    return outcome.out;
  }

  static bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

  const TemporaryFolder scratch;
  const fs::path build = scratch / "build";
  const std::string with_package = "-DCMAKE_PREFIX_PATH=" + (scratch / "prefix").string();
};

class ConsumerInC : public Consumer, public testing::WithParamInterface<const char*> {};

TEST_P(ConsumerInC, GeneratesAtBuildTimeAndOnlyWhenSomethingChanged) {
  if (std::string(GetParam()) == "Ninja" && !installed("ninja")) GTEST_SKIP() << "ninja is not installed";
  const Words options = {"-G", GetParam(), with_package};
  // Configuring compiles nothing: the model may come from the build itself.
  fs::rename(scratch / "c_only/net.onnx", scratch / "net.onnx");
  configure("c_only", options);
  EXPECT_FALSE(fs::exists(build / "intaglio/net/net"));
  fs::rename(scratch / "net.onnx", scratch / "c_only/net.onnx");
  EXPECT_TRUE(says(make(), "Compiling net.onnx"));
  EXPECT_EQ(run({build / "user"}).status, 0);

  const auto nothing = [](const std::string& log) { return !says(log, "Compiling") && !says(log, "Building"); };
  EXPECT_TRUE(nothing(make()));

  // The model was written: generated again, to the same files, so next to nothing is compiled.
  fs::last_write_time(scratch / "c_only/net.onnx", fs::file_time_type::clock::now());
  std::string log = make();
  EXPECT_TRUE(says(log, "Compiling net.onnx") && !says(log, "net.cpp.o") && !says(log, "main.c.o")) << log;
  EXPECT_TRUE(nothing(make()));
  // A new model.
  fs::copy_file(model("s5_norm_chw.ts.onnx"), scratch / "c_only/net.onnx", fs::copy_options::overwrite_existing);
  log = make();
  EXPECT_TRUE(says(log, "Compiling net.onnx") && says(log, "net.cpp.o") && says(log, "main.c.o")) << log;
  EXPECT_TRUE(nothing(make()));
  EXPECT_EQ(run({build / "user"}).status, 0);
  // Other options.
  configure("c_only", {"-DOPTIONS=--weights;incbin"});
  EXPECT_TRUE(says(make(), "Compiling net.onnx"));
  EXPECT_TRUE(fs::exists(build / "intaglio/net/net/net_weights.bin"));
  EXPECT_TRUE(nothing(make()));
  // Another program.
  fs::last_write_time(scratch / "prefix/bin/intaglio", fs::file_time_type::clock::now());
  EXPECT_TRUE(says(make(), "Compiling net.onnx"));
  EXPECT_TRUE(nothing(make()));
}

INSTANTIATE_TEST_SUITE_P(, ConsumerInC, testing::Values("Unix Makefiles", "Ninja"),
                         [](const auto& info) { return std::string(info.param) == "Ninja" ? "Ninja" : "Make"; });

TEST_F(Consumer, HasSeveralNetworksInASharedLibraryWithLinkTimeOptimisationAndExportsThem) {
  configure("several", {with_package});
  EXPECT_TRUE(says(make(), "net_scores"));
  EXPECT_EQ(run({build / "user"}).status, 0);
  const Outcome outcome = run({INTAGLIO_CMAKE, "--install", build, "--prefix", scratch / "installed"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(run({scratch / "installed/bin/user"}).status, 0);

  fs::remove_all(build);
  fs::remove_all(scratch / "several");
  fs::remove_all(scratch / "prefix");
  configure("importer", {"-DCMAKE_PREFIX_PATH=" + (scratch / "installed").string()});
  make();
  EXPECT_EQ(run({build / "user"}).status, 0);
}

class CrossConsumer : public Consumer {
 protected:
  void SetUp() override {
    if (!installed("aarch64-linux-gnu-g++") || !installed("qemu-aarch64"))
      GTEST_SKIP() << "g++-aarch64-linux-gnu or qemu-user is not installed";
  }
  void expect_builds_and_runs() const {
    EXPECT_TRUE(says(make(), "Compiling"));
    EXPECT_NE(run({build / "user"}).status, 0);
    EXPECT_EQ(run({"qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", build / "user"}).status, 0);
  }
  const std::string toolchain = "-DCMAKE_TOOLCHAIN_FILE=" + (scratch / "aarch64.cmake").string(),
                    program_of_host = "-DINTAGLIO_EXECUTABLE=" + program(),
                    as_part = "-DINTAGLIO_SOURCES=" + sources.string(), of_model = "-DMODEL=" + small,
                    place = "-Dintaglio_DIR=" + (scratch / "prefix/lib/cmake/intaglio").string();
};

TEST_F(CrossConsumer, TakesTheHostsPackage) {
  configure("c_only", {toolchain, place});
  expect_builds_and_runs();
}

TEST_F(CrossConsumer, TakesTheHostsProgramInsteadOfOneForTheTarget) {
  const Outcome outcome = try_to_configure("subproject", {toolchain, as_part, of_model});
  EXPECT_NE(outcome.status, 0);
  EXPECT_TRUE(says(outcome.err, "-DINTAGLIO_EXECUTABLE=")) << outcome.err;
  configure("subproject", {toolchain, as_part, of_model, program_of_host});
  expect_builds_and_runs();
  // The package of a folder for the target.
  fs::remove_all(build);
  fs::remove(scratch / "prefix/bin/intaglio");
  configure("c_only", {toolchain, program_of_host, place});
  expect_builds_and_runs();
}

// ---- other build systems, as docs/building.md says

class Recipe : public testing::Test {
 protected:
  /// The first block of the language in the document becomes `file` in a folder with a model and a program.
  Recipe(const std::string& language, const char* file) {
    const std::string text = read_file(sources / "docs/building.md"), fence = "```" + language + "\n";
    const size_t begin = text.find(fence) + fence.size();
    write_file(scratch / file, text.substr(begin, text.find("```", begin) - begin));
    fs::copy_file(small, scratch / "net.onnx");
    fs::copy_file(sources / "tests/consumers/c_only/main.c", scratch / "main.cpp");
  }

  std::string make(const Words& command) const {
    const std::string path = fs::path(program()).parent_path().string();
    const Outcome outcome =
        run(command, "cd " + scratch.path().string() + " && env -u CXXFLAGS PATH=" + path + ":\"$PATH\"");
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    return outcome.out;
  }

  void expect_to_generate_when_the_model_changes(const Words& command, const std::string& binary) const {
    EXPECT_NE(make(command).find("net: 5 steps"), std::string::npos);
    if (runs_here("avx2")) {
      EXPECT_EQ(run({scratch / binary}).status, 0);
    }
    EXPECT_EQ(make(command).find("steps"), std::string::npos);
    fs::last_write_time(scratch / "net.onnx", fs::file_time_type::clock::now());
    EXPECT_NE(make(command).find("net: 5 steps"), std::string::npos);
    EXPECT_EQ(make(command).find("steps"), std::string::npos);
  }

  const TemporaryFolder scratch;
};

struct MakeRecipe : Recipe {
  MakeRecipe() : Recipe("make", "Makefile") {}
};
TEST_F(MakeRecipe, GeneratesWhenTheModelChanges) { expect_to_generate_when_the_model_changes({"make"}, "program"); }

struct MesonRecipe : Recipe {
  MesonRecipe() : Recipe("meson", "meson.build") {}
};
TEST_F(MesonRecipe, GeneratesWhenTheModelChanges) {
  if (!installed("meson") || !installed("ninja")) GTEST_SKIP() << "meson or ninja is not installed";
  make({"meson", "setup", "build"});
  expect_to_generate_when_the_model_changes({"ninja", "-C", "build"}, "build/program");
}

// ---- calls; no project is needed to see what they refuse and how they compile

/// What CMake says, on one line: it breaks lines where it likes.
std::string said_by_cmake(const Words& options) {
  std::string words;
  for (const char c : run(Words{INTAGLIO_CMAKE} + options).err)
    if ((c != ' ' && c != '\n') || !words.ends_with(' ')) words += c == '\n' ? ' ' : c;
  return words;
}

/// What CMake says to a script that has the function.
std::string script(const std::string& text, const Words& options = {}) {
  const TemporaryFolder scratch;
  const std::string module = (sources / "cmake/intaglio-model.cmake").string();
  write_file(scratch / "script.cmake", "include(" + module + ")\nset(CMAKE_CXX_COMPILER_LOADED 1)\n" + text + "\n");
  return said_by_cmake(options + Words{"-P", scratch / "script.cmake"});
}

TEST(AddModel, SaysWhatIsWrongWithACall) {
  const auto expect_error = [&](const std::string& call, const std::string& message) {
    const std::string words = script(call);
    EXPECT_NE(words.find(message), std::string::npos) << words;
  };
  expect_error("intaglio_add_model(TARGET net)", "TARGET or MODEL is missing");
  expect_error("intaglio_add_model(TARGET net MODEL net.onnx ISA avx2)", "this has no place: ISA");
  expect_error("intaglio_add_model(TARGET net MODEL net.onnx TARGET_ISA avx3)",
               "there is no TARGET_ISA avx3; known: portable, avx2");
  expect_error("intaglio_add_model(TARGET net MODEL net.onnx NAME a__b)", "a__b cannot begin the names of functions");
  expect_error("intaglio_add_model(TARGET 1net MODEL net.onnx)", "1net cannot begin the names of functions");
  expect_error("intaglio_add_model(TARGET net MODEL net.onnx OPTIONS --target=avx2)",
               "--target=avx2 has no place in OPTIONS");
}

TEST(AddModel, SaysWhenThereIsNoProgram) {
  for (const std::string path : {"/no/intaglio", "bin/intaglio", "/usr"}) {
    const std::string words = script("", {"-DINTAGLIO_EXECUTABLE=" + path});
    EXPECT_NE(words.find("INTAGLIO_EXECUTABLE is no program: " + path), std::string::npos) << words;
  }
}

TEST(AddModel, SaysWhenFilesGetOtherNames) {
  const std::string words =
      said_by_cmake({"-DFOLDER=/no/con", "-DNAME=con", "-P", sources / "cmake/intaglio-stamp.cmake"});
  EXPECT_NE(words.find("Give intaglio_add_model another NAME"), std::string::npos) << words;
}

TEST(AddModel, CompilesWithTheFlagsOfTheTargets) {
  const std::string words = script(R"(
get_property(targets GLOBAL PROPERTY INTAGLIO_TARGETS)
foreach(target IN LISTS targets)
  get_property(flags GLOBAL PROPERTY INTAGLIO_FLAGS_${target})
  list(JOIN flags " " flags)
  message("${target}: ${flags}")
endforeach())");
  std::string expected;
  for (const nlohmann::json& target : nlohmann::json::parse(intaglio({"targets", "--json"}).out)) {
    expected += target["name"].get<std::string>() + ": ";
    for (const std::string flag : target["compile_flags"]) expected += flag + " ";
  }
  EXPECT_EQ(words, expected);
}

}  // namespace
}  // namespace intaglio_cli
