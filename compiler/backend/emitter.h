// Collects the functions of one generated source file while steps are rendered, and names what they refer to.
//
// Each kernel family has a file render_<family>.cc with one function
//     std::string render(const FamilyStep& kernel, const Step& step, Emitter& emitter);
// which computes the values of templates/kernels/<family>.cpp.tmpl, interns the functions it needs and returns the
// statements that stand for the step in the run function (usually one call).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/numerics.h"
#include "ir/program.h"

namespace intaglio {

class Emitter {
 public:
  /// `own_names`: identifiers of the file that locals must not hide. `macros`: how the model's macros begin.
  /// `weights`: by weight, the expression for a pointer to what kernels read.
  Emitter(const Program& program, Numerics numerics, std::set<std::string> own_names, const std::string& macros,
          std::vector<std::string> weights);

  /// Returns what stands for the name of a function (or table) with the text that `render(name)` gives, adding it to the
  /// file the first time. Equal texts share one function. `wanted_name` is its name if no other function wants it, else
  /// a hash of the text tells them apart: `named` puts names in when all functions are known.
  std::string function(const std::string& wanted_name,
                       const std::function<std::string(const std::string& name)>& render);

  /// C++ expression for a pointer to the view's first element: "layer1_conv1 + 128". An internal error unless it is
  /// listed as an operand of some step (ir/step_operands.h): what is not, memory planning does not know of.
  std::string pointer(const View& view) const;
  std::string pointer(WeightId weight) const;
  std::string pointer(BufferId buffer) const;

  /// What pointers were asked for, by buffer and weight.
  struct Uses {
    std::vector<bool> buffers, weights;
    bool operator[](BufferId buffer) const { return buffers[buffer.index()]; }
    bool operator[](WeightId weight) const { return weights[weight.index()]; }
  };
  /// Of what is rendered while this is set, by the function whose statements it becomes; set by that function's writer.
  Uses* uses = nullptr;
  Uses no_uses() const {
    return {std::vector<bool>(listed_buffers_.size()), std::vector<bool>(listed_weights_.size())};
  }

  /// All interned functions in the order in which they were first needed, with their names.
  std::vector<std::string> functions();
  /// Text with the names of the functions that it calls.
  std::string named(const std::string& text);

  /// The vocabulary's a * b + c for sums of products: fused on every target in strict numerics, and where the processor
  /// has the instruction in fast numerics. The macro is the form for register tiles.
  bool strict() const { return numerics == Numerics::strict; }
  const char* multiply_add() const { return strict() ? "f32x8_fma" : "f32x8_multiply_add"; }
  const char* accumulate() const { return strict() ? "INTAGLIO_ACCUMULATE_FUSED" : "INTAGLIO_ACCUMULATE"; }

  /// The function of a unary operator on vectors: that of fast_math.h where fast numerics have one ("fast_exp"), else
  /// that of math.h ("f32x8_exp").
  std::string elementary(UnaryKind kind) const;

  const Program& program;
  const Numerics numerics;

 private:
  struct Function {
    std::string wanted_name, text;
  };
  /// Gives all functions their names, once.
  void name_functions();

  std::map<std::string, size_t> functions_by_text_;
  std::vector<Function> functions_;
  std::vector<std::string> function_names_;  ///< empty until all functions are known
  std::set<std::string> taken_;
  std::vector<std::string> buffer_names_, weights_;
  std::vector<bool> listed_buffers_, listed_weights_;  ///< operands of some step
};

/// An identifier that is neither in `taken`, which it joins, nor a macro (the model's begin with `macros`): as the name
/// of a buffer or weight, with letters in front where it must be another.
std::string own_identifier(const std::string& name, const std::string& macros, std::set<std::string>& taken);

/// Name of the function that makes weights of the kind for NAME_prepare of the model.
std::string prepare_function(Emitter& emitter, const Preparation& preparation, const std::string& model);

/// The statements of one step, or of one of its parts.
std::string render_kernel(const Kernel& kernel, const Step& step, Emitter& emitter);

// ---- pieces that families share -------------------------------------------------------------------------------------

/// "f32x8_relu(v)", "f32x8_clip(v, 0.0f, 6.0f)"; `value` unchanged for identity.
std::string unary_expression(const Emitter& emitter, const Unary& unary, const std::string& value);
/// "_relu", "_add_relu", "" for plain: for the ends of function names.
std::string epilogue_suffix(const Epilogue& epilogue);
/// The stored value of an accumulator named `value`, `residual` being an expression for the residual's lanes.
std::string epilogue_expression(const Emitter& emitter, const Epilogue& epilogue, const std::string& value,
                                const std::string& residual);
/// The type in generated code: "float", "int64_t", "uint8_t" for booleans.
std::string c_type(ElementType type);
/// Of an integer's size, in which sums and products wrap around: "uint64_t"; booleans are unsigned as they are.
std::string unsigned_c_type(ElementType type);
/// What displaces a pointer: " + 8", " - 8", "" for nothing.
std::string plus(int64_t offset);
/// Statement that clears the border of one image of a blocked view whose first element is `pointer`;
/// empty without a border.
std::string clear_border_statement(const View& view, const std::string& pointer);
/// "64x56x56" (channels x height x width) for names and comments.
std::string shape_name(const View& view);
/// "{1, 2, 3}" broken into lines.
std::string integer_table(const std::vector<int64_t>& values);

std::string render(const ConvolutionStep&, const Step&, Emitter&);
std::string render(const WinogradStep&, const Step&, Emitter&);
std::string render(const StrassenStep&, const Step&, Emitter&);
std::string render(const PlanarConvolutionStep&, const Step&, Emitter&);
std::string render(const DepthwiseStep&, const Step&, Emitter&);
std::string render(const GroupedConvolutionStep&, const Step&, Emitter&);
std::string render(const FullyConnectedStep&, const Step&, Emitter&);
std::string render(const PoolStep&, const Step&, Emitter&);
std::string render(const PlanarPoolStep&, const Step&, Emitter&);
std::string render(const SpatialReduceStep&, const Step&, Emitter&);
std::string render(const ElementwiseStep&, const Step&, Emitter&);
std::string render(const RelayoutStep&, const Step&, Emitter&);
std::string render(const BlockedCopyStep&, const Step&, Emitter&);
std::string render(const CopyStep&, const Step&, Emitter&);
std::string render(const TableCopyStep&, const Step&, Emitter&);
std::string render(const ReduceStep&, const Step&, Emitter&);
std::string render(const ArgReduceStep&, const Step&, Emitter&);
std::string render(const SoftmaxStep&, const Step&, Emitter&);
std::string render(const NormalizeStep&, const Step&, Emitter&);
std::string render(const BlockedNormalizeStep&, const Step&, Emitter&);
std::string render(const BatchStatisticsStep&, const Step&, Emitter&);
std::string render(const MatMulStep&, const Step&, Emitter&);
std::string render(const InterpolateStep&, const Step&, Emitter&);
std::string render(const BlockedResizeStep&, const Step&, Emitter&);
std::string render(const GatherStep&, const Step&, Emitter&);
std::string render(const ClearBorderStep&, const Step&, Emitter&);

}  // namespace intaglio
