// Reads what g++ and clang++ write with -S for x86-64: which parts of it are hot, whose they are, and whether their
// vectors go through the stack.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace intaglio_cli {

/// An innermost loop, or the whole of a function without loops (a register tile that is unrolled altogether).
struct HotPart {
  std::string function;  ///< of the source, by the lines (-g1) that most of its instructions come from
  size_t instructions = 0;
  size_t arithmetic = 0;      ///< of these, vector additions, multiplications, maxima and the like
  size_t stack_accesses = 0;  ///< instructions with a 256-bit register or wider and an operand on the stack
  std::string example;        ///< the first of these
};

/// Loops are cycles of the control flow; innermost are those that hold no other loop. A function's %rbp counts as stack
/// where it holds the frame. `source` is the file `file` that was compiled: functions
/// start in the first column.
std::vector<HotPart> hot_parts(std::string_view assembly, std::string_view file, std::string_view source);

/// Names of the functions that `source` defines, one per line from line 1 on: the last that started there or before.
std::vector<std::string> functions_by_line(std::string_view source);

}  // namespace intaglio_cli
