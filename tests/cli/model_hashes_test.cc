// The hashes of the manifest: of the model's files, of its architecture, of its weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "frontend/model_builder.h"
#include "process.h"

namespace intaglio_cli {
namespace {

namespace fs = std::filesystem;
using namespace intaglio::testing;

struct Network {
  std::vector<float> weights = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<int64_t> shape = {1, 9};
  int64_t padding = 0;
  bool external = false;  ///< weights in data.bin
};

class ModelHashes : public testing::Test {
 protected:
  /// "model" of the manifest that inspect prints.
  nlohmann::json of(const Network& network, const std::vector<std::string>& options = {}) const {
    const int64_t p = network.padding;
    onnx::TensorProto weights = floats({1, 1, 3, 3}, network.weights);
    if (network.external) {
      write_file(scratch / "data.bin", {reinterpret_cast<const char*>(network.weights.data()), 36});
      weights.clear_float_data();
      weights.clear_raw_data();
      weights.set_data_location(onnx::TensorProto::EXTERNAL);
      auto* entry = weights.add_external_data();
      entry->set_key("location");
      entry->set_value("data.bin");
    }
    ModelBuilder model(17);
    model.input("x", {1, 1, 5, 5})
        .output("y")
        .constant("weight", weights)
        .constant("shape", int64s({static_cast<int64_t>(network.shape.size())}, network.shape))
        .node("Conv", {"x", "weight"}, {"a"}, {integers("pads", {p, p, p, p})})
        .node("Reshape", {"a", "shape"}, {"y"});
    write_file(scratch / "net.onnx", model.bytes());
    std::vector<std::string> command = {"inspect", scratch / "net.onnx", "--json"};
    command.insert(command.end(), options.begin(), options.end());
    const Outcome outcome = intaglio(command);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const nlohmann::json json = nlohmann::json::parse(outcome.out, nullptr, false);
    return json.is_object() ? json["model"] : json;
  }

  const TemporaryFolder scratch;
};

TEST_F(ModelHashes, KnowWeightsFromArchitecture) {
  const nlohmann::json model = of({}), trained = of({.weights = {1, 2, 3, 4, 5, 6, 7, 8, 10}}),
                       padded = of({.shape = {1, 25}, .padding = 1}), flat = of({.shape = {9}});
  EXPECT_EQ(of({}), model);
  EXPECT_EQ(trained["graph_hash"], model["graph_hash"]);
  EXPECT_NE(trained["weights_hash"], model["weights_hash"]);
  for (const nlohmann::json& other : {padded, flat}) {
    EXPECT_NE(other["graph_hash"], model["graph_hash"]);
    EXPECT_EQ(other["weights_hash"], model["weights_hash"]);
  }
  for (const nlohmann::json& other : {trained, padded, flat}) EXPECT_NE(other["hash"], model["hash"]);
}

TEST_F(ModelHashes, AreOfTheModelWhateverIsMadeOfIt) {
  const nlohmann::json model = of({});
  EXPECT_EQ(of({}, {"--target", "avx2", "--numerics", "strict", "--disable", "fold_constants"}), model);
}

TEST_F(ModelHashes, KeepTheWeightsApartWhereValuesDecideWhatIsComputed) {
  // Equal weights become one, a factor of one disappears: still the same architecture.
  const auto with = [&](std::vector<float> v, std::vector<float> factor) {
    ModelBuilder model(17);
    model.input("x", {1, 1, 4, 4}).output("y").constant("v", floats({1, 1, 1, 1}, v));
    model.constant("w", floats({1, 1, 1, 1}, {2})).constant("f", floats({1, 1, 1}, factor));
    model.node("Conv", {"x", "v"}, {"a"})
        .node("Conv", {"x", "w"}, {"b"})
        .node("Concat", {"a", "b"}, {"c"}, {integer("axis", 1)});
    model.node("Mul", {"c", "f"}, {"y"});
    write_file(scratch / "net.onnx", model.bytes());
    return nlohmann::json::parse(intaglio({"inspect", scratch / "net.onnx", "--json"}).out)["model"]["graph_hash"];
  };
  EXPECT_EQ(with({2}, {1}), with({3}, {5}));
}

TEST_F(ModelHashes, OfTheModelCoversItsExternalData) {
  const nlohmann::json model = of({.external = true}),
                       trained = of({.weights = {0, 2, 3, 4, 5, 6, 7, 8, 9}, .external = true});
  EXPECT_EQ(of({.external = true}), model);
  EXPECT_NE(trained["hash"], model["hash"]);
  EXPECT_EQ(trained["graph_hash"], model["graph_hash"]);
  // Where weights lie is a matter of the file alone.
  const nlohmann::json embedded = of({});
  EXPECT_NE(embedded["hash"], model["hash"]);
  EXPECT_EQ(embedded["graph_hash"], model["graph_hash"]);
  EXPECT_EQ(embedded["weights_hash"], model["weights_hash"]);
}

TEST_F(ModelHashes, OfTheModelReadNoFileThatMayNotBeRead) {
  onnx::TensorProto unused = floats({1}, {});
  unused.set_data_location(onnx::TensorProto::EXTERNAL);
  auto* entry = unused.add_external_data();
  entry->set_key("location");
  entry->set_value("/dev/zero");
  ModelBuilder model(17);
  model.input("x", {1}).output("y").constant("unused", unused).node("Relu", {"x"}, {"y"});
  write_file(scratch / "net.onnx", model.bytes());
  const Outcome outcome =
      intaglio({"compile", scratch / "net.onnx", "-o", scratch / "net", "--depfile", scratch / "net.d"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read_file(scratch / "net.d").find("/dev/zero"), std::string::npos);
}

}  // namespace
}  // namespace intaglio_cli
