// The harness's back half: renders cases into one C++ file, compiles and loads it, and checks memory after each run.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <utility>

#include "backend/emitter.h"
#include "kernels/harness.h"
#include "lowering/partition.h"
#include "support/files.h"
#include "support/library.h"
#include "target/host.h"

namespace intaglio::kernel_test {

namespace {

constexpr size_t guard_bytes = 256;

// ---- memory

/// Memory of one buffer or weight, NaN everywhere at first (as floats; large odd numbers as integers), guards on both
/// sides.
class GuardedMemory {
 public:
  GuardedMemory(size_t bytes, size_t misalignment)
      : bytes_(bytes), storage_(bytes + 2 * guard_bytes + 64 + misalignment) {
    const size_t address = reinterpret_cast<size_t>(storage_.data()) + guard_bytes;
    begin_ = guard_bytes + (64 - address % 64) % 64 + misalignment;
    const uint32_t nan = 0x7fc0beef;
    for (size_t i = 0; i < storage_.size(); ++i) {
      std::memcpy(&storage_[i], reinterpret_cast<const char*>(&nan) + (i - begin_) % 4, 1);
    }
  }
  std::byte* data() { return storage_.data() + begin_; }
  size_t bytes() const { return bytes_; }
  std::byte* all() { return storage_.data(); }
  size_t all_bytes() const { return storage_.size(); }
  size_t begin() const { return begin_; }

 private:
  size_t bytes_;
  std::vector<std::byte> storage_;
  size_t begin_ = 0;
};

/// Calls visit(offset in elements, row-major index) for every element of a view's tensor.
template <class Visit>
void for_each_element(const View& view, Visit visit) {
  if (!view.blocked()) {
    for (int64_t i = 0; i < view.shape.elements(); ++i) visit(view.offset + i, i);
    return;
  }
  const std::vector<int64_t> lane = channel_lanes(view);
  int64_t index = 0;
  for (int64_t n = 0; n < view.batch; ++n)
    for (int64_t c : lane)
      for (int64_t i = 0; i < view.height; ++i)
        for (int64_t j = 0; j < view.width; ++j)
          visit(view.offset + n * view.image_stride + c / lanes_per_block * view.block_stride + i * view.row_stride +
                    j * view.pixel_stride + c % lanes_per_block,
                index++);
}

/// Calls visit(offset, inside) for every lane of a blocked view, gap lanes and border included.
template <class Visit>
void for_each_lane(const View& view, Visit visit) {
  for (int64_t n = 0; n < view.batch; ++n)
    for (int64_t b = 0; b < view.blocks(); ++b)
      for (int64_t i = -view.border_top; i < view.height + view.border_bottom; ++i)
        for (int64_t j = -view.border_left; j < view.width + view.border_right; ++j)
          for (int64_t lane = 0; lane < lanes_per_block; ++lane)
            visit(view.offset + n * view.image_stride + b * view.block_stride + i * view.row_stride +
                      j * view.pixel_stride + lane,
                  i >= 0 && i < view.height && j >= 0 && j < view.width);
}

void store(const View& view, const TensorData& data, std::byte* memory) {
  const size_t size = element_size(view.type);
  if (view.blocked()) {
    for_each_lane(view, [&](int64_t offset, bool inside) {
      if (!inside) std::memset(memory + static_cast<size_t>(offset) * size, 0, size);
    });
  }
  for_each_element(view, [&](int64_t offset, int64_t index) {
    std::memcpy(memory + static_cast<size_t>(offset) * size, data.bytes().data() + static_cast<size_t>(index) * size,
                size);
  });
}

// ---- generated file

/// All cases in one file: each in a namespace of its own, entered through case_<i>(memory), memory being one pointer
/// per buffer, then per weight.
std::string render_cases(const std::vector<KernelCase>& cases, const Target& target) {
  std::string text =
      fmt::format("#include <stddef.h>\n#include <stdint.h>\n#include \"intaglio/{}\"\n", target.simd_header) +
      "#include \"intaglio/math.h\"\n#include \"intaglio/fast_math.h\"\n#include \"intaglio/border.h\"\n#include "
      "\"intaglio/convolution.h\"\nusing namespace intaglio;\n";
  for (size_t i = 0; i < cases.size(); ++i) {
    const Program& program = cases[i].program;
    std::vector<std::string> weights;
    for (const Weight& weight : program.weights) weights.push_back("w_" + weight.name);
    Emitter emitter(program, cases[i].numerics, {weights.begin(), weights.end()}, "NET_", weights);
    std::string statements;
    for (const Step& step : program.steps) statements += "  " + render_kernel(step.kernel, step, emitter) + "\n";
    text += fmt::format("\n// {}\nnamespace functions_{} {{\n", cases[i].name, i);
    for (const std::string& function : emitter.functions()) text += function + "\n";
    text += fmt::format(
        "}}\nextern \"C\" void case_{0}(void* const* memory);\nextern \"C\" void case_{0}(void* const* memory) {{\n"
        "  using namespace functions_{0};\n",
        i);
    size_t slot = 0;
    auto declare = [&](const std::string& name, ElementType type, bool constant) {
      text += fmt::format("  {0}{1}* const {2} = static_cast<{0}{1}*>(memory[{3}]);\n  (void){2};\n",
                          constant ? "const " : "", c_type(type), name, slot++);
    };
    for (const Buffer& buffer : program.buffers) declare(buffer.name, buffer.type, buffer.kind == BufferKind::input);
    for (const Weight& weight : program.weights) declare("w_" + weight.name, weight.data.type(), true);
    text += emitter.named(statements) + "}\n";
  }
  return text;
}

// ---- checks

bool same_bits_or_nan(float a, float b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

void check_elements(const KernelCase& test, const View& view, const TensorData& expected, const std::byte* memory,
                    const std::string& where) {
  ASSERT_EQ(expected.type(), view.type) << where;
  ASSERT_EQ(expected.elements(), view.shape.elements()) << where;
  const size_t size = element_size(view.type);
  double range = 0;
  if (view.type == ElementType::float32) {
    for (float value : expected.values<float>()) range = std::fmax(range, std::fabs(static_cast<double>(value)));
  }
  int64_t wrong = 0;
  for_each_element(view, [&](int64_t offset, int64_t index) {
    const std::byte* actual = memory + static_cast<size_t>(offset) * size;
    const std::byte* wanted = expected.bytes().data() + static_cast<size_t>(index) * size;
    std::string difference;
    if (view.type == ElementType::float32) {
      float a, b;
      std::memcpy(&a, actual, sizeof a);
      std::memcpy(&b, wanted, sizeof b);
      const bool close =
          std::fabs(static_cast<double>(a) - static_cast<double>(b)) <= static_cast<double>(test.tolerance) * range;
      if (!same_bits_or_nan(a, b) && !(test.tolerance > 0 && close)) difference = fmt::format("{} instead of {}", a, b);
    } else if (std::memcmp(actual, wanted, size) != 0) {
      difference = "other integer";
    }
    if (!difference.empty() && wrong++ < 3) {
      ADD_FAILURE() << where << ", element " << index << " of " << view.shape.text() << ": " << difference;
    }
  });
  EXPECT_EQ(wrong, 0) << where << ": wrong elements of " << view.shape.text();
}

/// The border of an output is zero; whatever is no output view is as it was.
void check_surroundings(const KernelCase& test, size_t buffer, GuardedMemory& memory,
                        const std::vector<std::byte>& before, const std::string& where) {
  if (test.program.buffers[buffer].kind == BufferKind::scratch) {
    EXPECT_EQ(std::memcmp(memory.all(), before.data(), memory.begin()), 0)
        << where << ": wrote in front of the scratch buffer";
    const size_t end = memory.begin() + memory.bytes();
    EXPECT_EQ(std::memcmp(memory.all() + end, before.data() + end, before.size() - end), 0)
        << where << ": wrote behind the scratch";
    return;
  }
  std::set<size_t> writable;
  for (const View& view : test.outputs) {
    if (view.buffer.index() != buffer) continue;
    const size_t size = element_size(view.type);
    auto allow = [&](int64_t offset) {
      for (size_t i = 0; i < size; ++i) writable.insert(memory.begin() + static_cast<size_t>(offset) * size + i);
    };
    if (!view.blocked()) {
      for_each_element(view, [&](int64_t offset, int64_t) { allow(offset); });
      continue;
    }
    int64_t dirty = 0;
    for_each_lane(view, [&](int64_t offset, bool inside) {
      allow(offset);
      float value;
      std::memcpy(&value, memory.data() + static_cast<size_t>(offset) * size, sizeof value);
      if (!inside && value != 0) ++dirty;
      if (!inside && std::isnan(value)) ++dirty;
    });
    EXPECT_EQ(dirty, 0) << where << ": lanes of the border that are not zero";
  }
  size_t changed = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (memory.all()[i] != before[i] && !writable.count(i)) ++changed;
  }
  EXPECT_EQ(changed, 0u) << where << ": bytes changed outside the outputs of buffer " << buffer;
}

void run_case(const KernelCase& test, void (*function)(void* const*), const std::string& target) {
  for (uint32_t round = 0; round < 2; ++round) {
    const std::string where = fmt::format("{} ({}, round {})", test.name, target, round);
    std::vector<GuardedMemory> memory;
    for (const Buffer& buffer : test.program.buffers) {
      const bool callers = buffer.kind == BufferKind::input || buffer.kind == BufferKind::output;
      memory.emplace_back(static_cast<size_t>(buffer.bytes()), callers ? element_size(buffer.type) : 0);
    }
    for (const Weight& weight : test.program.weights) {
      const TensorData data = weight.data.get();
      memory.emplace_back(data.bytes().size(), 0);
      std::memcpy(memory.back().data(), data.bytes().data(), data.bytes().size());
    }
    std::vector<TensorData> inputs;
    for (size_t i = 0; i < test.inputs.size(); ++i) {
      const uint32_t seed = round * 1000 + static_cast<uint32_t>(i) + 1;
      inputs.push_back(test.values ? test.values(test.inputs[i], seed) : random_values(test.inputs[i], seed));
      store(test.inputs[i], inputs.back(), memory[test.inputs[i].buffer.index()].data());
    }
    std::vector<std::vector<std::byte>> before;
    std::vector<void*> pointers;
    for (GuardedMemory& m : memory) {
      before.emplace_back(m.all(), m.all() + m.all_bytes());
      pointers.push_back(m.data());
    }
    function(pointers.data());
    const std::vector<TensorData> expected = test.reference(inputs);
    ASSERT_EQ(expected.size(), test.outputs.size()) << where;
    for (size_t i = 0; i < expected.size(); ++i) {
      check_elements(test, test.outputs[i], expected[i], memory[test.outputs[i].buffer.index()].data(), where);
    }
    for (size_t i = 0; i < test.program.buffers.size(); ++i) check_surroundings(test, i, memory[i], before[i], where);
  }
}

/// The same steps in parts, the last one first.
std::vector<KernelCase> in_parts(const std::vector<KernelCase>& cases, const Target& target) {
  std::vector<KernelCase> result;
  for (const KernelCase& whole : cases) {
    const int64_t tasks = 2 + std::ssize(result) % 2;
    KernelCase parts = whole;
    parts.name += fmt::format(", {} tasks", tasks);
    partition(parts.program, target, {.disabled = {Switch::task_costs}}, tasks);
    const std::vector<Step> steps = std::exchange(parts.program.steps, {});
    if (std::ranges::all_of(steps, [](const Step& step) { return step.parts.empty(); })) continue;
    for (const Step& step : steps) {
      if (step.parts.empty()) parts.step(step.kernel);
      for (auto part = step.parts.rbegin(); part != step.parts.rend(); ++part) parts.step(*part);
    }
    result.push_back(std::move(parts));
  }
  return result;
}

}  // namespace

void run(const std::vector<KernelCase>& wholes) {
  for (const Target& target : targets()) {
    if (!host_runs(target)) {
      std::printf("[  NOTE    ] this machine cannot run target %s\n", std::string(target.name).c_str());
      continue;
    }
    std::vector<KernelCase> cases = wholes;
    if (target.name == targets().front().name) {  // parts differ in their steps alone: one target will do
      for (KernelCase& parts : in_parts(wholes, target)) cases.push_back(std::move(parts));
    }
    TemporaryFolder folder;
    std::ofstream(folder / "cases.cpp") << render_cases(cases, target);
    std::string flags = "-O1 -ffreestanding -fno-exceptions -fno-rtti -I" INTAGLIO_TESTS_DIR "/../runtime";
    for (std::string_view flag : target.compile_flags) flags += fmt::format(" {}", flag);
    const testing::Library library(folder.path(), {"cases.cpp"}, flags);
    for (size_t i = 0; i < cases.size(); ++i) {
      const auto function = library.symbol<void(void* const*)>(fmt::format("case_{}", i));
      run_case(cases[i], function, std::string(target.name));
    }
  }
}

}  // namespace intaglio::kernel_test
