// Every committed model from file to numbers: generated code for three targets against PyTorch's outputs, and strict
// numerics bit for bit between targets and interpreter.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "interpreter/interpreter.h"
#include "models/model_files.h"
#include "support/comparison.h"

namespace intaglio::testing {
namespace {

/// Files whose graphs are equal but for names are generated once; each is run with its own data.
struct Loaded {
  ModelFile file;
  ModelCase data;
  size_t generated = 0;  ///< position among the distinct graphs
};

void expect_close(const std::vector<TensorData>& got, const Loaded& model, std::string_view what) {
  ASSERT_EQ(got.size(), model.data.outputs.size()) << model.file.name << ", " << what;
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].shape(), model.data.outputs[i].shape()) << model.file.name << ", " << what << ", output " << i;
    EXPECT_LE(relative_error(got[i], model.data.outputs[i]), tolerance(model.file.network()))
        << model.file.name << ", " << what << ", output " << i << ": not what PyTorch computed";
  }
}

/// The error of networks with sums of products is what the compiler says, by which it chooses kernels: of one run, that
/// is a bound within a factor. The reference sums in double. Roundings of single values are not part of the estimate.
void expect_as_estimated(const std::vector<TensorData>& got, const std::vector<TensorData>& reference, double estimate,
                         const Loaded& model) {
  if (estimate == 0) return;
  double error = 0;
  for (size_t i = 0; i < got.size(); ++i) error = std::max(error, relative_error(got[i], reference[i]));
  constexpr double roundings = 0x1p-22;
  EXPECT_LE(error, 4 * estimate + roundings) << model.file.name << ": estimated " << estimate;
  EXPECT_LE(estimate, 10 * error + roundings) << model.file.name << ": measured " << error;
}

void expect_same(const std::vector<TensorData>& got, const std::vector<TensorData>& wanted, const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(bit_difference(got[i], wanted[i]), "") << what << ", output " << i;
}

class Networks : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::map<std::string, size_t> known;
    for (const ModelFile& file : model_files_of(GetParam())) {
      Loaded model{file, read_case(file)};
      Graph graph = optimised(file, model.data);
      const auto [at, inserted] = known.try_emplace(anonymous_text(graph), graphs_.size());
      model.generated = at->second;
      if (inserted) graphs_.push_back(std::move(graph));
      models_.push_back(std::move(model));
    }
  }

  struct Run {
    std::vector<TensorData> outputs;
    double estimated_error = 0;
  };

  /// Runs models on generated code.
  std::vector<Run> run(const char* target, Numerics numerics, const std::vector<Loaded>& models) {
    BatchOptions options;
    options.numerics = numerics;
    // Portable code maps its vectors to what the compiler is told of; emulated FMA takes compilers twenty times as
    // long.
    const Target& avx2 = *find_target("avx2");
    if (std::string_view(target) == "portable" && GeneratedBatch::can_run(avx2)) {
      for (std::string_view flag : avx2.compile_flags) options.cxx_flags += fmt::format(" {}", flag);
    }
    GeneratedBatch batch(*find_target(target), options);
    std::map<size_t, size_t> numbers;  // of the graphs in the batch
    for (const Loaded& model : models) {
      if (!numbers.contains(model.generated)) numbers[model.generated] = batch.add(graphs_[model.generated]);
    }
    batch.build();
    std::vector<Run> results;
    for (const Loaded& model : models) {
      const size_t number = numbers[model.generated];
      results.push_back({batch.run(number, model.data.inputs), batch.estimated_error(number)});
    }
    return results;
  }

  /// One model per shape of the input: other exports of a network differ by the rounding of folded weights alone.
  std::vector<Loaded> one_per_shape() const {
    if (GetParam() == "s5") return models_;  // every file is a network of its own
    std::map<std::string, Loaded> by_shape;
    for (const Loaded& model : models_) by_shape.try_emplace(model.data.inputs[0].shape().text(), model);
    std::vector<Loaded> chosen;
    for (const auto& [shape, model] : by_shape) chosen.push_back(model);
    return chosen;
  }

  std::vector<Graph> graphs_;
  std::vector<Loaded> models_;
};

TEST_P(Networks, GiveWhatPyTorchComputed) {
  const std::vector<Run> results = run("portable", Numerics::fast, models_);
  for (size_t i = 0; i < models_.size(); ++i) {
    const std::vector<TensorData> reference = interpret(graphs_[models_[i].generated], models_[i].data.inputs);
    expect_close(results[i].outputs, models_[i], "portable");
    expect_close(reference, models_[i], "reference interpreter");
    expect_as_estimated(results[i].outputs, reference, results[i].estimated_error, models_[i]);
  }
}

TEST_P(Networks, AreTheSameBitForBitOnEveryTarget) {
  const std::vector<Loaded> models = one_per_shape();
  std::vector<std::vector<TensorData>> wanted;
  for (const Loaded& model : models) {
    wanted.push_back(interpret(graphs_[model.generated], model.data.inputs, Numerics::strict));
    expect_close(wanted.back(), model, "interpreter, strict");
  }
  for (const char* target : {"avx2", "avx512", "scalar"}) {
    if (!GeneratedBatch::can_run(*find_target(target))) continue;
    const std::vector<Run> results = run(target, Numerics::strict, models);
    for (size_t i = 0; i < models.size(); ++i) {
      expect_same(results[i].outputs, wanted[i],
                  fmt::format("{}, {} against the interpreter, both strict", models[i].file.name, target));
    }
  }
}

TEST(PortableCode, WithoutTheCompilersVectorFlagsIsTheSameBitForBit) {
  const ModelFile file{"s4_residual.ts.b4"};
  const ModelCase data = read_case(file);
  const Graph graph = optimised(file, data);
  GeneratedBatch batch(*find_target("portable"));
  batch.add(graph);
  batch.build();
  expect_same(batch.run(0, data.inputs), interpret(graph, data.inputs, Numerics::strict), file.name);
}

INSTANTIATE_TEST_SUITE_P(All, Networks, ::testing::ValuesIn(networks()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace intaglio::testing
