// What compiling takes: the peak memory of the program is that of the model and of one weight at a time, wherever the
// weights come from and go to. A copy of all weights, which a few lines anywhere can make, is one too many.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "frontend/model_builder.h"

namespace intaglio::testing {
namespace {

namespace fs = std::filesystem;

/// Weights that differ, so that none are shared.
onnx::TensorProto random_weights(std::vector<int64_t> dims, uint32_t seed) {
  int64_t elements = 1;
  for (int64_t dim : dims) elements *= dim;
  std::string bytes(static_cast<size_t>(elements) * 4, '\0');
  auto* values = reinterpret_cast<float*>(bytes.data());
  for (int64_t i = 0; i < elements; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = static_cast<float>(static_cast<int32_t>(seed >> 8) - (1 << 23)) * 0x1p-28f;
  }
  onnx::TensorProto tensor = floats(std::move(dims), {});
  tensor.set_raw_data(std::move(bytes));
  return tensor;
}

/// Eight 3x3 convolutions with batch normalisation, which become Winograd's, and six layers with weights of 4 MiB each.
ModelBuilder network() {
  constexpr int64_t channels = 256, features = 1024;
  ModelBuilder model(17);
  model.input("x", {1, channels, 14, 14}).output("y");
  std::string last = "x";
  uint32_t seed = 0;
  for (int layer = 0; layer < 8; ++layer) {
    const std::string id = std::to_string(layer);
    model.constant("w" + id, random_weights({channels, channels, 3, 3}, ++seed));
    for (const char* name : {"scale", "bias", "mean"}) model.constant(name + id, random_weights({channels}, ++seed));
    model.constant("variance" + id, floats({channels}, std::vector<float>(channels, 2.0f)));
    model.node("Conv", {last, "w" + id}, {"c" + id}, {integers("pads", {1, 1, 1, 1})});
    model.node("BatchNormalization", {"c" + id, "scale" + id, "bias" + id, "mean" + id, "variance" + id}, {"n" + id});
    model.node("Relu", {"n" + id}, {last = "r" + id});
  }
  model.node("GlobalAveragePool", {last}, {"p"}).node("Flatten", {"p"}, {"f"});
  model.constant("first", random_weights({channels, features}, ++seed)).node("MatMul", {"f", "first"}, {last = "g"});
  for (int layer = 0; layer < 6; ++layer) {
    const std::string id = std::to_string(layer);
    model.constant("m" + id, random_weights({features, features}, ++seed));
    model.node("Gemm", {last, "m" + id}, {layer < 5 ? "g" + id : "y"}, {integer("transB", 1)});
    last = "g" + id;
  }
  return model;
}

/// Moves the raw data of the initializers into `data`, beside the model.
void make_external(onnx::ModelProto& model, const fs::path& data) {
  std::ofstream file(data, std::ios::binary);
  for (onnx::TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (!tensor.has_raw_data()) continue;
    auto entry = [&](const std::string& key, const std::string& value) {
      auto* added = tensor.add_external_data();
      added->set_key(key);
      added->set_value(value);
    };
    entry("location", data.filename().string());
    entry("offset", std::to_string(file.tellp()));
    entry("length", std::to_string(tensor.raw_data().size()));
    file << tensor.raw_data();
    tensor.clear_raw_data();
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  }
}

/// Bytes that `intaglio compile MODEL -o DIR OPTION...` holds at most.
int64_t peak_bytes(const fs::path& model, const fs::path& folder, const std::vector<std::string>& options) {
  std::vector<std::string> words = {INTAGLIO_PROGRAM, "compile", model, "-o", folder};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (freopen("/dev/null", "w", stdout) != nullptr) execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage = {};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  EXPECT_EQ(status, 0) << model;
  return int64_t{1024} * usage.ru_maxrss;
}

TEST(PeakMemory, IsTheModelAndOneWeight) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer holds back what is freed";
#endif
  const TemporaryFolder folder;
  int64_t model_bytes = 0;
  {
    ModelBuilder small(17);
    small.input("x", {2}).output("y").node("Relu", {"x"}, {"y"});
    std::ofstream(folder / "small.onnx", std::ios::binary) << small.bytes();
    ModelBuilder model = network();
    std::ofstream(folder / "net.onnx", std::ios::binary) << model.bytes();
    model_bytes = static_cast<int64_t>(model.bytes().size());
    make_external(model.proto, folder / "net.data");
    std::ofstream(folder / "split.onnx", std::ios::binary) << model.bytes();
  }
  ASSERT_GT(model_bytes, 40 << 20);
  const int64_t program = peak_bytes(folder / "small.onnx", folder / "small", {});
  const std::vector<std::vector<std::string>> ways = {{"--weights", "incbin"},
                                                      {"--weights", "inline"},
                                                      {"--weights", "external"},
                                                      {"--weights", "incbin", "--prepare"},
                                                      {"--weights", "incbin", "--numerics", "strict"}};
  for (const char* model : {"net.onnx", "split.onnx"}) {
    for (const auto& options : ways) {
      if (model == std::string("split.onnx") && options[1] != "incbin") continue;  // they differ behind the import only
      // Weights of one layer are packed from a constant by way of an intermediate result: they are less than a third of
      // the model here.
      const int64_t most = program + model_bytes * 3 / 2;
      const int64_t peak = peak_bytes(folder / model, folder / fs::path(model).stem(), options);
      const int64_t percent = (peak - program) * 100 / model_bytes;
      std::printf("%s %s: %d %% of the model\n", model, options.back().c_str(), static_cast<int>(percent));
      EXPECT_LE(peak, most) << model << " " << options.back() << ": " << percent
                            << " % of the model beyond what the program takes anyway";
    }
  }
}

}  // namespace
}  // namespace intaglio::testing
