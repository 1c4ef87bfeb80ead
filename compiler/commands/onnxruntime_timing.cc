// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/onnxruntime_timing.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "commands/command_files.h"
#include "support/error.h"
#include "support/shell.h"

namespace intaglio {

OnnxRuntimeTiming::OnnxRuntimeTiming(std::string python, const std::filesystem::path& model, const Graph& graph,
                                     const std::vector<TensorData>& inputs)
    : python_(std::move(python)), model_(std::filesystem::absolute(model)) {
  const std::string probe =
      fmt::format("{} -c 'import numpy, onnxruntime' > {} 2>&1", python_, shell_quoted((folder_ / "log").string()));
  if (run_shell(probe) != 0) {
    fail("--against onnxruntime", fmt::format("{} cannot import numpy and onnxruntime", python_),
         "pip install onnxruntime, or name another Python with --python");
  }
  std::ofstream(folder_ / "time.py") << command_file("bench/onnxruntime.py");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto bytes = inputs[i].bytes();
    std::ofstream(folder_ / fmt::format("in{}", i), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    inputs_.emplace_back(graph[graph.inputs[i]].name, inputs[i]);
  }
}

OnnxRuntimeTiming::Times OnnxRuntimeTiming::time(int64_t threads, double seconds) const {
  nlohmann::json spec = {{"model", model_.string()}, {"threads", threads}, {"seconds", seconds}};
  spec["inputs"] = nlohmann::json::array();
  for (const auto& [name, data] : inputs_) {
    spec["inputs"].push_back({{"name", name},
                              {"type", element_type_name(data.type())},
                              {"shape", data.shape().extents()},
                              {"file", (folder_ / fmt::format("in{}", spec["inputs"].size())).string()}});
  }
  std::ofstream(folder_ / "spec.json") << spec.dump();
  const std::string command =
      fmt::format("cd {} && {} time.py spec.json > out 2> log", shell_quoted(folder_.path().string()), python_);
  const bool ran = run_shell(command) == 0;
  const auto out = nlohmann::json::parse(read_file(folder_ / "out"), nullptr, false);
  if (!ran || !out.is_object() || !out.contains("milliseconds")) {
    std::string log = read_file(folder_ / "log");
    if (log.size() > 2000) log = "..." + log.substr(log.size() - 2000);
    fail("onnxruntime", "cannot run the model:\n" + log, "leave out --against");
  }
  return {out["version"], out["pinned"], out["milliseconds"]};
}

}  // namespace intaglio
