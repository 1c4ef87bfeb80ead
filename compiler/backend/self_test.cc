// Renders NAME_selftest.cpp.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/interface.h"
#include "backend/template.h"

namespace intaglio {

namespace {
uint64_t element_bits(uint64_t seed, uint64_t input, uint64_t index) {  // splitmix64
  uint64_t z = seed + (input << 48) + (index + 1) * 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

std::string one_line(const TensorData& data) {
  std::string text;
  for (const std::string& literal : element_literals(data)) text += (text.empty() ? "" : ", ") + literal;
  return text;
}

/// True for a value that is right. Infinities and NaN have no neighbours: they equal themselves alone.
std::string comparison(const SelfTest::Output& expected) {
  if (expected.values.type() != ElementType::float32) return "value == expected";
  const std::string tolerance = float_literal(static_cast<float>(expected.tolerance));
  std::string close = fmt::format("value - expected <= {0} && expected - value <= {0}", tolerance);
  const std::span<const float> values = expected.values.values<float>();
  if (std::ranges::any_of(values, [](float value) { return std::isinf(value); }))
    close = fmt::format("value == expected || ({})", close);
  if (std::ranges::any_of(values, [](float value) { return std::isnan(value); }))
    close = fmt::format("(value != value && expected != expected) || ({})", close);
  return close;
}
}  // namespace

double generated_element(uint64_t seed, size_t input, int64_t index, ElementType type) {
  const uint64_t bits = element_bits(seed, input, static_cast<uint64_t>(index));
  if (is_real(type)) return static_cast<double>(bits >> 40) / 8388608.0 - 1.0;
  return static_cast<double>(bits >> 63);
}

std::string render_self_test(const Program& program, const Interface& names, const GenerateOptions& options) {
  const SelfTest& test = *options.self_test;
  std::vector<TemplateValues> arrays, inputs, outputs, members;
  auto add = [&](const Program::Port& port, const std::string& member, const char* prefix) {
    const std::string identifier = prefix + member;
    arrays.push_back(TemplateValues()
                         .set("type", c_type(port.type))
                         .set("identifier", identifier)
                         .set("elements", std::max<int64_t>(1, port.shape.elements())));
    members.push_back(TemplateValues().set("member", member).set("identifier", identifier));
    return identifier;
  };
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const Program::Port& port = program.inputs[i];
    const std::string identifier = add(port, names.inputs[i], "input_");
    if (port.shape.elements() == 0) continue;
    const std::string bits = fmt::format("element_bits({}, i)", i);
    inputs.push_back(TemplateValues()
                         .set("identifier", identifier)
                         .set("elements", port.shape.elements())
                         .set("expression", port.type == ElementType::float32
                                                ? fmt::format("static_cast<float>({} >> 40) / 8388608.0f - 1.0f", bits)
                                                : fmt::format("static_cast<{}>({} >> 63)", c_type(port.type), bits)));
  }
  auto is_array = [&](const std::string& name) {
    return std::ranges::any_of(names.outputs, [&](const std::string& member) { return "output_" + member == name; });
  };
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const Program::Port& port = program.outputs[i];
    const SelfTest::Output& expected = test.outputs[i];
    const std::string identifier = add(port, names.outputs[i], "output_");
    if (expected.positions.empty()) continue;
    std::string table = identifier;  // of output 'y', where another is called 'y_values'
    while (is_array(table + "_positions") || is_array(table + "_values")) table += "_expected";
    outputs.push_back(TemplateValues()
                          .set("type", c_type(port.type))
                          .set("identifier", identifier)
                          .set("table", table)
                          .set("count", expected.positions.size())
                          .set("positions", integer_table(expected.positions))
                          .set("values", one_line(expected.values))
                          .set("comparison", comparison(expected)));
  }
  const bool any_inputs = !inputs.empty(), any_outputs = !outputs.empty();
  return render_template("selftest.cpp.tmpl", TemplateValues()
                                                  .set("name", names.name)
                                                  .set("upper", names.upper)
                                                  .set("model_header", names.header)
                                                  .set("version", std::string(tool_version))
                                                  .flag("any_inputs", any_inputs)
                                                  .flag("any_outputs", any_outputs)
                                                  .set("seed", fmt::format("{}", test.seed))
                                                  .list("arrays", arrays)
                                                  .list("inputs", inputs)
                                                  .list("outputs", outputs)
                                                  .list("members", members));
}

}  // namespace intaglio
