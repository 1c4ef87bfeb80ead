// Graph -> text. The parser is in text_parser.cc.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "ir/attributes.h"
#include "ir/fill.h"

namespace intaglio {

namespace {

constexpr int64_t longest_printed_constant = 64;

/// True for names that stand without quotes: not the words that begin other lines, and not the absent operand.
bool is_identifier(std::string_view name) {
  for (std::string_view reserved : {"_", "graph", "input", "constant", "output"}) {
    if (name == reserved) return false;
  }
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.'; };
  return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_part);
}

std::string quoted_name(std::string_view name) {
  std::string text = "'";
  for (char c : name) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string name_text(std::string_view name) { return is_identifier(name) ? std::string(name) : quoted_name(name); }

/// Collects "key value" items; see attributes.h.
class AttributePrinter {
 public:
  void extents(std::string_view key, const std::vector<int64_t>& values, int64_t fallback) {
    if (std::ranges::all_of(values, [&](int64_t value) { return value == fallback; })) return;
    add("{} {}", key, fmt::join(values, "x"));
  }
  void pads(const std::vector<int64_t>& begins, const std::vector<int64_t>& ends) {
    auto is_zero = [](int64_t value) { return value == 0; };
    if (std::ranges::all_of(begins, is_zero) && std::ranges::all_of(ends, is_zero)) return;
    add("pads {} {}", fmt::join(begins, "x"), fmt::join(ends, "x"));
  }
  void integers(std::string_view key, const std::vector<int64_t>& values) {
    if (!values.empty()) add("{} {}", key, fmt::join(values, " "));
  }
  void numbers(std::string_view key, const std::vector<float>& values) {
    if (!values.empty()) add("{} {}", key, fmt::join(values, " "));
  }
  void integer(std::string_view key, int64_t value, int64_t fallback) {
    if (value != fallback) add("{} {}", key, value);
  }
  void number(std::string_view key, float value, float fallback) {
    if (value != fallback) add("{} {}", key, value);
  }
  void flag(std::string_view key, bool value, bool fallback) {
    if (value != fallback) add("{}{}", key, value ? "" : " false");
  }
  template <class Enum, size_t count>
  void choice(std::string_view key, Enum value, const std::array<std::string_view, count>& names) {
    add("{} {}", key, names[static_cast<size_t>(value)]);
  }
  void function(std::string_view key, const Unary& unary) {
    if (unary.kind == UnaryKind::identity) return;
    std::string text(unary_name(unary.kind));
    if (unary_uses_alpha(unary.kind)) text += fmt::format(" {}", unary.alpha);
    if (unary_uses_beta(unary.kind)) text += fmt::format(" {}", unary.beta);
    add("{} {}", key, text);
  }
  std::string text() const { return items_.empty() ? "" : " {" + items_ + "}"; }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    items_ += (items_.empty() ? "" : ", ") + fmt::format(format, std::forward<Arguments>(arguments)...);
  }

  std::string items_;
};

std::string attributes_text(Operator op) {
  AttributePrinter printer;
  std::visit([&](auto& alternative) { alternative.visit_attributes(printer); }, op);
  return printer.text();
}

std::string elements_text(const TensorData& data) {
  return visit_type(data.type(), [&]<class T>() {
    if constexpr (std::is_same_v<T, bool>) return fmt::format("{}", fmt::join(data.as_int64(), ", "));
    return fmt::format("{}", fmt::join(data.values<T>(), ", "));
  });
}

std::string constant_text(const TensorData& data) {
  if (data.elements() <= longest_printed_constant) return "[" + elements_text(data) + "]";
  const auto seed = seed_of(data);
  return fmt::format("hash:{:016x}", seed ? *seed : XXH3_64bits(data.bytes().data(), data.bytes().size()));
}

std::string type_text(const Tensor& tensor) {
  return fmt::format("{} {}", element_type_name(tensor.type), tensor.shape.text());
}

/// Constants that live nodes or graph outputs use, in the order of their first use.
std::vector<TensorId> used_constants(const Graph& graph) {
  std::vector<TensorId> constants;
  std::vector<bool> seen(graph.tensors.size());
  auto use = [&](TensorId id) {
    if (!id || !graph[id].constant || seen[id.index()]) return;
    seen[id.index()] = true;
    constants.push_back(id);
  };
  for (NodeId node : graph.order) std::ranges::for_each(graph[node].inputs, use);
  std::ranges::for_each(graph.outputs, use);
  return constants;
}

std::string node_text(const Graph& graph, const Node& node) {
  std::vector<std::string> results, types, operands;
  for (TensorId id : node.outputs) {
    results.push_back(id ? name_text(graph[id].name) : "_");
    types.push_back(id ? type_text(graph[id]) : "_");
  }
  for (TensorId id : node.inputs) operands.push_back(id ? name_text(graph[id].name) : "_");
  std::string text = fmt::format("{} = {}({}){} : {}", fmt::join(results, ", "), operator_name(node.op),
                                 fmt::join(operands, ", "), attributes_text(node.op), fmt::join(types, ", "));
  if (!node.name.empty() || !node.module.empty()) text += "  # node " + quoted_name(node.name);
  if (!node.module.empty()) text += " (" + node.module + ")";
  return text;
}

}  // namespace

std::string operator_text(const Operator& op) { return std::string(operator_name(op)) + attributes_text(op); }

std::string print(const Graph& graph) {
  std::string text = "graph " + name_text(graph.name) + "\n";
  for (TensorId id : graph.inputs)
    text += fmt::format("input {}: {}\n", name_text(graph[id].name), type_text(graph[id]));
  for (TensorId id : used_constants(graph)) {
    const Tensor& tensor = graph[id];
    text += fmt::format("constant {}: {} = {}\n", name_text(tensor.name), type_text(tensor),
                        constant_text(*tensor.constant));
  }
  for (NodeId id : graph.order) text += node_text(graph, graph[id]) + "\n";
  for (TensorId id : graph.outputs) text += fmt::format("output {}\n", name_text(graph[id].name));
  return text;
}

}  // namespace intaglio
