// Text -> Graph: a recursive-descent parser over one line at a time. The grammar is in text.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "ir/attributes.h"
#include "ir/fill.h"
#include "ir/text.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// Reads tokens from one line; every failure names the line.
class Cursor {
 public:
  Cursor(std::string_view text, int line) : text_(text), line_(line) {}

  [[noreturn]] void error(const std::string& message) const {
    fail("IR text line " + std::to_string(line_),
         message + (text_.empty() ? " at the end" : " before '" + std::string(text_) + "'"));
  }
  bool at_end() {
    skip_spaces();
    return text_.empty();
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  void expect(std::string_view token) {
    if (!accept(token)) error("expected '" + std::string(token) + "'");
  }
  /// A run of characters up to a separator.
  std::string_view word() {
    skip_spaces();
    const std::string_view result = text_.substr(0, text_.find_first_of(" ,:(){}[]="));
    if (result.empty()) error("expected a word");
    text_.remove_prefix(result.size());
    return result;
  }
  /// A plain or quoted name; "_" alone is an absent one.
  std::optional<std::string> name() {
    if (accept("'")) return quoted_tail();
    std::string plain(word());
    if (plain == "_") return std::nullopt;
    return plain;
  }
  std::string required_name() {
    auto result = name();
    if (!result) error("expected a name");
    return *result;
  }
  /// The rest of a quoted name, after its opening quote.
  std::string quoted_tail() {
    std::string result;
    while (!text_.empty() && text_[0] != '\'') {
      const bool escaped = text_[0] == '\\' && text_.size() > 1;
      if (escaped) text_.remove_prefix(1);
      result += escaped && text_[0] == 'n' ? '\n' : text_[0];
      text_.remove_prefix(1);
    }
    expect("'");
    return result;
  }
  /// All words up to a comma or a closing bracket.
  std::vector<std::string_view> words() {
    std::vector<std::string_view> result;
    while (!at_end() && text_[0] != ',' && text_[0] != '}' && text_[0] != ']') result.push_back(word());
    return result;
  }
  std::string_view rest() const { return text_; }

  template <class T>
  T number(std::string_view text) const {
    T value{};
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || end != text.data() + text.size()) error("'" + std::string(text) + "' is no number");
    return value;
  }
  std::vector<int64_t> extents(std::string_view text) const {
    std::vector<int64_t> values;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find('x', begin), text.size());
      values.push_back(number<int64_t>(text.substr(begin, end - begin)));
      begin = end + 1;
    }
    return values;
  }

 private:
  void skip_spaces() {
    while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
  }

  std::string_view text_;
  int line_;
};

/// Fills an operator from the items between braces; see attributes.h.
class AttributeParser {
 public:
  explicit AttributeParser(Cursor& cursor) : cursor_(cursor) {
    if (!cursor.accept("{")) return;
    do {
      const std::string key(cursor.word());
      if (!items_.emplace(key, cursor.words()).second) cursor.error("attribute '" + key + "' is given twice");
    } while (cursor.accept(","));
    cursor.expect("}");
  }

  void extents(std::string_view key, std::vector<int64_t>& values, int64_t fallback) {
    if (auto item = take(key, 1)) {
      values = cursor_.extents((*item)[0]);
      rank_ = values.size();
    } else if (fallback == attributes::always) {
      cursor_.error("attribute '" + std::string(key) + "' is missing");
    } else {
      values.assign(rank_, fallback);
    }
  }
  void pads(std::vector<int64_t>& begins, std::vector<int64_t>& ends) {
    const auto item = take("pads", 2);
    begins = item ? cursor_.extents((*item)[0]) : std::vector<int64_t>(rank_, 0);
    ends = item ? cursor_.extents((*item)[1]) : std::vector<int64_t>(rank_, 0);
  }
  void integers(std::string_view key, std::vector<int64_t>& values) { list(key, values); }
  void numbers(std::string_view key, std::vector<float>& values) { list(key, values); }
  void integer(std::string_view key, int64_t& value, int64_t fallback) {
    const auto item = take(key, 1);
    if (!item && fallback == attributes::always) cursor_.error("attribute '" + std::string(key) + "' is missing");
    value = item ? cursor_.number<int64_t>((*item)[0]) : fallback;
  }
  void number(std::string_view key, float& value, float fallback) {
    const auto item = take(key, 1);
    if (!item && fallback != fallback) cursor_.error("attribute '" + std::string(key) + "' is missing");
    value = item ? cursor_.number<float>((*item)[0]) : fallback;
  }
  void flag(std::string_view key, bool& value, bool fallback) {
    const auto item = take(key);
    value = item ? item->empty() : fallback;
  }
  template <class Enum, size_t count>
  void choice(std::string_view key, Enum& value, const std::array<std::string_view, count>& names) {
    const auto item = take(key, 1);
    if (!item) cursor_.error("attribute '" + std::string(key) + "' is missing");
    const auto found = std::ranges::find(names, (*item)[0]);
    if (found == names.end()) cursor_.error("'" + std::string((*item)[0]) + "' is no " + std::string(key));
    value = static_cast<Enum>(found - names.begin());
  }
  void function(std::string_view key, Unary& unary) {
    const auto item = take(key);
    if (!item) return;
    if (item->empty() || !parse_unary((*item)[0], unary.kind)) cursor_.error("expected a function of one element");
    const size_t parameters = size_t{unary_uses_alpha(unary.kind)} + size_t{unary_uses_beta(unary.kind)};
    if (item->size() != 1 + parameters) cursor_.error("wrong number of parameters of " + std::string((*item)[0]));
    if (parameters > 0) unary.alpha = cursor_.number<float>((*item)[1]);
    if (parameters > 1) unary.beta = cursor_.number<float>((*item)[2]);
  }
  void finish() const {
    if (!items_.empty()) cursor_.error("unknown attribute '" + items_.begin()->first + "'");
  }

 private:
  using Item = std::vector<std::string_view>;

  std::optional<Item> take(std::string_view key) {
    auto node = items_.extract(std::string(key));
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
  }
  std::optional<Item> take(std::string_view key, size_t count) {
    auto item = take(key);
    if (item && item->size() != count) cursor_.error("wrong number of values of '" + std::string(key) + "'");
    return item;
  }
  template <class T>
  void list(std::string_view key, std::vector<T>& values) {
    values.clear();
    for (std::string_view text : take(key).value_or(Item{})) values.push_back(cursor_.number<T>(text));
  }

  Cursor& cursor_;
  std::map<std::string, Item> items_;
  size_t rank_ = 0;
};

template <size_t... indices>
std::vector<Operator> one_of_each_struct(std::index_sequence<indices...>) {
  return {std::variant_alternative_t<indices, Operator>{}...};
}

/// A default-constructed operator of every name, some twice.
std::vector<Operator> prototypes() {
  std::vector<Operator> result = one_of_each_struct(std::make_index_sequence<std::variant_size_v<Operator>>());
  for (int kind = 0; kind <= static_cast<int>(UnaryKind::clip); ++kind) result.push_back(Unary{UnaryKind(kind)});
  for (int kind = 0; kind <= static_cast<int>(BinaryKind::logical_or); ++kind)
    result.push_back(Binary{BinaryKind(kind)});
  for (int kind = 0; kind <= static_cast<int>(ReduceKind::sum_square); ++kind)
    result.push_back(Reduce{ReduceKind(kind)});
  for (int kind = 0; kind <= static_cast<int>(PoolKind::lp); ++kind) result.push_back(Pool{PoolKind(kind)});
  for (int kind = 0; kind <= static_cast<int>(FoldedKind::atanh); ++kind)
    result.push_back(FoldedFunction{FoldedKind(kind)});
  for (bool log : {false, true}) result.push_back(Softmax{0, log});
  for (bool max : {false, true}) result.push_back(ArgReduce{max});
  return result;
}

Operator parse_operator(Cursor& cursor, std::string_view name) {
  static const std::vector<Operator> all = prototypes();
  const auto found = std::ranges::find_if(all, [&](const Operator& op) { return operator_name(op) == name; });
  if (found == all.end()) cursor.error("unknown operator '" + std::string(name) + "'");
  return *found;
}

template <class T>
TensorData parse_elements(Cursor& cursor, const Shape& shape) {
  std::vector<T> values;
  if (!cursor.accept("]")) {
    do {
      using Number = std::conditional_t<std::is_same_v<T, bool>, int, T>;  // booleans are written 0 and 1
      values.push_back(static_cast<T>(cursor.number<Number>(cursor.word())));
    } while (cursor.accept(","));
    cursor.expect("]");
  }
  if (static_cast<int64_t>(values.size()) != shape.elements()) cursor.error("wrong number of elements");
  return TensorData::of(shape, std::move(values));
}

TensorData parse_constant(Cursor& cursor, ElementType type, const Shape& shape) {
  if (cursor.accept("hash:")) {
    const std::string_view digits = cursor.word();
    uint64_t seed = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), seed, 16);
    if (status != std::errc() || end != digits.data() + digits.size()) cursor.error("expected a hexadecimal hash");
    return seeded_fill(type, shape, seed);
  }
  cursor.expect("[");
  return visit_type(type, [&]<class T>() { return parse_elements<T>(cursor, shape); });
}

class Parser {
 public:
  Graph parse(std::string_view text) {
    int line_number = 0;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      Cursor cursor(text.substr(begin, end - begin), ++line_number);
      if (!cursor.at_end() && !cursor.accept("#")) parse_line(cursor);
      begin = end + 1;
    }
    return std::move(graph_);
  }

 private:
  void parse_line(Cursor& cursor) {
    if (cursor.accept("graph ")) {
      graph_.name = cursor.required_name();
    } else if (cursor.accept("input ")) {
      graph_.inputs.push_back(declare(cursor, cursor.required_name(), true));
    } else if (cursor.accept("constant ")) {
      const TensorId id = declare(cursor, cursor.required_name(), true);
      cursor.expect("=");
      graph_[id].constant = parse_constant(cursor, graph_[id].type, graph_[id].shape);
    } else if (cursor.accept("output ")) {
      graph_.outputs.push_back(lookup(cursor, cursor.required_name()));
    } else {
      parse_node(cursor);
    }
    if (!cursor.at_end() && !cursor.accept("#")) cursor.error("unexpected text");
  }

  void parse_node(Cursor& cursor) {
    std::vector<std::optional<std::string>> results;
    do {
      results.push_back(cursor.name());
    } while (cursor.accept(","));
    cursor.expect("=");
    Node node;
    node.op = parse_operator(cursor, cursor.word());
    cursor.expect("(");
    if (!cursor.accept(")")) {
      do {
        const auto name = cursor.name();
        node.inputs.push_back(name ? lookup(cursor, *name) : TensorId());
      } while (cursor.accept(","));
      cursor.expect(")");
    }
    AttributeParser parser(cursor);
    std::visit([&](auto& op) { op.visit_attributes(parser); }, node.op);
    parser.finish();
    cursor.expect(":");
    for (size_t i = 0; i < results.size(); ++i) {
      if (i > 0) cursor.expect(",");
      if (!results[i]) cursor.expect("_");
      node.outputs.push_back(results[i] ? declare(cursor, *results[i], false) : TensorId());
    }
    if (cursor.accept("# node ")) {
      cursor.expect("'");
      node.name = cursor.quoted_tail();
      if (cursor.accept("(")) {
        const std::string_view tail = cursor.rest();
        node.module = tail.substr(0, tail.rfind(')'));
        cursor.expect(tail);
      }
    }
    graph_.add_node(std::move(node));
  }

  /// "float32 1x3x8x8", after a colon when `colon`.
  TensorId declare(Cursor& cursor, const std::string& name, bool colon) {
    if (tensors_.count(name) != 0) cursor.error("'" + name + "' is defined twice");
    if (colon) cursor.expect(":");
    const auto type = find_element_type(&ElementTypeInfo::name, cursor.word());
    if (!type) cursor.error("unknown element type");
    const std::string_view shape = cursor.word();
    const TensorId id = graph_.add_tensor(name, *type, shape == "scalar" ? Shape() : Shape(cursor.extents(shape)));
    tensors_.emplace(name, id);
    return id;
  }

  TensorId lookup(Cursor& cursor, const std::string& name) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) cursor.error("'" + name + "' is not defined");
    return found->second;
  }

  Graph graph_;
  std::map<std::string, TensorId> tensors_;
};

}  // namespace

Graph parse_graph(std::string_view text) { return Parser().parse(text); }

}  // namespace intaglio
