// Builders of memory problems.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "memory/problems.h"

#include <algorithm>
#include <random>

namespace intaglio::testing {
namespace {

/// Uniform in [low, high] by plain arithmetic: the same problems with every standard library.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int64_t roll(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return roll(1, 100) <= percent; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

int ProblemBuilder::buffer(int64_t bytes, int64_t alignment) {
  problem.buffers.push_back({std::to_string(problem.buffers.size()), bytes, alignment});
  return static_cast<int>(problem.buffers.size()) - 1;
}

int ProblemBuilder::step(std::vector<int> reads, std::vector<int> writes, std::vector<int> scratch,
                         std::vector<std::pair<int, int>> in_place) {
  problem.steps.push_back({std::move(reads), std::move(writes), std::move(scratch), std::move(in_place)});
  return static_cast<int>(problem.steps.size()) - 1;
}

int ProblemBuilder::make(std::vector<int> reads, int64_t bytes) {
  const int result = buffer(bytes);
  step(std::move(reads), {result});
  return result;
}

int ProblemBuilder::make_in_place(std::vector<int> reads, int64_t bytes) {
  const int result = buffer(bytes);
  std::vector<std::pair<int, int>> pairs;
  for (int read : reads) pairs.emplace_back(read, result);
  step(std::move(reads), {result}, {}, std::move(pairs));
  return result;
}

MemoryProblem residual_network(int stages, int blocks, int64_t bytes) {
  ProblemBuilder builder;
  int x = builder.make({}, bytes);
  for (int stage = 0; stage < stages; ++stage) {
    for (int block = 0; block < blocks; ++block) {
      const int narrow = builder.make({x}, bytes / 4);
      const int middle = builder.make({narrow}, bytes / 4);
      const int wide = builder.make({middle}, bytes);
      const int shortcut = block == 0 ? builder.make({x}, bytes) : x;
      x = builder.make_in_place({wide, shortcut}, bytes);
    }
    bytes /= 2;
  }
  return builder.problem;
}

MemoryProblem dense_network(const std::vector<int>& layers, int64_t bytes) {
  ProblemBuilder builder;
  int x = builder.make({}, bytes);
  for (int count : layers) {
    const int storage = builder.buffer(bytes * (count + 2) / 2);
    builder.step({x}, {storage});
    for (int layer = 0; layer < count; ++layer) {
      const int normalised = builder.make({storage}, bytes * (layer + 2) / 2);
      const int narrow = builder.make({normalised}, bytes * 2);
      builder.step({narrow}, {storage});
    }
    const int normalised = builder.make_in_place({storage}, bytes * (count + 2) / 2);
    bytes /= 2;
    x = builder.make({normalised}, bytes);
  }
  builder.make({x}, 64);
  return builder.problem;
}

MemoryProblem branching_network(int modules, uint64_t seed) {
  Dice dice(seed);
  ProblemBuilder builder;
  int x = builder.make({}, 64 * 32);
  for (int module = 0; module < modules; ++module) {
    const int storage = builder.buffer(64 * dice.roll(16, 64));
    const int64_t branches = dice.roll(2, 5);
    for (int64_t branch = 0; branch < branches; ++branch) {
      int y = x;
      const int64_t length = dice.roll(0, 4);
      for (int64_t layer = 0; layer < length; ++layer) y = builder.make({y}, 64 * dice.roll(1, 40));
      builder.step({y}, {storage});
    }
    x = storage;
  }
  builder.make({x}, 64);
  return builder.problem;
}

MemoryProblem random_problem(uint64_t seed, int steps) {
  Dice dice(seed);
  ProblemBuilder builder;
  const int64_t alignments[] = {1, 4, 16, 64};
  const auto size = [&]() -> int64_t {
    return dice.chance(5) ? 0 : dice.chance(50) ? 64 * dice.roll(1, 20) : dice.roll(1, 2000);
  };
  const bool mixed = dice.chance(30);
  const auto buffer = [&] {
    const int64_t bytes = size();  // rolled first: the order of evaluation of arguments is the compiler's
    return builder.buffer(bytes, mixed ? alignments[dice.roll(0, 3)] : 64);
  };
  std::vector<int> readable;
  const bool ordered = dice.chance(50);  // all hazards, or reads behind writes only
  for (int step = 0; step < steps; ++step) {
    std::vector<int> reads, writes, scratch;
    std::vector<std::pair<int, int>> pairs;
    for (int64_t i = dice.roll(0, 3); i > 0 && !readable.empty(); --i) {
      const int64_t recent = dice.chance(70) ? std::min<int64_t>(6, static_cast<int64_t>(readable.size()))
                                             : static_cast<int64_t>(readable.size());
      const int read = readable[readable.size() - static_cast<size_t>(dice.roll(1, recent))];
      if (std::find(reads.begin(), reads.end(), read) == reads.end()) reads.push_back(read);
    }
    if (dice.chance(10) && !readable.empty())
      writes.push_back(readable[dice.roll(0, static_cast<int64_t>(readable.size()) - 1)]);
    for (int64_t i = dice.roll(writes.empty() ? 1 : 0, 2); i > 0; --i) {
      writes.push_back(buffer());
      for (int read : reads) {
        if (dice.chance(40)) builder.problem.buffers[writes.back()].bytes = builder.problem.buffers[read].bytes;
        if (dice.chance(50)) pairs.emplace_back(read, writes.back());
      }
    }
    if (dice.chance(20)) scratch.push_back(buffer());
    if (dice.chance(3)) buffer();  // never used
    for (int write : writes)
      if (std::find(readable.begin(), readable.end(), write) == readable.end()) readable.push_back(write);
    builder.step(std::move(reads), std::move(writes), std::move(scratch), std::move(pairs));
  }
  if (ordered) builder.problem.dependencies = conservative_dependencies(builder.problem);
  return builder.problem;
}

MemoryProblem guillotine_problem(uint64_t seed, int steps, int64_t height, int cuts) {
  struct Rectangle {
    int first, last;
    int64_t bytes;
  };
  Dice dice(seed);
  std::vector<Rectangle> rectangles{{0, steps - 1, height}};
  for (int cut = 0; cut < cuts; ++cut) {
    Rectangle& chosen = rectangles[dice.roll(0, static_cast<int64_t>(rectangles.size()) - 1)];
    Rectangle other = chosen;
    if (dice.chance(50) && chosen.bytes >= 128) {
      other.bytes = 64 * dice.roll(1, chosen.bytes / 64 - 1);
      chosen.bytes -= other.bytes;
    } else if (chosen.last > chosen.first) {
      chosen.last = static_cast<int>(dice.roll(chosen.first, chosen.last - 1));
      other.first = chosen.last + 1;
    } else {
      continue;
    }
    rectangles.push_back(other);
  }
  ProblemBuilder builder;
  builder.problem.steps.resize(steps);
  for (const Rectangle& rectangle : rectangles) {
    const int buffer = builder.buffer(rectangle.bytes);
    builder.problem.steps[rectangle.first].writes.push_back(buffer);
    if (rectangle.last > rectangle.first) builder.problem.steps[rectangle.last].reads.push_back(buffer);
  }
  builder.problem.dependencies.resize(steps);
  for (int step = 1; step < steps; ++step) builder.problem.dependencies[step] = {step - 1};
  return builder.problem;
}

}  // namespace intaglio::testing
