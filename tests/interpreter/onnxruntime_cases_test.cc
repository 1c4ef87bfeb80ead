// Every operator in both numerics against ONNX Runtime: one test per case of onnxruntime_cases.txt (see make_cases.py).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "interpreter/interpreter.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "support/error.h"

namespace intaglio {
namespace {

/// "x: float32 2x3 = 1 2 3 4 5 6"
struct NamedValue {
  std::string name, type_text;
  TensorData data;
};

struct Case {
  std::string name, node;
  std::vector<NamedValue> inputs, expected;
  std::string refusal;  ///< why there is no result, of which `expected` is only the type; ONNX Runtime refuses too
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

template <class T>
TensorData parse_values(const Shape& shape, std::istream& in) {
  std::vector<T> values;
  for (std::string word; in >> word;) {
    if constexpr (std::is_floating_point_v<T>) {
      values.push_back(static_cast<T>(std::stod(word)));
    } else {
      values.push_back(static_cast<T>(std::stoll(word)));
    }
  }
  return TensorData::of<T>(shape, values);
}

NamedValue parse_value(const std::string& line) {
  std::istringstream in(line);
  std::string name, type_name, shape_text, equals;
  in >> name >> type_name >> shape_text >> equals;
  std::vector<int64_t> extents;
  if (shape_text != "scalar") {
    std::istringstream parts(shape_text);
    for (std::string extent; std::getline(parts, extent, 'x');) extents.push_back(std::stoll(extent));
  }
  const Shape shape(extents);
  const auto type = find_element_type(&ElementTypeInfo::name, type_name);
  if (!type) throw std::runtime_error("unknown element type: " + line);
  const std::string type_text = type_name + " " + shape_text;
  name.pop_back();
  return {name, type_text, visit_type(*type, [&]<class T>() { return parse_values<T>(shape, in); })};
}

std::vector<Case> read_cases() {
  std::ifstream file(std::string(INTAGLIO_TESTS_DIR) + "/interpreter/onnxruntime_cases.txt");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    const std::string keyword = line.substr(0, line.find(' '));
    const std::string rest = line.size() > keyword.size() ? line.substr(keyword.size() + 1) : "";
    if (keyword == "case") cases.push_back({rest, {}, {}, {}, {}});
    if (keyword == "input") cases.back().inputs.push_back(parse_value(rest));
    if (keyword == "node") cases.back().node = rest;
    if (keyword == "expect") cases.back().expected.push_back(parse_value(rest));
    if (keyword == "refuse") {
      const size_t colon = rest.find(": "), equals = rest.find(" = ");
      const std::string type_text = rest.substr(colon + 2, equals - colon - 2);
      cases.back().expected.push_back({rest.substr(0, colon), type_text, TensorData::scalar(0.0f)});
      cases.back().refusal = rest.substr(equals + 3);
    }
  }
  return cases;
}

std::string graph_text(const Case& test) {
  std::string text = "graph " + test.name + "\n";
  for (const NamedValue& input : test.inputs) text += "input " + input.name + ": " + input.type_text + "\n";
  text += test.node + " : ";
  for (size_t i = 0; i < test.expected.size(); ++i) text += (i == 0 ? "" : ", ") + test.expected[i].type_text;
  for (const NamedValue& output : test.expected) text += "\noutput " + output.name;
  return text + "\n";
}

class OnnxRuntime : public testing::TestWithParam<Case> {};

void expect_agreement(const Case& test, Numerics numerics, double tolerance) {
  std::vector<TensorData> inputs;
  for (const NamedValue& input : test.inputs) inputs.push_back(input.data);
  const Graph graph = parse_graph(graph_text(test));
  verify(graph);
  if (!test.refusal.empty()) {
    try {
      interpret(graph, inputs, numerics);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.problems()[0].message, test.refusal);
    }
    return;
  }
  const std::vector<TensorData> outputs = interpret(graph, inputs, numerics);
  ASSERT_EQ(outputs.size(), test.expected.size());
  for (size_t slot = 0; slot < outputs.size(); ++slot) {
    const std::vector<double> actual = outputs[slot].as_double();
    const std::vector<double> expected = test.expected[slot].data.as_double();
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      const std::string place = test.expected[slot].name + "[" + std::to_string(i) + "]";
      if (std::isnan(expected[i])) {
        EXPECT_TRUE(std::isnan(actual[i])) << place;
      } else if (std::isinf(expected[i])) {
        EXPECT_EQ(actual[i], expected[i]) << place;
      } else {
        EXPECT_NEAR(actual[i], expected[i], tolerance * (1 + std::fabs(expected[i]))) << place;
      }
    }
  }
}

TEST_P(OnnxRuntime, AgreesInReferenceNumerics) { expect_agreement(GetParam(), Numerics::fast, 2e-6); }

TEST_P(OnnxRuntime, AgreesInStrictNumerics) { expect_agreement(GetParam(), Numerics::strict, 3e-6); }

INSTANTIATE_TEST_SUITE_P(Cases, OnnxRuntime, testing::ValuesIn(read_cases()),
                         [](const testing::TestParamInfo<Case>& info) { return info.param.name; });

}  // namespace
}  // namespace intaglio
