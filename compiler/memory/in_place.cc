// In-place pairs: choice, and the chains they form.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/in_place.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <tuple>

namespace intaglio::memory {

std::vector<InPlacePair> choose_pairs(const MemoryProblem& problem, std::vector<InPlacePair> legal) {
  const auto size = [&](int buffer) { return problem.buffers[buffer].bytes; };
  const auto rank = [&](const InPlacePair& pair) {
    return std::make_tuple(-std::min(size(pair.from), size(pair.to)), std::abs(size(pair.from) - size(pair.to)));
  };
  std::stable_sort(legal.begin(), legal.end(),
                   [&](const InPlacePair& a, const InPlacePair& b) { return rank(a) < rank(b); });
  std::vector<bool> gives(problem.buffers.size()), takes(problem.buffers.size());
  std::vector<InPlacePair> result;
  for (const InPlacePair& pair : legal) {
    if (gives[pair.from] || takes[pair.to]) continue;
    gives[pair.from] = takes[pair.to] = true;
    result.push_back(pair);
  }
  return result;
}

std::vector<InPlacePair> equal_sized(const MemoryProblem& problem, const std::vector<InPlacePair>& pairs) {
  std::vector<InPlacePair> result;
  for (const InPlacePair& pair : pairs)
    if (problem.buffers[pair.from].bytes == problem.buffers[pair.to].bytes) result.push_back(pair);
  return result;
}

Chains make_chains(const MemoryProblem& problem, const std::vector<Lifetime>& lifetimes,
                   const std::vector<InPlacePair>& pairs) {
  const size_t count = problem.buffers.size();
  std::vector<int> giver(count, -1);
  for (const InPlacePair& pair : pairs) giver[pair.to] = pair.from;

  // In order of birth every giver has its item before the taker asks for it.
  std::vector<int> by_birth(count);
  std::iota(by_birth.begin(), by_birth.end(), 0);
  std::stable_sort(by_birth.begin(), by_birth.end(),
                   [&](int a, int b) { return lifetimes[a].first < lifetimes[b].first; });

  Chains chains;
  chains.item_of.assign(count, -1);
  int64_t unit = problem.alignment;
  for (int buffer : by_birth) {
    const BufferRequest& request = problem.buffers[buffer];
    const Lifetime& lifetime = lifetimes[buffer];
    if (lifetime.first < 0 || request.bytes == 0) continue;
    unit = std::min(unit, request.alignment);
    if (giver[buffer] < 0) {
      chains.item_of[buffer] = static_cast<int>(chains.items.size());
      chains.items.push_back({request.bytes, request.alignment, lifetime.first, lifetime.last});
      continue;
    }
    chains.item_of[buffer] = chains.item_of[giver[buffer]];
    Chains::Item& item = chains.items[chains.item_of[buffer]];
    item.bytes = std::max(item.bytes, request.bytes);
    item.alignment = std::max(item.alignment, request.alignment);
    item.last = lifetime.last;
  }
  // All items start on multiples of the smallest alignment, so filling the last unit costs nothing and sharpens bounds.
  for (Chains::Item& item : chains.items) item.bytes = round_up(item.bytes, unit);
  return chains;
}

}  // namespace intaglio::memory
