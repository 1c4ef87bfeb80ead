// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/recognise_activations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "passes/clip_range.h"
#include "passes/rewrite.h"

namespace intaglio {

namespace {

bool near(double value, double expected) { return std::abs(value - expected) <= 1e-6 * std::abs(expected); }

/// scale * factors[0] * factors[1] ...
struct Product {
  double scale = 1;
  std::vector<TensorId> factors;
};

/// Looks from a value backwards through its producers.
class Matcher {
 public:
  Matcher(const Graph& graph, const Uses& uses) : graph_(graph), uses_(uses) {}

  /// The operand of the function of one element that made `value`; null when another operator did.
  TensorId unary(TensorId value, UnaryKind kind) const {
    const Unary* unary = get_if<Unary>(graph_, uses_.producer(value));
    return unary && unary->kind == kind ? graph_[uses_.producer(value)].inputs[0] : TensorId();
  }

  /// x when value = x + c.
  TensorId plus(TensorId value, double c) const {
    const auto match = with_uniform(graph_, uses_.producer(value), BinaryKind::add);
    return match && near(match->value, c) ? match->x : TensorId();
  }

  /// value = scale x, one multiplication or division deep.
  WithUniform scaled(TensorId value) const {
    if (auto match = with_uniform(graph_, uses_.producer(value), BinaryKind::mul)) return *match;
    if (auto match = with_uniform(graph_, uses_.producer(value), BinaryKind::div)) return {match->x, 1 / match->value};
    return {value, 1};
  }

  /// value as a product of values of its own shape, not looking into `whole`.
  Product product(TensorId value, TensorId whole) const {
    Product result;
    collect(value, whole, 4, result);
    return result;
  }

  /// x when value = clip(x + 3, 0, 6).
  TensorId shifted_relu6(TensorId value) const {
    const Unary* unary = get_if<Unary>(graph_, uses_.producer(value));
    const auto range = unary ? clip_range(*unary) : std::nullopt;
    if (!range || range->low != 0 || range->high != 6) return {};
    return plus(graph_[uses_.producer(value)].inputs[0], 3);
  }

 private:
  void collect(TensorId value, TensorId whole, int depth, Product& result) const {
    const WithUniform outer = scaled(value);
    if (value != whole && outer.x != value && depth > 0) {
      result.scale *= outer.value;
      return collect(outer.x, whole, depth - 1, result);
    }
    const NodeId id = uses_.producer(value);
    const Binary* binary = get_if<Binary>(graph_, id);
    const bool is_product = value != whole && depth > 0 && binary && binary->kind == BinaryKind::mul &&
                            graph_[graph_[id].inputs[0]].shape == graph_[graph_[id].inputs[1]].shape;
    if (!is_product) return result.factors.push_back(value);
    for (TensorId factor : graph_[id].inputs) collect(factor, whole, depth - 1, result);
  }

  const Graph& graph_;
  const Uses& uses_;
};

/// A factor of a product that is some function of x, and what the whole product then is.
struct FactorMatch {
  TensorId x;
  double scale;   ///< the constant factor that the product must have
  Unary product;  ///< scale * x * factor
};

bool is_cube(const Matcher& matcher, const Graph& graph, const Uses& uses, TensorId value, TensorId x) {
  const auto power = with_uniform(graph, uses.producer(value), BinaryKind::pow);
  if (power) return power->value == 3 && power->x == x;
  const Product product = matcher.product(value, x);
  const bool only_x = std::ranges::all_of(product.factors, [&](TensorId factor) { return factor == x; });
  return product.scale == 1 && product.factors.size() == 3 && only_x;
}

/// x when value = sqrt(2 / pi) (x + 0.044715 x^3).
TensorId gelu_tanh_argument(const Matcher& matcher, const Graph& graph, const Uses& uses, TensorId value) {
  const WithUniform outer = matcher.scaled(value);
  const Binary* sum = get_if<Binary>(graph, uses.producer(outer.x));
  if (!near(outer.value, std::sqrt(2 / std::numbers::pi)) || !sum || sum->kind != BinaryKind::add) return {};
  const auto& terms = graph[uses.producer(outer.x)].inputs;
  for (size_t i : {0, 1}) {
    const WithUniform cubic = matcher.scaled(terms[1 - i]);
    if (near(cubic.value, 0.044715) && is_cube(matcher, graph, uses, cubic.x, terms[i])) return terms[i];
  }
  return {};
}

std::optional<FactorMatch> match_factor(const Matcher& matcher, const Graph& graph, const Uses& uses, TensorId factor) {
  const Unary* unary = get_if<Unary>(graph, uses.producer(factor));
  if (unary && unary->kind == UnaryKind::hard_sigmoid && near(unary->alpha, 1.0 / 6) && near(unary->beta, 0.5)) {
    return FactorMatch{graph[uses.producer(factor)].inputs[0], 1, {UnaryKind::hard_swish}};
  }
  if (const TensorId x = matcher.shifted_relu6(factor)) return FactorMatch{x, 1.0 / 6, {UnaryKind::hard_swish}};
  if (const TensorId x = matcher.unary(factor, UnaryKind::tanh)) {
    const TensorId inner = matcher.unary(x, UnaryKind::softplus);
    if (inner) return FactorMatch{inner, 1, {UnaryKind::mish}};
  }
  if (const TensorId sum = matcher.plus(factor, 1)) {
    if (const TensorId erf = matcher.unary(sum, UnaryKind::erf)) {
      const WithUniform argument = matcher.scaled(erf);
      if (near(argument.value, std::numbers::sqrt2 / 2)) return FactorMatch{argument.x, 0.5, {UnaryKind::gelu}};
    }
    if (const TensorId tanh = matcher.unary(sum, UnaryKind::tanh)) {
      const TensorId x = gelu_tanh_argument(matcher, graph, uses, tanh);
      if (x) return FactorMatch{x, 0.5, {UnaryKind::gelu_tanh}};
    }
  }
  return std::nullopt;
}

/// x sigmoid(a x); x itself may be the product a x of something else.
std::optional<FactorMatch> match_swish(const Matcher& matcher, TensorId factor, bool scaled) {
  const TensorId argument = matcher.unary(factor, UnaryKind::sigmoid);
  if (!argument) return std::nullopt;
  if (!scaled) return FactorMatch{argument, 1, {UnaryKind::swish, 1}};
  const WithUniform match = matcher.scaled(argument);
  return FactorMatch{match.x, 1, {UnaryKind::swish, static_cast<float>(match.value)}};
}

void become(Graph& graph, NodeId id, Unary unary, TensorId x) {
  graph[id].op = unary;
  graph[id].inputs = {x};
}

bool recognise_product(Graph& graph, const Uses& uses, NodeId id) {
  const Binary* binary = get_if<Binary>(graph, id);
  if (!binary || (binary->kind != BinaryKind::mul && binary->kind != BinaryKind::div)) return false;
  const TensorId y = graph[id].outputs[0];
  if (graph[y].type != ElementType::float32) return false;
  const Matcher matcher(graph, uses);
  const Product flat = matcher.product(y, {});

  if (flat.factors.size() == 1 && near(flat.scale, 1.0 / 6)) {
    if (const TensorId x = matcher.shifted_relu6(flat.factors[0])) {
      become(graph, id, {UnaryKind::hard_sigmoid, static_cast<float>(1.0 / 6), 0.5f}, x);
      return true;
    }
  }
  for (TensorId factor : flat.factors) {
    for (const auto& match : {match_factor(matcher, graph, uses, factor), match_swish(matcher, factor, false),
                              match_swish(matcher, factor, true)}) {
      if (!match || graph[match->x].shape != graph[y].shape) continue;
      const Product product = matcher.product(y, match->x);
      const bool is_pair =
          product.factors == std::vector{match->x, factor} || product.factors == std::vector{factor, match->x};
      if (!is_pair || !near(product.scale, match->scale)) continue;
      become(graph, id, match->product, match->x);
      return true;
    }
  }
  return false;
}

bool recognise_clip(Graph& graph, const Uses& uses, NodeId id) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto low = with_uniform(graph, id, BinaryKind::max), high = with_uniform(graph, id, BinaryKind::min);
  const auto& match = low ? low : high;
  if (!match || graph[match->x].type != ElementType::float32 || std::isnan(match->value))
    return merge_clips(graph, uses, id);
  const float bound = static_cast<float>(match->value);
  become(graph, id, clip_operator(low ? ClipRange{bound, infinity} : ClipRange{-infinity, bound}), match->x);
  return true;
}

bool recognise_leaky_relu(Graph& graph, const Uses&, NodeId id) {
  const auto match = with_uniform(graph, id, BinaryKind::prelu);
  if (!match || graph[match->x].type != ElementType::float32) return false;
  become(graph, id, {UnaryKind::leaky_relu, static_cast<float>(match->value)}, match->x);
  return true;
}

bool recognise_activation(Graph& graph, const Uses& uses, NodeId id) {
  return recognise_clip(graph, uses, id) || recognise_leaky_relu(graph, uses, id) || recognise_product(graph, uses, id);
}

}  // namespace

bool recognise_activations(Graph& graph) { return rewrite(graph, recognise_activation); }

}  // namespace intaglio
