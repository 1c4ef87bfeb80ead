// Planar reductions. Floats: contiguous elements by the shared sums, otherwise 8 results at a time, both with 16
// partial results and a fixed tree (docs/numerics.md). Integers: plain loops.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/contiguous.h"
#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/loop_nest.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// The loops of a reduction: over results (x and y) and over the elements of one result (x).
struct Loops {
  std::vector<LoopAxis> outer, reduced;
};

Loops loops(const ReduceStep& kernel) {
  const std::vector<int64_t> y_strides = row_major_strides(Shape(kernel.outer_extents));
  return {merged_axes(kernel.outer_extents, {kernel.outer_strides, y_strides}, "i"),
          merged_axes(kernel.reduced_extents, {kernel.reduced_strides}, "k")};
}

// ---- contiguous elements

bool is_contiguous(const ReduceStep& kernel, const Loops& loops) {
  if (kernel.kind == ReduceKind::prod) return false;
  return loops.reduced.empty() ||
         (loops.reduced.size() == 1 && loops.reduced[0].strides[x_operand] == 1 && loops.reduced[0].extent > 0);
}

std::string contiguous_function(ReduceKind kind, Emitter& emitter) {
  switch (kind) {
    case ReduceKind::max:
      return contiguous_extreme(true, emitter);
    case ReduceKind::min:
      return contiguous_extreme(false, emitter);
    case ReduceKind::l1:
      return contiguous_sum(SumTerm::magnitude, emitter);
    case ReduceKind::l2:
    case ReduceKind::sum_square:
      return contiguous_sum(SumTerm::square, emitter);
    default:
      return contiguous_sum(SumTerm::value, emitter);
  }
}

std::string render_contiguous(const ReduceStep& kernel, const Loops& loops, const std::string& comment,
                              const std::string& name, Emitter& emitter) {
  const int64_t count = steps(loops.reduced);
  std::string value = fmt::format("{}({}, {})", contiguous_function(kernel.kind, emitter),
                                  element_pointer("x", loops.outer, x_operand), count);
  if (kernel.kind == ReduceKind::mean) value += " / " + float_literal(static_cast<float>(count));
  std::string statement = fmt::format("y[{}] = {};", offset_expression(loops.outer, y_operand), value);
  if (kernel.kind == ReduceKind::l2) {
    statement = fmt::format("f32x8_store_partial({}, f32x8_sqrt(f32x8_splat({})), 1);",
                            element_pointer("y", loops.outer, y_operand), value);
  }
  return render_template("kernels/copy.cpp.tmpl", TemplateValues()
                                                      .set("comment", comment)
                                                      .set("name", name)
                                                      .set("parameters", "const float* x, float* y")
                                                      .list("loops", loop_headers(loops.outer, 1))
                                                      .set("indent", indentation(1 + loops.outer.size()))
                                                      .set("statement", statement));
}

// ---- 8 results at a time

/// How a kind takes an element `v` into a partial result, joins partial results `a` and `b` and ends with `total`.
struct VectorReduction {
  std::string identity, take, join, result;
};

VectorReduction vector_reduction(ReduceKind kind, int64_t count) {
  const std::string zero = "f32x8_zero()", add = "f32x8_add(a, b)";
  const std::string take = "f32x8_load(partial)";
  switch (kind) {
    case ReduceKind::mean:
      return {zero, "f32x8_add(" + take + ", v)", add,
              fmt::format("f32x8_div(total, f32x8_splat({}))", float_literal(static_cast<float>(count)))};
    case ReduceKind::sum:
      return {zero, "f32x8_add(" + take + ", v)", add, "total"};
    case ReduceKind::l1:
      return {zero, "f32x8_add(" + take + ", f32x8_abs(v))", add, "total"};
    case ReduceKind::l2:
      return {zero, "f32x8_fma(v, v, " + take + ")", add, "f32x8_sqrt(total)"};
    case ReduceKind::sum_square:
      return {zero, "f32x8_fma(v, v, " + take + ")", add, "total"};
    case ReduceKind::max:
      return {"f32x8_splat(-INTAGLIO_INFINITY)", "f32x8_max_nan(" + take + ", v)", "f32x8_max_nan(a, b)", "total"};
    case ReduceKind::min:
      return {"f32x8_splat(INTAGLIO_INFINITY)", "f32x8_min_nan(" + take + ", v)", "f32x8_min_nan(a, b)", "total"};
    case ReduceKind::prod:
      break;
  }
  return {"f32x8_splat(1.0f)", "f32x8_mul(" + take + ", v)", "f32x8_mul(a, b)", "total"};
}

std::string render_vectors(const ReduceStep& kernel, const Loops& loops, const std::string& comment,
                           const std::string& name) {
  std::vector<LoopAxis> outer = loops.outer;
  LoopAxis last{1, {0, 0}, "j"};  // the results that are computed side by side
  if (!outer.empty()) {
    last = outer.back();
    last.index = "j";
    outer.pop_back();
  }
  const int64_t stride = last.strides[x_operand], whole = last.extent / 8 * 8, rest = last.extent - whole;
  const int64_t partials = kernel.kind == ReduceKind::prod ? 1 : 16;
  const VectorReduction reduction = vector_reduction(kernel.kind, steps(loops.reduced));
  const std::string element = sum_expression({element_pointer("x_row", loops.reduced, x_operand), scaled("j", stride)});
  std::vector<TemplateValues> parts;
  auto part = [&](const std::string& header, const std::string& load, const std::string& store) {
    parts.push_back(TemplateValues()
                        .set("part_header", header)
                        .set("part_partials", partials)
                        .set("identity", reduction.identity)
                        .list("reduced_loops", loop_headers(loops.reduced, 3))
                        .set("reduced_indent", indentation(3 + loops.reduced.size()))
                        .set("load", load)
                        .set("take", reduction.take)
                        .flag("tree", partials > 1)
                        .set("join", reduction.join)
                        .set("store", store));
  };
  const std::string& result = reduction.result;
  if (whole > 0) {
    part(fmt::format("for (ptrdiff_t j = 0; j < {}; j += 8)", whole),
         stride == 1 ? fmt::format("f32x8_load({})", element) : fmt::format("f32x8_gather({}, {})", element, stride),
         fmt::format("f32x8_store(y_row + j, {})", result));
  }
  if (rest > 0 && stride == 1) {
    part(fmt::format("for (ptrdiff_t j = {}; j < {}; j += 8)", whole, last.extent),
         fmt::format("f32x8_load_partial({}, {})", element, rest),
         fmt::format("f32x8_store_partial(y_row + j, {}, {})", result, rest));
  } else if (rest > 0) {
    part(fmt::format("for (ptrdiff_t j = {}; j < {}; ++j)", whole, last.extent),
         fmt::format("f32x8_splat_load({})", element), fmt::format("f32x8_store_partial(y_row + j, {}, 1)", result));
  }
  return render_template("kernels/reduce.cpp.tmpl", TemplateValues()
                                                        .set("comment", comment)
                                                        .set("name", name)
                                                        .set("partials", partials)
                                                        .list("loops", loop_headers(outer, 1))
                                                        .set("x_row", element_pointer("x", outer, x_operand))
                                                        .set("y_row", element_pointer("y", outer, y_operand))
                                                        .list("parts", parts));
}

// ---- integers

/// Sums and products wrap around, as unsigned numbers do.
std::string wrapped(ElementType type, const char* a, const char* sign, const char* b) {
  const std::string name = c_type(type), bits = unsigned_c_type(type);
  return fmt::format("static_cast<{0}>(static_cast<{1}>({2}) {3} static_cast<{1}>({4}))", name, bits, a, sign, b);
}

std::string render_integers(const ReduceStep& kernel, const Loops& loops, const std::string& comment,
                            const std::string& name) {
  const ElementType type = kernel.x.type;
  std::string start = "0", taken, result = "total";
  switch (kernel.kind) {
    case ReduceKind::mean:
      taken = wrapped(type, "total", "+", "v");
      result = fmt::format("static_cast<{}>(total / {})", c_type(type), steps(loops.reduced));
      break;
    case ReduceKind::sum:
      taken = wrapped(type, "total", "+", "v");
      break;
    case ReduceKind::l1:
      taken = fmt::format("v < 0 ? {} : {}", wrapped(type, "total", "-", "v"), wrapped(type, "total", "+", "v"));
      break;
    case ReduceKind::sum_square:
      taken = wrapped(type, "total", "+", wrapped(type, "v", "*", "v").c_str());
      break;
    case ReduceKind::prod:
      start = "1", taken = wrapped(type, "total", "*", "v");
      break;
    case ReduceKind::max:
      start = lowest_literal(type), taken = "v > total ? v : total";
      break;
    case ReduceKind::min:
      start = largest_literal(type), taken = "v < total ? v : total";
      break;
    case ReduceKind::l2:
      internal_error("an L2 norm of integers reached code generation");
  }
  return render_template("kernels/reduce_integers.cpp.tmpl",
                         TemplateValues()
                             .set("comment", comment)
                             .set("name", name)
                             .set("type", c_type(type))
                             .list("loops", loop_headers(loops.outer, 1))
                             .set("start", start)
                             .list("reduced_loops", loop_headers(loops.reduced, 2))
                             .set("reduced_indent", indentation(2 + loops.reduced.size()))
                             .set("element", element_pointer("x_row", loops.reduced, x_operand))
                             .set("taken", taken)
                             .set("x_row", element_pointer("x", loops.outer, x_operand))
                             .set("target", element_pointer("y", loops.outer, y_operand))
                             .set("result", result));
}

}  // namespace

std::string render(const ReduceStep& kernel, const Step&, Emitter& emitter) {
  const Loops nest = loops(kernel);
  if (steps(nest.outer) == 0) return {};
  const bool integers = kernel.x.type != ElementType::float32;
  const std::string kind(reduce_name(kernel.kind));
  const std::string comment = fmt::format("{} -> {}: {} of {} elements each.", kernel.x.shape.text(),
                                          kernel.y.shape.text(), kind, steps(nest.reduced));
  const std::string wanted = fmt::format("reduce_{}_{}_to_{}", kind, kernel.x.shape.text(), kernel.y.shape.text());
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    if (integers) return render_integers(kernel, nest, comment, unique);
    if (is_contiguous(kernel, nest)) return render_contiguous(kernel, nest, comment, unique, emitter);
    return render_vectors(kernel, nest, comment, unique);
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.y));
}

}  // namespace intaglio
