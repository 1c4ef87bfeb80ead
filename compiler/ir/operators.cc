// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/operators.h"

#include <iterator>

namespace intaglio {

namespace {

constexpr std::string_view binary_names[] = {
    "add",           "sub",         "mul",        "div",     "pow",  "min",
    "max",           "prelu",       "equal",      "greater", "less", "greater_or_equal",
    "less_or_equal", "logical_and", "logical_or",
};

constexpr std::string_view reduce_prefix = "reduce_";
constexpr std::string_view reduce_names[] = {
    "reduce_mean", "reduce_sum", "reduce_max", "reduce_min",
    "reduce_prod", "reduce_l1",  "reduce_l2",  "reduce_sum_square",
};

static_assert(std::size(binary_names) == static_cast<size_t>(BinaryKind::logical_or) + 1);
static_assert(std::size(reduce_names) == static_cast<size_t>(ReduceKind::sum_square) + 1);

const UnaryRow& row(UnaryKind kind) { return unary_rows[static_cast<size_t>(kind)]; }

struct NameOf {
  std::string_view operator()(const auto& op) const { return op.name; }
  std::string_view operator()(const Unary& op) const { return unary_name(op.kind); }
  std::string_view operator()(const Binary& op) const { return binary_name(op.kind); }
  std::string_view operator()(const FoldedFunction& op) const { return folded_names[static_cast<size_t>(op.kind)]; }
  std::string_view operator()(const Softmax& op) const { return op.log ? "log_softmax" : "softmax"; }
  std::string_view operator()(const Pool& op) const {
    constexpr std::string_view names[] = {"max_pool", "average_pool", "lp_pool"};
    return names[static_cast<size_t>(op.kind)];
  }
  std::string_view operator()(const Reduce& op) const { return reduce_names[static_cast<size_t>(op.kind)]; }
  std::string_view operator()(const ArgReduce& op) const { return op.max ? "arg_max" : "arg_min"; }
};

}  // namespace

std::string_view unary_name(UnaryKind kind) { return row(kind).name; }

bool parse_unary(std::string_view name, UnaryKind& kind) {
  for (const UnaryRow& candidate : unary_rows) {
    if (candidate.name != name) continue;
    kind = candidate.kind;
    return true;
  }
  return false;
}

bool unary_uses_alpha(UnaryKind kind) { return row(kind).parameters != UnaryParameters::none; }

bool unary_uses_beta(UnaryKind kind) { return row(kind).parameters == UnaryParameters::alpha_and_beta; }

std::string_view binary_name(BinaryKind kind) { return binary_names[static_cast<size_t>(kind)]; }

bool parse_binary(std::string_view name, BinaryKind& kind) {
  for (size_t i = 0; i < std::size(binary_names); ++i) {
    if (binary_names[i] != name) continue;
    kind = static_cast<BinaryKind>(i);
    return true;
  }
  return false;
}

bool is_comparison(BinaryKind kind) { return kind >= BinaryKind::equal && kind <= BinaryKind::less_or_equal; }

std::string_view reduce_name(ReduceKind kind) {
  return reduce_names[static_cast<size_t>(kind)].substr(reduce_prefix.size());
}

bool parse_reduce(std::string_view name, ReduceKind& kind) {
  for (size_t i = 0; i < std::size(reduce_names); ++i) {
    if (reduce_names[i].substr(reduce_prefix.size()) != name) continue;
    kind = static_cast<ReduceKind>(i);
    return true;
  }
  return false;
}

std::string_view operator_name(const Operator& op) { return std::visit(NameOf{}, op); }

}  // namespace intaglio
