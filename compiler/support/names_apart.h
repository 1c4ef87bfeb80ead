// Tells things of one name apart by what they are, not by where they stand: code that is generated again after a change
// elsewhere keeps its names.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <set>
#include <string>
#include <vector>

namespace intaglio {

struct Named {
  std::string name;
  std::vector<std::string> words;       ///< what it is, most general first: "softmax", "rows_0_to_8"; may be empty
  std::vector<std::string> structures;  ///< what makes it differ, as text: at first what depends on nothing else
};

/// A name for each, all different and none of them in `taken`, which they join. Whose name no other has and nobody took
/// keeps it. All others get their first word that says a difference, then the next, then digits of a hash of their first
/// structure that does: `add`, `add` -> `add_softmax`, `add_matmul`; `x`, `x` -> `x_3fa2`, `x_91bc`. What is equal is numbered in
/// the end.
std::vector<std::string> names_apart(const std::vector<Named>& things, std::set<std::string>& taken);

}  // namespace intaglio
