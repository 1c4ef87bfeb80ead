// ONNX's own tests: a model of one or few nodes, inputs and what the operator's definition gives for them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace intaglio::testing {

struct NodeTest {
  std::string name;  ///< "node/test_abs": collection and folder
  std::filesystem::path folder;
};

/// The tests of every collection on this machine whose operators the compiler has (`intaglio ops`), by name.
std::vector<NodeTest> node_tests();

/// A test that was understood.
struct LoadedTest {
  NodeTest test;
  Graph graph;  ///< as imported, no pass has run
  std::vector<TensorData> inputs, outputs;
};

struct LoadedTests {
  std::vector<LoadedTest> understood;
  std::map<std::string, std::string> refused;  ///< name -> the first problem
};
/// Imports and lowers every test. What must be known when compiling is bound to the test's data, as --bind does: at
/// first nothing, when that is refused all integer inputs, then everything but the first input. Throws for internal
/// errors of the compiler.
LoadedTests load_node_tests();

/// tests/conformance/refused.txt: lines "name: reason".
std::map<std::string, std::string> listed_as_refused();

}  // namespace intaglio::testing
