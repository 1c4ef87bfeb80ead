// Program: kernel calls (ir/steps.h) over views of buffers (ir/view.h), in execution order.
// Plain data between lowering, memory planning and backend.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ir/steps.h"
#include "ir/tensor.h"
#include "ir/view.h"

namespace intaglio {

struct Step {
  std::string name;     ///< module path or node name of the operator that gave the step
  std::string comment;  ///< "Conv 3x3 s1 p1  64x56x56 -> 64x56x56 + relu"
  Kernel kernel;
  int64_t macs = 0;
  std::vector<Kernel> parts;         ///< when not empty: kernels that do the same together and may run at the same time
  std::vector<size_t> choices = {};  ///< indices in Program::choices of what was chosen for this step
  std::optional<size_t> group = {};  ///< index in Program::groups of the group that this step is part of
  int64_t task = 0;                  ///< of the group's, which of them does this step
  std::string part = {};             ///< "rows 8 to 16": what of the layer it computes, if that is not all
};

/// Comment and part: what a reader of generated code, manifests and tables is told.
std::string description(const Step& step);
/// The first word of the comment, "conv" or "reduce_mean", as a part of identifiers.
std::string first_word(const Step& step);

/// Layers that run together over bands of rows of the last one's result: neighbouring steps, band by band. What they
/// hand on lies in line buffers, which hold the rows of a band.
struct FusionGroup {
  std::string name;             ///< of the first layer
  int64_t bands = 0, rows = 0;  ///< rows of the result per band, the last has the rest
  /// Each does some of the bands, one after another, in line buffers of its own; they may run at the same time. Its
  /// steps stand together, those of a task one after another.
  int64_t tasks = 1;
};

/// Something chosen among candidates for layers of one kind: a kernel and its parameters, the rows of the bands that
/// layers run in, or into how many tasks a step is cut.
struct KernelChoice {
  enum class Of : uint8_t { kernel, bands, tasks };
  struct Rated {
    std::string kernel;  ///< "winograd 4x4 tiles 98"
    double cycles = 0;   ///< predicted, per image
  };
  Of of = Of::kernel;
  std::string layer;              ///< "conv 3x3 64 -> 64 at 56x56"
  std::vector<Rated> candidates;  ///< the untuned one first
  std::string chosen;
};

/// What fast numerics cost in accuracy: max |error| / max |result| of the outputs, estimated without running the
/// network (lowering/rounding.h), and what was done to keep it within a budget.
struct Accuracy {
  double estimate = 0;
  double fastest = 0;  ///< the estimate of what would be chosen without a budget
  double budget = 0;
  struct Exchange {
    std::string layer, kernel, instead_of;
  };
  std::vector<Exchange> exchanges;  ///< kinds of layers that take a more exact kernel than the fastest one
};

struct Program {
  std::string name;
  int64_t tasks = 1;  ///< most parts of a step
  std::vector<Buffer> buffers;
  std::vector<Weight> weights;
  std::vector<Step> steps;
  std::vector<KernelChoice> choices;
  std::optional<Accuracy> accuracy;  ///< of fast numerics
  /// The products of each reduction block are summed from zero, and the sums added: of a sum of many terms that rounds
  /// to fewer wrong bits. Otherwise each block goes on from the last one's sum.
  bool partial_sums = false;
  std::vector<FusionGroup> groups;
  /// Interface, in graph order: ONNX name, type, shape, buffer.
  struct Port {
    std::string name;
    ElementType type = ElementType::float32;
    Shape shape;
    BufferId buffer;
  };
  std::vector<Port> inputs, outputs;

  Buffer& operator[](BufferId id) { return buffers[id.index()]; }
  const Buffer& operator[](BufferId id) const { return buffers[id.index()]; }
  const Weight& operator[](WeightId id) const { return weights[id.index()]; }
};

/// What a step or kernel uses, in the order of ir/step_operands.h.
struct Accesses {
  std::vector<const View*> reads, writes;  ///< those that take memory; reads may be of weights
  std::vector<WeightId> weights;           ///< read as they are packed
  std::vector<BufferId> scratch;
  /// Operands whose buffer the result may take over: every element is read, by the same position, just before it is
  /// written, and the step reads nothing else from that buffer.
  std::vector<const View*> in_place;
};
Accesses accesses(const Kernel& kernel);
/// Of its parts, when it has some.
Accesses accesses(const Step& step);

/// Multiply-adds of all steps.
int64_t total_macs(const Program& program);

/// One line per buffer and step: the Program's text form.
std::string print(const Program& program);
/// The line of a step.
std::string print(const Program& program, const Step& step);

/// Internal error unless
/// - every buffer and every weight has a name of its own, and weights that are part of another begin inside it;
/// - every view lies inside its buffer or weight, borders included, and its segments match its channels;
/// - weights, choices and groups that a step names exist;
/// - no step writes an input or a constant, reads an output, or reads a buffer before something was written to it;
/// - every output is written, by steps of one layer (Step::name), and ports are inputs and outputs;
/// - scratch is what steps work in, each in its own, or each task of a group in its own.
void verify(const Program& program);

}  // namespace intaglio
