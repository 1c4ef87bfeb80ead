// verify() of Programs accepts what lowering makes, as every test that compiles shows; here is what it must reject, one
// case per promise of program.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include "ir/program.h"
#include "ir/step_operands.h"
#include "support/error.h"

namespace intaglio {
namespace {

// A step whose operands are not listed does not compile.
struct Unlisted {
  static constexpr std::string_view name = "unlisted";
  View x, y;
};
struct Visitor {
  void reads(const auto&...) {}
  void writes(const auto&...) {}
  void weights(const auto&...) {}
  void scratch(BufferId) {}
  void in_place(const auto&, const View&) {}
};
template <class Step>
concept Listed = requires(Visitor& visitor, Step& step) {
  operands::visit(visitor, step);
};
static_assert(Listed<SoftmaxStep> && Listed<const SoftmaxStep>);
static_assert(!Listed<Unlisted>);

const Shape shape{1, 8, 2, 2};

View planar(BufferId buffer) {
  View view;
  view.buffer = buffer;
  view.shape = shape;
  return view;
}

/// x, planar -> inner, blocked with a border of one pixel -> normalised in place -> y, planar.
Program program() {
  Program result;
  result.name = "net";
  result.buffers = {{"x", BufferKind::input, ElementType::float32, 32},
                    {"inner", BufferKind::arena, ElementType::float32, 4 * 4 * 8},
                    {"scratch", BufferKind::scratch, ElementType::float32, 16},
                    {"y", BufferKind::output, ElementType::float32, 32},
                    {"more_scratch", BufferKind::scratch, ElementType::float32, 16}};
  const TensorData ones = TensorData::of<float>(Shape{8}, std::vector<float>(8, 1.0f));
  result.weights = {{"scale", ones}, {"bias", ones}};
  result.inputs = {{"x", ElementType::float32, shape, BufferId(0)}};
  result.outputs = {{"y", ElementType::float32, shape, BufferId(3)}};
  result.choices = {{KernelChoice::Of::kernel, "conv", {}, "direct"}};
  result.groups = {{"conv", 2, 1}};
  View inner = planar(BufferId(1));
  inner.layout = Layout::blocked_floats;
  inner.segments = {8};
  inner.height = inner.width = 2;
  inner.border_top = inner.border_left = inner.border_bottom = inner.border_right = 1;
  inner.pixel_stride = 8;
  inner.row_stride = 4 * 8;
  inner.block_stride = inner.image_stride = 4 * 4 * 8;
  inner.offset = inner.row_stride + inner.pixel_stride;
  result.steps = {{"first", "", RelayoutStep{planar(BufferId(0)), inner}},
                  {"norm", "", BlockedNormalizeStep{inner, inner, WeightId(0), WeightId(1), 2, 1e-5f, BufferId(2)}},
                  {"last", "", RelayoutStep{inner, planar(BufferId(3))}}};
  return result;
}

std::string problem(const Program& program) {
  try {
    verify(program);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit(), Exit::internal);
    return error.problems()[0].message;
  }
  return "";
}

RelayoutStep& first(Program& program) { return std::get<RelayoutStep>(program.steps[0].kernel); }
BlockedNormalizeStep& norm(Program& program) { return std::get<BlockedNormalizeStep>(program.steps[1].kernel); }
RelayoutStep& last(Program& program) { return std::get<RelayoutStep>(program.steps[2].kernel); }

struct Change {
  void (*change)(Program& program);
  std::string message;
};
class InvalidProgram : public testing::TestWithParam<Change> {};

TEST_P(InvalidProgram, IsRejected) {
  Program changed = program();
  ASSERT_EQ(problem(changed), "");
  GetParam().change(changed);
  EXPECT_NE(problem(changed).find(GetParam().message), std::string::npos) << problem(changed);
}

const std::vector<Change> changes = {
    {[](Program& p) { p.buffers[4].name = "scratch"; }, "two have the name 'scratch'"},
    {[](Program& p) { p.weights[1].name = "scale"; }, "two have the name 'scale'"},
    {[](Program& p) {
       p.weights.push_back({"part", {}, WeightId(0), 8});
     },
     "a weight begins outside"},
    {[](Program& p) { last(p).x.buffer = {}; }, "step 'last' (relayout): a view of nothing"},
    {[](Program& p) { first(p).x.offset = 1; }, "a view reaches outside its buffer"},
    {[](Program& p) { first(p).y.border_bottom = 2; }, "a view reaches outside its buffer"},
    {[](Program& p) { first(p).y.border_left = 2; }, "a view reaches outside its buffer"},
    {[](Program& p) { first(p).x.buffer = {}, first(p).x.weight = WeightId(0); }, "a view reaches outside its buffer"},
    {[](Program& p) { first(p).y.segments = {7}; }, "segments do not add up to the channels"},
    {[](Program& p) { norm(p).bias = WeightId(2); }, "step 'norm' (blocked_normalize): reads a weight that does not"},
    {[](Program& p) { p.steps[0].choices = {1}; }, "is part of a choice that does not exist"},
    {[](Program& p) { p.steps[0].group = 1; }, "is part of a group that does not exist"},
    {[](Program& p) { last(p).y.buffer = BufferId(0); }, "writes an input"},
    {[](Program& p) {
       p.weights[0].data = TensorData::of<float>(Shape{32}, std::vector<float>(32, 1.0f));
       last(p).y.buffer = {}, last(p).y.weight = WeightId(0);
     },
     "writes a constant"},
    {[](Program& p) { first(p).x.buffer = BufferId(3); }, "reads an output"},
    {[](Program& p) { std::swap(p.steps[0], p.steps[1]); }, "reads what nobody wrote"},
    {[](Program& p) { p.steps.pop_back(); }, "an output is never written"},
    {[](Program& p) {
       p.steps.push_back({"other", "", last(p)});
     },
     "writes an output that another layer writes"},
    {[](Program& p) { p.inputs[0].buffer = BufferId(3); }, "port 'x' is another kind of buffer"},
    {[](Program& p) { p.outputs[0].buffer = BufferId(1); }, "port 'y' is another kind of buffer"},
    {[](Program& p) { norm(p).scratch = BufferId(1); }, "works in a buffer that is no scratch"},
    {[](Program& p) {
       p.steps.push_back({"again", "", norm(p)});
     },
     "works in the scratch of another"},
    {[](Program& p) {
       p.steps[1].parts = {norm(p), norm(p)};
     },
     "works in the scratch of another"},
    {[](Program& p) { first(p).y = planar(BufferId(4)), p.buffers[4].elements = 32; }, "a view of scratch"}};
INSTANTIATE_TEST_SUITE_P(All, InvalidProgram, testing::ValuesIn(changes));

TEST(VerifyProgram, AcceptsLayersThatWriteAnOutputInSeveralSteps) {
  Program several = program();
  several.steps.push_back({"last", "", last(several)});
  EXPECT_EQ(problem(several), "");
  norm(several).scratch = BufferId(4);
  several.steps[1].parts = {norm(several), norm(several)};
  std::get<BlockedNormalizeStep>(several.steps[1].parts[1]).scratch = BufferId(2);
  EXPECT_EQ(problem(several), "");
}

}  // namespace
}  // namespace intaglio
