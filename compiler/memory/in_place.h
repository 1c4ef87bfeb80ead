// Which of the legal in-place pairs are used.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <vector>

#include "memory/lifetimes.h"

namespace intaglio::memory {

/// A choice of pairs in which every buffer gives and takes at most once, so that they form chains. Pairs that save most
/// come first; among those, the ones whose members are of equal size.
std::vector<InPlacePair> choose_pairs(const MemoryProblem& problem, std::vector<InPlacePair> legal);

/// Only the pairs whose members have the same size: the others pad the smaller one for its whole life.
std::vector<InPlacePair> equal_sized(const MemoryProblem& problem, const std::vector<InPlacePair>& pairs);

/// The rectangles of time and bytes that are left to pack. Buffers without bytes or accesses are in none.
struct Chains {
  struct Item {
    int64_t bytes = 0, alignment = 1;  ///< the largest of the members
    int first = 0, last = 0;           ///< positions, both included
  };
  std::vector<Item> items;
  std::vector<int> item_of;  ///< per buffer; -1: in none
};
Chains make_chains(const MemoryProblem& problem, const std::vector<Lifetime>& lifetimes,
                   const std::vector<InPlacePair>& pairs);

}  // namespace intaglio::memory
