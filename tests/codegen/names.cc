// Values whose names become the same identifier, one that generated code uses itself, or a macro of a header around it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "backend/identifiers.h"
#include "backend/interface.h"
#include "backend/macro_names.h"
#include "planning.h"
#include "support/comparison.h"
#include "support/graphs.h"
#include "support/process.h"

namespace intaglio::testing {
namespace {

TEST(Names, ThatBecomeOneIdentifierAreToldApart) {
  const Shape shape{4, 9};
  GraphBuilder b(1);
  TensorId x = b.input("x", shape);
  for (const char* name : {"_a", "v_a", "int", "vint", "w_scale", "softmax_rows_4x9x1", "/a", "a b", "a_b"}) {
    x = b.node(name, Softmax{1}, {x}, shape);
    x = b.node(std::string(name) + "_sum", Binary{}, {x, b.constant("scale", shape)}, shape);
  }
  b.output(x);
  expect_as_interpreted(*find_target("scalar"), {{"names", b.take()}});
}

// ---- macros

/// Object-like macros, as ISO C, POSIX, CMSIS, Arduino, windows.h and the generated header itself have them.
const char* const macros[] = {
    // C, its compilers, POSIX
    "EOF", "NULL", "NAN", "INFINITY", "errno", "stdin", "M_PI", "I", "complex", "INT8_MAX", "SIGINT", "unix", "linux",
    "ECHO",
    // CMSIS and devices
    "__IO", "SCB", "DWT", "CoreDebug", "RESET", "SET", "ENABLE", "UNUSED", "GPIOA", "SCB_VTOR_TBLOFF_Pos",
    // Arduino
    "INPUT", "OUTPUT", "HIGH", "LOW", "DEFAULT", "B0", "B11111111", "PI", "A0", "PORTB",
    // windows.h
    "near", "far", "small", "interface", "IN", "OUT", "ERROR", "TRUE",
    // generated headers and the runtime
    "NET_OK", "NET_ARENA_BYTES", "NET_INPUT_X_RANK", "INTAGLIO_NAN"};
/// Function-like ones, which leave a name alone that no '(' follows, and names that are nobody's macros.
const char* const no_macros[] = {"min",   "max",    "abs",     "round",  "bit",    "F", "assert",
                                 "word",  "byte",   "boolean", "x",      "A_RANK", "a", "data",
                                 "index", "memory", "io",      "net_io", "main"};

bool is_ours(std::string_view name) { return name.starts_with("NET_") || name.starts_with("INTAGLIO_"); }

/// Defines every macro above, unless it is ours or a header has, as something that compiles nowhere.
std::string mock_headers() {
  std::string text;
  for (const char* name : macros)
    if (!is_ours(name)) text += fmt::format("#ifndef {0}\n#define {0} %({0})%\n#endif\n", name);
  for (const char* name : {"min", "max", "abs", "round", "bit", "F", "MIN"})
    text += fmt::format("#ifndef {0}\n#define {0}(a) %({0})%\n#endif\n", name);
  return text;
}

/// What a command of the shell prints.
std::string output_of(const std::string& command) {
  const Outcome outcome = run({"sh", "-c", command});
  return outcome.status == 0 ? outcome.out : "FAILED: " + command + "\n" + outcome.out + outcome.err;
}

constexpr const char* c_headers[] = {"assert", "complex", "ctype",   "errno",  "fenv",   "float",  "inttypes",
                                     "iso646", "limits",  "locale",  "math",   "setjmp", "signal", "stdalign",
                                     "stdarg", "stdbool", "stddef",  "stdint", "stdio",  "stdlib", "stdnoreturn",
                                     "string", "tgmath",  "threads", "time",   "uchar",  "wchar",  "wctype"};

std::string every_c_header() {
  std::string text;
  for (const char* name : c_headers)
    text += fmt::format("#if __has_include(<{0}.h>)\n#include <{0}.h>\n#endif\n", name);
  return text;
}

/// Inputs called like everything above, and a sum of them that passes through values called like macros.
Graph graph_of_names() {
  const Shape shape{3};
  GraphBuilder b(1);
  std::vector<TensorId> values;
  for (const auto& list : {std::vector<const char*>(std::begin(macros), std::end(macros)),
                           std::vector<const char*>(std::begin(no_macros), std::end(no_macros))}) {
    for (const char* name : list) values.push_back(b.input(name, shape));
  }
  TensorId sum = values[0];
  for (size_t i = 1; i < values.size(); ++i)
    sum = b.node(i < 3 ? std::vector{"ERANGE", "MODEL0_OK", "INTAGLIO_INFINITY"}[i] : "sum" + std::to_string(i),
                 Binary{}, {sum, values[i]}, shape);
  b.output(sum);
  return b.take();
}

TEST(Names, OfMacrosAreChangedAndNoOthers) {
  for (const char* name : macros) EXPECT_NE(is_ours(name) ? "" : safe_identifier(name), name);
  const Graph graph = graph_of_names();
  const Planned planned = lower_and_plan(graph, *find_target("scalar"), {});
  const Interface names = make_interface(planned.program, "net");
  const size_t changed = std::size(macros);
  EXPECT_EQ(names.notes.size(), changed - 1);  // __IO is none of C's names, like a name with a slash
  for (size_t i = 0; i < names.inputs.size(); ++i) {
    const std::string& name = graph[graph.inputs[i]].name;
    const std::string plain = plain_identifier(name);  // of __IO, v_IO
    EXPECT_EQ(names.inputs[i], i < changed && plain == name ? "v" + name : plain);
  }
  EXPECT_EQ(names.notes[0], "input 'EOF' is called vEOF in net_io: EOF is a macro of the C library");
}

TEST(Names, OfMacrosCompileBehindTheHeadersThatDefineThem) {
  const Graph graph = graph_of_names();
  const Planned planned = lower_and_plan(graph, *find_target("scalar"), {});
  GenerateOptions as;
  as.name = "net";
  const Interface names = make_interface(planned.program, "net");
  const TemporaryFolder folder;
  write_file(folder / "net.h", render_header(planned.program, planned.arena, names, as));
  std::string program =
      every_c_header() + mock_headers() +
      "#include \"net.h\"\nvoid set(net_io *io);\nvoid set(net_io *io) {\n  static const float input[3];\n";
  for (const std::string& member : names.inputs) program += fmt::format("  io->{} = input;\n", member);
  for (const std::string& member : names.inputs)
    program += fmt::format("  (void)sizeof(NET_INPUT_{0}_TYPE[NET_INPUT_{0}_RANK]);\n", upper_case(member));
  program += "}\n";
  const std::string check = folder / "check.c";
  write_file(check, program);
  EXPECT_EQ(output_of(fmt::format("cc -std=gnu11 -fsyntax-only -Wall -Wextra -pedantic -Werror {} 2>&1", check)), "");
  EXPECT_EQ(
      output_of(fmt::format("cc -std=c99 -fsyntax-only -Wall -Wextra -pedantic -Werror -Wno-error=pedantic {} 2>&1 "
                            "| grep -i error || true",
                            check)),
      "");
  EXPECT_EQ(output_of(fmt::format("c++ -std=c++11 -x c++ -fsyntax-only -fpermissive -w {} 2>&1 | grep -i error || true",
                                  check)),
            "");
}

TEST(Names, OfMacrosComputeTheSame) {
  const TemporaryFolder folder;
  const std::string include = folder / "around.h";
  write_file(include,
             "#include <errno.h>\n#include <math.h>\n#include <signal.h>\n#include <stdint.h>\n#include <stdio.h>\n" +
                 mock_headers() + "#undef near\n#undef far\n");  // the runtime's own locals have these names
  expect_as_interpreted(*find_target("scalar"), {{"names", graph_of_names()}},
                        {.cxx_flags = "-O1 -include " + include});
}

TEST(Names, EveryMacroOfTheCompilersHeadersIsKnown) {
  const TemporaryFolder folder;
  const std::string file = folder / "all.c";
  write_file(file, every_c_header());
  std::istringstream lines(output_of("cc -std=c11 -dM -E " + file));
  size_t found = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string define, name;
    words >> define >> name;
    if (define != "#define" || name.find('(') != std::string::npos || name[0] == '_') continue;
    ++found;
    EXPECT_TRUE(is_keyword(name) || !foreign_macro(name).empty()) << name;
  }
  EXPECT_GT(found, 300u);
}

// ---- names that the generated source uses

TEST(Names, OfTheRunFunctionsLocals) {
  const Shape shape{4, 9};
  for (const int64_t tasks : {1, 2}) {
    GraphBuilder b(1);
    TensorId x = b.input("x", shape);
    for (const char* name : {"job",
                             "data",
                             "part",
                             "step",
                             "memory",
                             "io",
                             "arena",
                             "parallel",
                             "status",
                             "model0_run",
                             "model0_weights_data",
                             "model0_weights",
                             "model0_prepared",
                             "weights",
                             "prepared",
                             "model0_step_job",
                             "model0_part",
                             "model0_parts",
                             "model0_steps",
                             "model0_weights_scale",
                             "w_scale",
                             "in_x"}) {
      x = b.node(name, Softmax{1}, {x}, shape);
      x = b.node(std::string(name) + "_sum", Binary{}, {x, b.constant("scale", shape)}, shape);
    }
    b.output(x);
    expect_as_interpreted(*find_target("scalar"), {{"names", b.take()}},
                          {.disabled = {Switch::task_costs}, .tasks = tasks});
  }
}

TEST(Names, OfOutputsLikeTheTablesOfTheSelfTest) {
  const Shape shape{2};
  GraphBuilder b(1);
  const TensorId x = b.input("x", shape);
  for (const char* name : {"y", "y_positions", "y_values", "y_expected_values"})
    b.output(b.node(name, Softmax{0}, {x}, shape));
  const Planned planned = lower_and_plan(b.take(), *find_target("scalar"), {});
  SelfTest test;
  test.outputs.assign(4, {{0}, TensorData::of<float>(Shape{1}, std::vector<float>{0.5f}), 1});
  GenerateOptions as;
  as.name = "net";
  as.self_test = test;
  const Interface names = make_interface(planned.program, "net");
  const TemporaryFolder folder;
  write_file(folder / "net.h", render_header(planned.program, planned.arena, names, as));
  const std::string file = folder / "net_selftest.cpp";
  write_file(file, render_self_test(planned.program, names, as));
  EXPECT_EQ(output_of(fmt::format("c++ -std=c++11 -fsyntax-only -Wall -Wextra -pedantic -Werror {} 2>&1", file)), "");
}

TEST(Names, OfGeneratedMacrosNeverMeet) {
  const Shape shape{2};
  GraphBuilder b(1);
  TensorId x = b.input("0", shape);
  for (const char* name : {"A", "A_RANK", "a_shape", "0_RANK", "S", "INPUT_A", "a", "RANK", "0_0"})
    x = b.node(std::string("sum_") + name, Binary{}, {x, b.input(name, shape)}, shape);
  b.output(x);
  const Planned planned = lower_and_plan(b.take(), *find_target("scalar"), {});
  std::istringstream header(
      render_header(planned.program, planned.arena, make_interface(planned.program, "net"), {.name = "net"}));
  std::set<std::string> defined;
  for (std::string line; std::getline(header, line);) {
    std::istringstream words(line);
    std::string define, name;
    words >> define >> name;
    if (define == "#define") {
      EXPECT_TRUE(defined.insert(name).second) << name;
    }
  }
  EXPECT_GT(defined.size(), 80u);
}

TEST(Names, AnOutputListedTwiceIsWrittenTwice) {
  const Shape shape{4, 9};
  GraphBuilder b(1);
  const TensorId x = b.input("x", shape);
  const TensorId y = b.node("y", Softmax{1}, {x}, shape);
  b.output(y);
  b.output(y);
  b.output(x);
  b.output(x);
  ASSERT_EQ(b.graph().outputs.size(), 4u);
  expect_as_interpreted(*find_target("scalar"), {{"outputs listed twice", b.take()}});
}

}  // namespace
}  // namespace intaglio::testing
