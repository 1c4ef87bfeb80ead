// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/comparison.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "interpreter/interpreter.h"
#include "ir/verify.h"
#include "support/graphs.h"

namespace intaglio::testing {

std::string bit_difference(const TensorData& got, const TensorData& wanted) {
  if (got.type() != wanted.type() || got.shape() != wanted.shape()) return "types or shapes differ";
  const size_t size = element_size(got.type());
  size_t different = 0;
  std::string first;
  const std::vector<double> a = got.as_double(), b = wanted.as_double();
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(got.bytes().data() + i * size, wanted.bytes().data() + i * size, size) == 0) continue;
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (different++ == 0) first = fmt::format("element {}: {:.9g} instead of {:.9g}", i, a[i], b[i]);
  }
  return different == 0 ? "" : fmt::format("{} ({} of {} differ)", first, different, a.size());
}

double relative_error(const TensorData& got, const TensorData& wanted) {
  if (got.elements() != wanted.elements()) return std::numeric_limits<double>::infinity();
  const std::vector<double> a = got.as_double(), b = wanted.as_double();
  double error = 0, largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) {
      if (std::isfinite(b[i])) largest = std::max(largest, std::fabs(b[i]));
      continue;
    }
    const double gap = std::fabs(a[i] - b[i]);
    if (!std::isfinite(gap)) return std::numeric_limits<double>::infinity();
    error = std::max(error, gap);
    largest = std::max(largest, std::fabs(b[i]));
  }
  return largest > 0 ? error / largest : error;
}

void expect_as_interpreted(const Target& target, const std::vector<ComparedGraph>& graphs, const BatchOptions& options,
                           const std::vector<uint64_t>& seeds) {
  if (!GeneratedBatch::can_run(target, options.halves)) GTEST_SKIP() << "this machine cannot run it";
  GeneratedBatch batch(target, options);
  for (const ComparedGraph& each : graphs) {
    verify(each.graph);
    ASSERT_NO_THROW(batch.add(each.graph)) << each.name;
  }
  ASSERT_NO_THROW(batch.build());
  for (size_t i = 0; i < graphs.size(); ++i) {
    const auto& [name, graph, tolerance] = graphs[i];
    for (uint64_t seed : seeds) {
      const std::vector<TensorData> inputs = random_inputs(graph, seed), got = batch.run(i, inputs),
                                    wanted = interpret(graph, inputs, options.numerics);
      ASSERT_EQ(got.size(), wanted.size()) << name;
      for (size_t o = 0; o < got.size(); ++o) {
        const std::string where =
            fmt::format("{}, output {} ({}), seed {}", name, o, graph[graph.outputs[o]].name, seed);
        if (options.numerics == Numerics::strict)
          EXPECT_EQ(bit_difference(got[o], wanted[o]), "") << where;
        else
          EXPECT_LE(relative_error(got[o], wanted[o]), tolerance) << where;
      }
    }
  }
}

}  // namespace intaglio::testing
