// Models whose names, or the names in them, mean something to C, to build systems, to file systems or to JSON.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <sstream>

#include "generated.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;

/// The files of the folder that `intaglio compile --name name` would write, without those that every model has.
Words files_of(const std::string& name) {
  const Outcome outcome = intaglio({"compile", small, "-o", "out", "--name", name, "--json", "--list-files"});
  Words files;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("out/" + name, 0) == 0 && line.rfind("out/intaglio/", 0) != 0) files.push_back(line.substr(4));
  }
  return files;
}

TEST(ModelNames, OnlyTheFileThatCollidesIsCalledOtherwise) {
  EXPECT_EQ(files_of("net"), (Words{"net.h", "net/net.h", "net.cpp", "net_weights.cpp", "net.manifest.json"}));
  EXPECT_EQ(files_of("features"), (Words{"features_model.h", "features/features_model.h", "features.cpp",
                                         "features_weights.cpp", "features.manifest.json"}));
  EXPECT_EQ(files_of("String"), (Words{"String_model.h", "String/String_model.h", "String.cpp", "String_weights.cpp",
                                       "String.manifest.json"}));
  EXPECT_EQ(files_of("int"), (Words{"int.h", "int/int.h", "int.cpp", "int_weights.cpp", "int.manifest.json"}));
  EXPECT_EQ(files_of("aux"), (Words{"aux_model.h", "aux_model/aux_model.h", "aux_model.cpp", "aux_weights.cpp",
                                    "aux_model.manifest.json"}));
  EXPECT_EQ(files_of("scsi"),
            (Words{"scsi_model.h", "scsi/scsi_model.h", "scsi.cpp", "scsi_weights.cpp", "scsi.manifest.json"}));
  EXPECT_EQ(files_of("COM1"), (Words{"COM1_model.h", "COM1_model/COM1_model.h", "COM1_model.cpp", "COM1_weights.cpp",
                                     "COM1_model.manifest.json"}));
}

TEST(ModelNames, NotesSayWhatIsCalledOtherwise) {
  const TemporaryFolder scratch;
  auto notes = [&](const std::string& name) {
    const Outcome outcome = intaglio({"compile", small, "-o", scratch / name, "--name", name});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.err;
  };
  EXPECT_EQ(notes("net"), "");
  EXPECT_EQ(notes("int"), "");
  EXPECT_EQ(notes("signal"),
            "note: header of 'signal': signal_model.h, because signal.h would hide the system's header\n");
  EXPECT_EQ(notes("test"),
            "note: CMake target of 'test': test_model, because CMake or the system has one called test\n");
  EXPECT_EQ(notes("x"), "note: macros of 'x': X_MODEL_..., because X_OK is a macro of others\n");
  EXPECT_EQ(notes("intaglio_math"),
            "note: the model is called vintaglio_math, because names of the runtime begin with intaglio\n");
  // Compiling again into a folder with other names of files works, too.
  EXPECT_EQ(notes("nul"), "note: files of 'nul': nul_model, because Windows keeps nul for a device\n");
  EXPECT_EQ(notes("nul"), "note: files of 'nul': nul_model, because Windows keeps nul for a device\n");
}

TEST(ModelNames, OfHeadersAndTargetsBuildInOneProject) {
  const TemporaryFolder scratch;
  std::string lists = "cmake_minimum_required(VERSION 3.10)\nproject(user C CXX)\nenable_testing()\n", targets;
  std::string includes =
                  "#include <features.h>\n#include <math.h>\n#include <signal.h>\n#include <stdio.h>\n"
                  "#include <string.h>\n#include <time.h>\n#include <unistd.h>\n",
              calls;
  for (const std::string name :
       {"features", "signal", "time", "string", "stdint", "test", "all", "install", "clean", "help", "m", "x", "new"}) {
    const Generated net(scratch / name, "s4_residual.ts.b4.onnx", name, "scalar");
    const nlohmann::json& interface = net.manifest()["interface"];
    const std::string target = interface.value("cmake_target", name);
    lists += "add_subdirectory(" + (scratch / name).string() + " " + name + ")\n";
    targets += " " + target;
    includes += "#include \"" + interface.value("header", name + ".h") + "\"\n";
    std::string macro = name;
    for (char& c : macro) c = static_cast<char>(std::toupper(c));
    macro = interface.value("macro_prefix", macro);
    calls += "  { static " + name + "_memory memory; static " + name + "_io io;\n    " + macro +
             "_ARENA(arena);\n    memory.arena = arena; io." + net.member("inputs", 0) + " = x; io." +
             net.member("outputs", 0) + " = y;\n    if (" + name + "_run(&memory, &io) != " + macro +
             "_OK) return 1; }\n";
  }
  write_file(scratch / "main.c", includes + "static float x[100000], y[100000];\nint main(void) {\n" + calls +
                                     "  return memcmp(x, x, strlen(\"x\")) == 0 && cos(0.0) > 0 && time(NULL) > 0 &&\n"
                                     "         signal(SIGINT, SIG_DFL) != SIG_ERR ? 0 : 2;\n}\n");
  write_file(scratch / "CMakeLists.txt",
             lists + "add_executable(user main.c)\ntarget_link_libraries(user PRIVATE" + targets + " -lm)\n");
  const Outcome configured =
      run({"cmake", "-S", scratch.path(), "-B", scratch / "build", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror"});
  ASSERT_EQ(configured.status, 0) << configured.err;
  const Outcome built = run({"cmake", "--build", scratch / "build", "--target", "user"});
  ASSERT_EQ(built.status, 0) << built.out << built.err;
  EXPECT_EQ(run({scratch / "build/user"}).status, 0);
}

TEST(ModelNames, ThatDifferInCapitalsAreIncludedTogether) {
  const TemporaryFolder scratch;
  const Generated lower(scratch / "lower", "s4_residual.ts.b4.onnx", "net", "scalar");
  const Generated upper(scratch / "upper", "s5_norm_chw.ts.onnx", "Net", "scalar");
  const std::string program = R"(
static float x[100000], y[100000];
NET_ARENA(first);
Net_ARENA(second);
int main(void) {
  net_memory memory = {first, 0};
  Net_memory Memory = {second, 0};
  net_io io = {x, y};
  Net_io Io = {x, y};
  if (sizeof first != NET_ARENA_BYTES || sizeof second != Net_ARENA_BYTES) return 3;
  if (NET_OUTPUT_0_ELEMENTS == Net_OUTPUT_0_ELEMENTS) return 4;
  return net_run(&memory, &io) != NET_OK || Net_run(&Memory, &Io) != NET_OK;
}
)";
  const Words objects = lower.build("g++", {"-O0"}) + upper.build("g++", {"-O0"});
  build_c_program(scratch / "program", "#include \"net.h\"\n#include \"Net.h\"\n" + program,
                  {lower.folder(), upper.folder()}, objects);
  EXPECT_EQ(run({scratch / "program"}).status, 0);
  // One network under both names, in the other order: whatever the macros stand for is the same.
  const Generated same(scratch / "same", "s4_residual.ts.b4.onnx", "Net", "scalar");
  build_c_program(scratch / "other", "#include \"Net.h\"\n#include \"net.h\"\nint main(void) { return 0; }\n",
                  {lower.folder(), same.folder()}, {});
}

/// A copy of a model with other bytes in place of a name of the same length.
std::string with_name(const TemporaryFolder& scratch, const std::string& file, const std::string& from,
                      const std::string& to) {
  std::string bytes = read_file(small);
  for (size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + to.size()))
    bytes.replace(at, from.size(), to);
  write_file(scratch / file, bytes);
  return scratch / file;
}

TEST(TextThatIsNotUtf8, IsEscaped) {
  const TemporaryFolder scratch;
  const std::string file = with_name(scratch, "caf\xe9.onnx", "input.1", "inp\xff\xc3.1"),
                    twice = with_name(scratch, "n\xf6.onnx", "/conv1/Conv", "/conv\xe9/Conv");
  for (const std::string& path : {file, twice}) {
    const Outcome compiled = intaglio({"compile", path, "-o", scratch / "o\xe9", "--name", "n\xe9t", "--json"});
    EXPECT_EQ(compiled.status, 0) << compiled.err;
    EXPECT_EQ(nlohmann::json::parse(compiled.out)["folder"], (scratch / "o\\xe9").string());
    const Outcome inspected = intaglio({"inspect", path, "--json"});
    EXPECT_EQ(inspected.status, 0) << inspected.err;
    EXPECT_TRUE(nlohmann::json::accept(inspected.out));
    EXPECT_EQ(intaglio({"inspect", path}).status, 0);
    fs::remove_all(scratch / "o\xe9");
  }
  EXPECT_EQ(intaglio({"compile", file, "-o", scratch / "out"}).status, 0);
  const nlohmann::json manifest = nlohmann::json::parse(read_file(scratch / "out/caf.manifest.json"));
  EXPECT_EQ(manifest["model"]["file"], "caf\\xe9.onnx");
  EXPECT_EQ(manifest["interface"]["inputs"][0]["name"], "inp\\xff\\xc3.1");
  EXPECT_EQ(manifest["interface"]["inputs"][0]["identifier"], "inp_1");
  EXPECT_NE(read_file(scratch / "out/caf.h").find("(inp\\xff\\xc3.1)"), std::string::npos);
  // The option takes the name as the model has it.
  const Outcome shaped = intaglio({"compile", file, "-o", scratch / "shaped", "--shape", "inp\xff\xc3.1=1x2"});
  EXPECT_EQ(shaped.status, 1);
  EXPECT_NE(shaped.err.find("input 'inp\\xff\\xc3.1'"), std::string::npos) << shaped.err;
}

}  // namespace
}  // namespace intaglio_cli
