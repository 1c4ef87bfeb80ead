// What ir/step_operands.h says of every kind of step is what its generated call names: no weight or buffer is missing
// in the list, none is too many, and every weight of a program belongs to a step.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "backend/emitter.h"
#include "ir/traffic.h"
#include "ir/verify.h"
#include "lowering/lower.h"
#include "lowering/region_rows.h"
#include "support/graphs.h"

namespace intaglio::testing {
namespace {

constexpr int64_t channels = 64;
const Shape image{1, channels, 12, 12};
const Window one{{1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
const Window three{{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
const Window two{{2, 2}, {2, 2}, {1, 1}, {0, 0}, {0, 0}};

using Middle = std::function<TensorId(GraphBuilder& b, TensorId x)>;

/// `middle` of a graph input.
Graph planar(const Shape& shape, const Middle& middle) {
  GraphBuilder b(1);
  b.output(middle(b, b.input("x", shape)));
  return b.take();
}

/// `middle` between layers that make it blocked.
Graph blocked(const Middle& middle) {
  return planar({1, 3, 12, 12}, [&](GraphBuilder& b, TensorId x) {
    return b.conv(middle(b, b.conv(x, channels, one, 1)), channels, three, 1);
  });
}

Graph max_pool_with_indices() {
  GraphBuilder b(1);
  const TensorId x = b.input("x", {1, 2, 4, 4});
  const TensorId y = b.graph().add_tensor("y", ElementType::float32, {1, 2, 2, 2}),
                 indices = b.graph().add_tensor("indices", ElementType::int64, {1, 2, 2, 2});
  b.graph().add_node({"/pool", "pool", Pool{PoolKind::max, two}, {x}, {y, indices}});
  b.output(y);
  b.output(indices);
  return b.take();
}

std::vector<Graph> graphs() {
  std::vector<Graph> list;
  Epilogue add;
  add.residual = true;
  auto constant = [](GraphBuilder& b, const char* name, Shape shape) { return b.constant(name, std::move(shape)); };
  for (const auto& [window, group] :
       std::vector<std::pair<Window, int64_t>>{{one, 1}, {three, 1}, {three, channels}, {three, 32}})
    list.push_back(blocked([&](GraphBuilder& b, TensorId x) { return b.conv(x, channels, window, group, add, x); }));
  list.push_back(blocked([&](GraphBuilder& b, TensorId x) {  // groups that fill no blocks
    return b.conv(b.conv(b.conv(x, 60, one, 1), 60, three, 12), channels, one, 1);
  }));
  list.push_back(blocked([&](GraphBuilder& b, TensorId x) {
    return b.node("pool", Pool{PoolKind::max, three}, {x}, image);
  }));
  list.push_back(blocked([&](GraphBuilder& b, TensorId x) {
    const TensorId mean = b.node("mean", Reduce{ReduceKind::mean, {2, 3}}, {x}, {1, channels, 1, 1});
    const TensorId gated = b.node("gated", Binary{BinaryKind::mul}, {x, mean}, image);
    return b.node("shifted", Binary{BinaryKind::add}, {gated, constant(b, "shift", {channels, 1, 1})}, image);
  }));
  list.push_back(blocked([&](GraphBuilder& b, TensorId x) {
    const TensorId half = b.node("half", Slice{{0, 0, 0, 0}, {1, 1, 2, 2}}, {x}, {1, channels, 6, 6});
    Resize linear;
    linear.mode = ResizeMode::linear;
    return b.node("whole", linear, {half}, image);
  }));
  list.push_back(blocked([&](GraphBuilder& b, TensorId x) {
    return b.node("norm", GroupNorm{8}, {x, constant(b, "scale", {channels}), constant(b, "bias", {channels})}, image);
  }));
  list.push_back(blocked([&](GraphBuilder& b, TensorId x) { return b.conv_transpose(x, channels, two, 1); }));
  list.push_back(planar({1, 20}, [&](GraphBuilder& b, TensorId x) {
    return b.node("gemm", Gemm{}, {x, constant(b, "weights", {20, 10}), constant(b, "bias", {10})}, {1, 10});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    const TensorId y = b.node("transposed", Transpose{{0, 2, 1}}, {x}, {2, 4, 3});
    return b.node("product", MatMul{}, {x, y}, {2, 3, 3});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    return b.node("padded", Pad{PadMode::reflect, {1, 0, 1}, {0, 1, 2}}, {x}, {3, 4, 7});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    return b.node("sum", Reduce{ReduceKind::sum, {1}}, {x}, {2, 1, 4});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    const TensorId largest = b.node("largest", ArgReduce{true, 2}, {x}, {2, 3, 1}, ElementType::int64);
    return b.node("rows", Gather{0}, {x, largest}, {2, 3, 1, 3, 4});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    return b.node("softmax", Softmax{2}, {x}, {2, 3, 4});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    return b.node("norm", LayerNorm{2}, {x, constant(b, "scale", {4}), constant(b, "bias", {4})}, {2, 3, 4});
  }));
  list.push_back(planar({2, 3, 4}, [&](GraphBuilder& b, TensorId x) {
    return b.node(
        "norm", BatchNorm{},
        {x, constant(b, "scale", {3}), constant(b, "bias", {3}), b.input("mean", {3}), b.input("variance", {3})},
        {2, 3, 4});
  }));
  list.push_back(planar({1, 2, 4, 4}, [&](GraphBuilder& b, TensorId x) {
    Resize cubic;
    cubic.mode = ResizeMode::cubic;
    return b.node("wide", cubic, {x}, {1, 2, 4, 9});
  }));
  list.push_back(max_pool_with_indices());
  return list;
}

std::set<std::string> words(const std::string& text) {
  std::set<std::string> result;
  std::string word;
  for (char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
    } else {
      result.insert(word);
      word.clear();
    }
  }
  return result;
}

template <size_t... I>
std::set<std::string_view> all_kernel_names(std::index_sequence<I...>) {
  return {std::variant_alternative_t<I, Kernel>::name...};
}

TEST(StepOperands, AreWhatGeneratedCallsName) {
  Target target = *find_target("avx2");
  target.fma_per_cycle = 1;  // so that small layers, too, may use Strassen's products
  LoweringOptions options;
  options.tuning = {{"conv 3x3 64 -> 64 at 12x12 + residual", "winograd 4x4 tiles 9"},
                    {"conv 1x1 64 -> 64 at 12x12 + residual", "strassen pairs 72"}};
  std::set<std::string_view> kernels;
  for (const Graph& graph : graphs()) {
    verify(graph);
    Program program = lower(graph, target, options);
    choose_region_rows(program);  // planning does so after bands; renderers need it
    std::vector<std::string> weights;
    for (const Weight& weight : program.weights) weights.push_back("w_" + weight.name);
    Emitter emitter(program, Numerics::fast, {weights.begin(), weights.end()}, "TEST_", weights);
    std::vector<bool> weight_read(program.weights.size(), false);
    for (const Step& step : program.steps) {
      kernels.insert(kernel_name(step.kernel));
      const Accesses used = accesses(step);
      const std::set<std::string> named = words(render_kernel(step.kernel, step, emitter));
      std::set<std::string> listed, expected;
      for (const auto* views : {&used.reads, &used.writes}) {
        for (const View* view : *views) {
          listed.insert(view->buffer ? program[view->buffer].name : "w_" + program[view->weight].name);
          if (view->weight) weight_read[view->weight.index()] = true;
        }
      }
      for (BufferId scratch : used.scratch) listed.insert(program[scratch].name);
      for (WeightId weight : used.weights) {
        listed.insert("w_" + program[weight].name);
        weight_read[weight.index()] = true;
      }
      for (const Buffer& buffer : program.buffers) {
        if (named.count(buffer.name)) expected.insert(buffer.name);
      }
      for (const Weight& weight : program.weights) {
        if (named.count("w_" + weight.name)) expected.insert("w_" + weight.name);
      }
      EXPECT_EQ(listed, expected) << kernel_name(step.kernel) << " " << step.comment;
    }
    for (size_t i = 0; i < program.weights.size(); ++i)
      EXPECT_TRUE(weight_read[i]) << "no step reads " << program.weights[i].name;
  }
  EXPECT_EQ(kernels, all_kernel_names(std::make_index_sequence<std::variant_size_v<Kernel>>()));
}

int64_t weight_bytes(const Graph& graph, std::string_view kernel) {
  const Program program = lower(graph, *find_target("avx2"), {});
  for (const Step& step : program.steps) {
    if (kernel_name(step.kernel) == kernel) return traffic(program, step.kernel).weights;
  }
  return -1;
}

TEST(Traffic, CountsEveryWeight) {
  const Graph norm = blocked([&](GraphBuilder& b, TensorId x) {
    const TensorId y = b.conv(x, 8, one, 1);
    return b.node("norm", GroupNorm{2}, {y, b.constant("scale", {8}), b.constant("bias", {8})}, {1, 8, 12, 12});
  });
  EXPECT_EQ(weight_bytes(norm, "blocked_normalize"), 64);  // a float per lane each
  const Graph resize = blocked([&](GraphBuilder& b, TensorId x) {
    Resize linear;
    linear.mode = ResizeMode::linear;
    return b.node("wide", linear, {x}, {1, channels, 12, 20});
  });
  EXPECT_EQ(weight_bytes(resize, "blocked_resize"), (12 + 20) * 2 * (4 + 4));  // two sources and two weights each
}

}  // namespace
}  // namespace intaglio::testing
