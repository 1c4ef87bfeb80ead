// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "report_models.h"

#include <nlohmann/json.hpp>

#include "frontend/model_builder.h"
#include "generated.h"

namespace intaglio_cli {

std::string bench_of(const std::filesystem::path& model) {
  using Json = nlohmann::json;
  const Json report = Json::parse(intaglio({"report", model, "--json"}).out);
  Json layers = Json::array();
  double total = 0;
  for (const Json& layer : report["layers"]) {
    const double macs = layer["macs"], ms = 0.01 + macs * 2e-8 / (1 + layers.size() % 7);
    const double bytes =
        layer["read_bytes"].get<double>() + layer["written_bytes"].get<double>() + layer["weight_bytes"].get<double>();
    total += ms;
    layers.push_back({{"name", layer["name"]},
                      {"what", layer["what"]},
                      {"kernels", layer["kernels"]},
                      {"steps", layer["steps"]},
                      {"macs", layer["macs"]},
                      {"bytes", bytes},
                      {"minimum_ms", ms},
                      {"median_ms", ms * 1.01},
                      {"gflops", 2e-6 * macs / ms},
                      {"share_of_peak", 2e-6 * macs / ms / 100},
                      {"gbps", 1e-6 * bytes / ms},
                      {"share_of_bandwidth", 1e-6 * bytes / ms / 20}});
    layers.back()["bytes"] = static_cast<int64_t>(bytes);
  }
  const Json run = {{"threads", 1},           {"pinned", true},     {"runs", 100},         {"minimum_ms", total},
                    {"median_ms", total},     {"gflops", 50.0},     {"share_of_peak", .5}, {"peak_gflops", 100.0},
                    {"bandwidth_gbps", 20.0}, {"layers_ms", total}, {"layers_share", 1.0}, {"layers", layers}};
  Json target = report["target"];
  target.erase("description");
  const Json bench = {{"format", 1},
                      {"kind", "bench"},
                      {"tool", report["tool"]},
                      {"model", report["model"]},
                      {"options", report["options"]},
                      {"target", target},
                      {"machine", {{"processor", "a processor"}, {"processors", 1}}},
                      {"compiler", {{"command", "c++"}, {"version", "c++ 12"}, {"flags", "-O2"}, {"runner", ""}}},
                      {"method", {{"seconds", 1.0}, {"warm_up_runs", 1}, {"order", "interleaved"}}},
                      {"macs", report["totals"]["macs"]},
                      {"threads", {run}},
                      {"against",
                       {{{"name", "onnxruntime"},
                         {"version", "1.0"},
                         {"threads", 1},
                         {"runs", 100},
                         {"minimum_ms", total},
                         {"median_ms", total},
                         {"gflops", 50.0},
                         {"share_of_peak", .5},
                         {"times_intaglio", 1.0}}}},
                      {"notes", Json::array()}};
  return bench.dump();
}

namespace {

std::string convolution_and_pool(const std::string& convolution, const std::string& pool) {
  using namespace intaglio::testing;
  std::vector<float> weights(64 * 3 * 7 * 7);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i * 37 % 101) * 0.01F - 0.5F;
  ModelBuilder builder;
  builder.input("x", {1, 3, 224, 224}).constant("w", floats({64, 3, 7, 7}, std::move(weights)));
  builder.node("Conv", {"x", "w"}, {"sums"},
               {integers("pads", {3, 3, 3, 3}), integers("kernel_shape", {7, 7}), integers("strides", {2, 2})});
  builder.node("Relu", {"sums"}, {convolution});
  builder.node("MaxPool", {convolution}, {pool},
               {integers("pads", {1, 1, 1, 1}), integers("kernel_shape", {3, 3}), integers("strides", {2, 2})});
  builder.node("GlobalAveragePool", {pool}, {"y"}).output("y");
  return builder.bytes();
}

}  // namespace

std::string banded_model() { return convolution_and_pool("convolution", "pool"); }

std::string hostile_model() {
  return convolution_and_pool("</script><script>window.injected = 1</script><img src=x onerror='window.injected = 1'>",
                              std::string(300, 'm') + "<!--\"&amp;");
}

}  // namespace intaglio_cli
