// C++ expressions for the instructions of elementwise chains,
// on vectors of 8 floats and on single elements of any type.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/emitter.h"

namespace intaglio {

/// A value of a chain: the name of the variable that holds it and its element type.
struct ElementwiseValue {
  std::string name;
  ElementType type = ElementType::float32;
};

/// True when the chain runs on vectors: floats in memory,
/// booleans only as masks between comparisons, logic and selections.
bool runs_on_vectors(const ElementwiseStep& kernel);

/// "f32x8" or "mask8".
std::string vector_type(ElementType type);
std::string vector_expression(const ElementwiseInstruction& instruction, const std::vector<ElementwiseValue>& arguments,
                              const Emitter& emitter);

/// On single elements; floats are computed by the vector functions, so that bits do not depend on how a chain runs.
std::string element_expression(const ElementwiseInstruction& instruction,
                               const std::vector<ElementwiseValue>& arguments, Emitter& emitter);

/// "add", "relu", "where", "cast": for names and comments.
std::string instruction_name(const ElementwiseInstruction& instruction);

}  // namespace intaglio
