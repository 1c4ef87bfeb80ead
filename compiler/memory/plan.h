// The memory planner: order of the steps, buffers that share one place, and an offset in the arena for every buffer.
//
// Plain problem in, plain plan out; it knows nothing of tensors, layouts or kernels. Deterministic: every search is
// bounded by counted work, never by time. validate_plan shares no code with the planner
// and checks every plan the compiler makes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace intaglio {

/// Bytes that need a place in the arena.
struct BufferRequest {
  std::string name;
  int64_t bytes = 0;
  int64_t alignment = 64;  ///< of the offset; a power of two, at most the arena's
};

/// What one step touches, as indices into MemoryProblem::buffers. A step may read and write the same buffer.
struct StepAccess {
  std::vector<int> reads, writes;
  std::vector<int> scratch;  ///< live during this step only, and used by no other step
  /// Permitted pairs (read buffer a, written buffer b):
  /// when a's last and b's first access is this step, b may start where a starts.
  std::vector<std::pair<int, int>> in_place;
};

/// Steps are given in a valid order. A buffer may be written by several steps (storages of concatenations, borders).
///
/// The planner may reorder steps as far as `dependencies` allow. A read always stays behind the writes of the same
/// buffer that precede it in the given order, whether `dependencies` says so or not. Two writes, or a write after a
/// read, may swap unless `dependencies` forbids it:
/// parts of a storage are independent, and only the caller knows about parts.
struct MemoryProblem {
  std::vector<BufferRequest> buffers;
  std::vector<StepAccess> steps;
  std::vector<std::vector<int>> dependencies;  ///< step i must come after these steps; empty: none beyond the reads
  int64_t alignment = 64;                      ///< of the arena's base; a power of two
};

/// Positions in the plan's order between which a buffer must keep its bytes, both included; -1 when no step touches it.
struct Lifetime {
  int first = -1, last = -1;
  bool operator==(const Lifetime&) const = default;
};

struct MemoryPlan {
  std::vector<int> order;                   ///< step indices in execution order
  std::vector<int64_t> offsets;             ///< per buffer, in bytes from the arena's base
  std::vector<Lifetime> lifetimes;          ///< per buffer
  std::vector<std::pair<int, int>> merged;  ///< in-place decisions (a, b): b takes over a's place; they form chains

  int64_t peak_bytes = 0;  ///< size of the arena, a multiple of its alignment
  /// No placement in this order can be smaller:
  /// the largest live set, alignment included, after every in-place permission that is legal in this order.
  int64_t lower_bound_bytes = 0;
  int64_t gap_bytes = 0;    ///< peak_bytes - lower_bound_bytes
  int bound_position = -1;  ///< position in `order` that attains lower_bound_bytes; -1 without steps
};

struct PlanOptions {
  bool reorder = true;   ///< false: keep the given order
  bool in_place = true;  ///< false: every buffer has a place of its own
};

/// Plans the arena. The peak never exceeds that of the given order. internal_error when the problem is malformed:
/// indices out of range, a given order that breaks its dependencies, a buffer read before it is written,
/// a shared scratch buffer.
MemoryPlan plan_memory(const MemoryProblem& problem, const PlanOptions& options = {});

/// What is wrong with a plan, one sentence each; empty when it is right. After one overlap others may go unnoticed.
std::vector<std::string> validate_plan(const MemoryProblem& problem, const MemoryPlan& plan);

/// Dependencies that keep every pair of steps in order when both access a buffer and one writes it: right for every
/// problem, but branches that write parts of one storage cannot swap.
std::vector<std::vector<int>> conservative_dependencies(const MemoryProblem& problem);

}  // namespace intaglio
