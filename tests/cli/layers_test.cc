// `intaglio verify --layers` finds a broken kernel: generated code is damaged between generation and build, one kernel
// at a time, and the first value that the kernel computes is named.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "generated.h"

namespace intaglio_cli {
namespace {

/// A C++ compiler that lets the kernel called in the step with the comment "// STEP" return at once, before it
/// compiles. What it has broken stands in the file `broken`.
const char* const breaking_compiler = R"(#!/bin/sh
for file in *.cpp; do
  kernel=$(awk -v step="  // $STEP" 'index($0, step) == 1 { found = NR } found && NR == found + 2 { sub(/\(.*/, ""); print $1 }' "$file")
  [ -n "$kernel" ] || continue
  awk -v name=" $kernel(" '
    /^static / && index($0, name) { inside = 1 }
    inside && /\{$/ { sub(/\{$/, "{ return;"); inside = 0 }
    { print }' "$file" >edited && mv edited "$file"
  echo "$file $kernel" >>"$BROKEN"
done
exec c++ "$@"
)";

struct BrokenStep {
  std::string model, step, first_difference;
};

void PrintTo(const BrokenStep& broken, std::ostream* stream) { *stream << broken.model << ", " << broken.step; }

class Layers : public testing::TestWithParam<BrokenStep> {};

TEST_P(Layers, NameTheFirstValueOfABrokenKernel) {
  const auto& [model_file, step, first_difference] = GetParam();
  const TemporaryFolder scratch;
  write_file(scratch / "compiler", breaking_compiler);
  std::filesystem::permissions(scratch / "compiler", std::filesystem::perms::owner_all);
  const std::string setting = "BROKEN='" + (scratch / "broken").string() + "' STEP='" + step + "'";
  const Outcome outcome =
      intaglio({"verify", model(model_file), "--layers", "--target", runs_here("avx2") ? "avx2" : "portable",
                "--cxxflags", "-O1", "--cxx", scratch / "compiler"},
               setting);
  const std::string broken = read_file(scratch / "broken");
  ASSERT_NE(broken.find("layers.cpp "), std::string::npos) << "the generated code has no step '" << step << "'";
  EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
  EXPECT_NE(outcome.out.find("\nfirst difference: '" + first_difference + "' "), std::string::npos)
      << outcome.out << broken;
  EXPECT_NE(outcome.out.find("\nNOT verified\n"), std::string::npos) << outcome.out;
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, Layers,
    testing::Values(BrokenStep{"s4_residual.ts.b4.onnx", "conv1: Conv", "/Relu_output_0"},
                    BrokenStep{"s4_residual.ts.b4.onnx", "conv2: Conv", "/conv2/Conv_output_0"},
                    BrokenStep{"s4_residual.ts.b4.onnx", "conv3: Conv", "24"},
                    BrokenStep{"resnet18.ts.onnx", "layer3.0.conv1: Conv", "/layer3/layer3.0/relu/Relu_output_0"},
                    BrokenStep{"ghostnet_100.ts.onnx", "blocks.1.conv_dw.0: Conv",
                               "/blocks/blocks.1/conv_dw/conv_dw.0/Conv_output_0"},
                    BrokenStep{"ghostnet_100.ts.onnx", "blocks.3.se: mul", "/blocks/blocks.3/se/Mul_output_0"}),
    [](const auto& info) {
      std::string name = info.param.model.substr(0, info.param.model.find('.')) + "_" +
                         info.param.step.substr(0, info.param.step.find(':'));
      for (char& c : name) c = c == '.' ? '_' : c;
      return name;
    });

}  // namespace
}  // namespace intaglio_cli
