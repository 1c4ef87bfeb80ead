// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/moments.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "lowering/normal.h"
#include "lowering/weight_sums.h"

namespace intaglio::lowering {

namespace {

using Map = ErrorPath::Map;

// ---- channels

size_t channels_of(const Tensor& tensor) {
  return tensor.shape.rank() >= 2 ? static_cast<size_t>(std::max<int64_t>(1, tensor.shape[1])) : 1;
}

/// The same values for another number of channels: each for as many neighbours (Flatten), or their average for all.
std::vector<double> spread(const std::vector<double>& values, size_t channels) {
  if (values.size() == channels) return values;
  std::vector<double> result(channels, 0.0);
  if (values.empty()) return result;
  if (channels % values.size() == 0) {
    for (size_t c = 0; c < channels; ++c) result[c] = values[c / (channels / values.size())];
  } else {
    std::fill(result.begin(), result.end(),
              std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
  }
  return result;
}

Moments spread(const Moments& moments, size_t channels) {
  return {spread(moments.mean, channels), spread(moments.variance, channels), spread(moments.third, channels)};
}

/// Moments of a constant that is broadcast to `rank` dimensions.
Moments moments_of_constant(const Tensor& constant, size_t rank, size_t channels) {
  const std::vector<double> values = constant.constant->as_double();
  const Shape& shape = constant.shape;
  const size_t axis = shape.rank() + 1 - rank;  // of the channels; wraps where there is none
  const bool per_channel =
      rank >= 2 && axis < shape.rank() && static_cast<size_t>(shape[axis]) == channels && !values.empty();
  const size_t groups = per_channel ? channels : 1;
  size_t inner = 1;
  if (per_channel) {
    for (size_t i = axis + 1; i < shape.rank(); ++i) inner *= static_cast<size_t>(shape[i]);
  }
  std::vector<double> sum(groups, 0.0), squares(groups, 0.0);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t group = per_channel ? i / inner % channels : 0;
    const double value = std::isfinite(values[i]) ? values[i] : 0;
    sum[group] += value;
    squares[group] += value * value;
  }
  const double count = std::max<double>(1, static_cast<double>(values.size() / groups));
  Moments result;
  for (size_t g = 0; g < groups; ++g) {
    const double mean = sum[g] / count;
    result.mean.push_back(mean);
    result.variance.push_back(std::max(squares[g] / count - mean * mean, 0.0));
    result.third.push_back(0);
  }
  return spread(result, channels);
}

Moments standard(size_t channels) {
  return {std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0), std::vector<double>(channels, 0.0)};
}

class Walk {
 public:
  explicit Walk(const Graph& graph) : graph_(graph) {
    result_.tensors.resize(graph.tensors.size());
    result_.nodes.resize(graph.nodes.size());
    before_.resize(graph.tensors.size());
    for (TensorId input : graph.inputs) {
      const size_t channels = channels_of(graph[input]);
      result_.tensors[input.index()] = standard(channels);
    }
  }

  NetworkMoments run() {
    for (NodeId id : graph_.order) visit(id);
    return std::move(result_);
  }

 private:
  /// A tensor as a function's result, times a factor: a maximum may as well be taken of the function's argument.
  struct Before {
    std::vector<Unary> functions;  // per channel; none: not known
    Moments moments;
    std::vector<double> factors;
    bool known() const { return !functions.empty(); }
  };

  /// As a function of itself where nothing better is known.
  Before before(TensorId x) const {
    const Before& known = before_[x.index()];
    if (known.known()) return known;
    const Moments m = moments(x, x);
    return {std::vector<Unary>(m.mean.size(), Unary{}), m, std::vector<double>(m.mean.size(), 1.0)};
  }

  Moments moments(TensorId id, TensorId like) const {
    const size_t channels = channels_of(graph_[like]);
    if (graph_[id].constant) return moments_of_constant(graph_[id], graph_[like].shape.rank(), channels);
    const Moments& known = result_.tensors[id.index()];
    if (known.mean.empty()) return standard(channels);
    return spread(known, channels);
  }

  bool variable(TensorId id) const { return id && !graph_[id].constant; }

  /// The result is `f` of what has `raw` moments; returns the gains of `f`.
  std::vector<double> finish(TensorId y, const Moments& raw, const Unary& f) {
    Moments& out = result_.tensors[y.index()];
    out = raw;
    std::vector<double> gain(raw.mean.size(), 1.0);
    if (f.kind == UnaryKind::identity) return gain;
    for (size_t c = 0; c < gain.size(); ++c) {
      const Transformed t = transform(f, raw.mean[c], raw.variance[c], raw.third[c]);
      out.mean[c] = t.mean;
      out.variance[c] = t.variance;
      out.third[c] = t.third;
      gain[c] = t.gain;
    }
    before_[y.index()] = {std::vector<Unary>(gain.size(), f), raw, std::vector<double>(gain.size(), 1.0)};
    return gain;
  }

  void pass(NodeErrors& errors, TensorId input, std::vector<double> gain) {
    if (variable(input)) errors.paths.push_back({input, Map::spread, std::move(gain)});
  }

  /// y has the moments of x, scaled.
  void same(const Node& node, NodeErrors& errors, double mean_factor = 1, double variance_factor = 1) {
    const TensorId y = node.outputs[0];
    Moments m = moments(node.inputs[0], y);
    for (double& value : m.mean) value *= mean_factor;
    for (double& value : m.variance) value *= variance_factor;
    for (double& value : m.third) value *= variance_factor * std::sqrt(variance_factor);
    pass(errors, node.inputs[0], std::vector<double>(m.mean.size(), variance_factor));
    result_.tensors[y.index()] = std::move(m);
  }

  void linear(const Node& node, NodeErrors& errors, const Epilogue& epilogue) {
    const TensorId y = node.outputs[0];
    const WeightSums w = weight_sums(graph_, node);
    const int64_t inputs = w.outputs / w.group_outputs * w.group_inputs;
    Moments x = result_.tensors[node.inputs[0].index()].mean.empty()
                    ? standard(inputs)
                    : spread(result_.tensors[node.inputs[0].index()], inputs);
    Moments raw = standard(w.outputs);  // of sums of many products: no skew
    errors.squares.assign(w.outputs, 0.0);
    for (int64_t o = 0; o < w.outputs; ++o) {
      const int64_t first = o / w.group_outputs * w.group_inputs;
      const float *sums = &w.sums[o * w.group_inputs], *squares = &w.squares[o * w.group_inputs];
      double mean = 0, variance = 0, all = 0;
      for (int64_t i = 0; i < w.group_inputs; ++i) {
        const double m = x.mean[first + i], v = x.variance[first + i];
        mean += sums[i] * m;
        variance += squares[i] * v;
        all += squares[i] * (v + m * m);
      }
      raw.mean[o] = mean;
      raw.variance[o] = std::max(variance, least_variance);
      errors.squares[o] = all;
    }
    if (node.inputs.size() > 2 && node.inputs[2] && graph_[node.inputs[2]].constant) {
      const std::vector<double> bias = graph_[node.inputs[2]].constant->as_double();
      const Gemm* gemm = std::get_if<Gemm>(&node.op);
      for (int64_t o = 0; o < w.outputs && !bias.empty(); ++o)
        raw.mean[o] += (gemm ? static_cast<double>(gemm->beta) : 1.0) * bias[o % static_cast<int64_t>(bias.size())];
    }
    std::vector<double> gain = finish(y, raw, epilogue.activation);
    if (epilogue.residual) {
      const TensorId other = node.inputs.back();
      Moments sum = result_.tensors[y.index()];
      const Moments r = moments(other, y);
      for (size_t c = 0; c < sum.mean.size(); ++c) {
        sum.mean[c] += r.mean[c];
        sum.variance[c] += r.variance[c];
        sum.third[c] += r.third[c];
      }
      before_[y.index()] = {};
      const std::vector<double> last = finish(y, sum, epilogue.final_activation);
      for (size_t c = 0; c < gain.size(); ++c) gain[c] *= last[c];
      pass(errors, other, last);
    }
    for (size_t o = 0; o < errors.squares.size(); ++o) errors.squares[o] *= gain[o];
    if (variable(node.inputs[0])) errors.paths.push_back({node.inputs[0], Map::weights, std::move(gain)});
  }

  /// A product of matrices: every element of the result alike.
  void matrix_product(const Node& node, NodeErrors& errors) {
    const TensorId y = node.outputs[0], a = node.inputs[0], b = node.inputs[1];
    const auto terms =
        static_cast<double>(graph_[a].shape.rank() > 0 ? graph_[a].shape[graph_[a].shape.rank() - 1] : 1);
    const size_t channels = channels_of(graph_[y]);
    const auto average = [&](TensorId id) {
      const Moments m = graph_[id].constant ? moments_of_constant(graph_[id], 0, 1) : moments(id, id);
      return spread(m, 1);
    };
    const Moments ma = average(a), mb = average(b);
    const double sa = ma.variance[0] + ma.mean[0] * ma.mean[0], sb = mb.variance[0] + mb.mean[0] * mb.mean[0];
    const double variance = terms * (sa * sb - ma.mean[0] * ma.mean[0] * mb.mean[0] * mb.mean[0]);
    result_.tensors[y.index()] = {std::vector<double>(channels, terms * ma.mean[0] * mb.mean[0]),
                                  std::vector<double>(channels, std::max(variance, least_variance)),
                                  std::vector<double>(channels, 0.0)};
    errors.squares.assign(channels, terms * sa * sb);
    pass(errors, a, std::vector<double>(channels, terms * sb));
    pass(errors, b, std::vector<double>(channels, terms * sa));
  }

  void binary(const Node& node, NodeErrors& errors, BinaryKind kind) {
    const TensorId y = node.outputs[0];
    const Moments a = moments(node.inputs[0], y), b = moments(node.inputs[1], y);
    Moments out = a;
    const size_t channels = out.mean.size();
    std::vector<double> gain_a(channels, 1.0), gain_b(channels, 0.0);
    for (size_t c = 0; c < channels; ++c) {
      const double am = a.mean[c], av = a.variance[c], bm = b.mean[c], bv = b.variance[c];
      const double a3 = a.third[c], b3 = b.third[c];
      if (kind == BinaryKind::add || kind == BinaryKind::sub) {
        out.mean[c] = kind == BinaryKind::add ? am + bm : am - bm;
        out.variance[c] = av + bv;
        out.third[c] = kind == BinaryKind::add ? a3 + b3 : a3 - b3;
        gain_b[c] = 1;
      } else if (kind == BinaryKind::mul) {
        out.mean[c] = am * bm;
        out.variance[c] = av * bv + av * bm * bm + bv * am * am;
        out.third[c] = a3 * bm * bm * bm + b3 * am * am * am + 6 * am * bm * av * bv;
        gain_a[c] = bv + bm * bm;
        gain_b[c] = av + am * am;
      } else if (kind == BinaryKind::div) {
        const double square = std::max(bv + bm * bm, least_variance);
        out.mean[c] = am / (bm < 0 ? -std::sqrt(square) : std::sqrt(square));
        out.variance[c] = av / square;
        out.third[c] = a3 / (square * (bm < 0 ? -std::sqrt(square) : std::sqrt(square)));
        gain_a[c] = 1 / square;
        gain_b[c] = (av + am * am) / (square * square);
      }
    }
    pass(errors, node.inputs[0], gain_a);
    pass(errors, node.inputs[1], gain_b);
    if (kind == BinaryKind::mul) {
      if (is_gate(node.inputs[1], y)) gated(node.inputs[0], b, y);
      if (is_gate(node.inputs[0], y)) gated(node.inputs[1], a, y);
    }
    result_.tensors[y.index()] = std::move(out);
  }

  /// One value for every channel of `y`, as that of squeeze and excitation.
  bool is_gate(TensorId gate, TensorId y) const {
    const Shape& shape = graph_[gate].shape;
    int64_t inner = 1;
    for (size_t axis = 2; axis < shape.rank(); ++axis) inner *= shape[axis];
    return shape.rank() == graph_[y].shape.rank() && inner == 1;
  }

  void gated(TensorId x, const Moments& gate, TensorId y) {
    Before before = before_[x.index()];
    if (before.functions.size() != gate.mean.size()) return;
    for (size_t c = 0; c < gate.mean.size(); ++c) before.factors[c] *= gate.mean[c];
    before_[y.index()] = std::move(before);
  }

  /// Half of the values come from each operand.
  void either(const Node& node, NodeErrors& errors) {
    const TensorId y = node.outputs[0];
    Moments out = moments(node.inputs[1], y);
    const Moments other = moments(node.inputs[2], y);
    for (size_t c = 0; c < out.mean.size(); ++c) {
      const double gap = out.mean[c] - other.mean[c];
      out.mean[c] -= gap / 2;
      out.variance[c] = (out.variance[c] + other.variance[c]) / 2 + gap * gap / 4;
      out.third[c] = 0;
    }
    pass(errors, node.inputs[1], std::vector<double>(out.mean.size(), 0.5));
    pass(errors, node.inputs[2], std::vector<double>(out.mean.size(), 0.5));
    result_.tensors[y.index()] = std::move(out);
  }

  /// y = (x - mean) / deviation * scale + bias; with statistics of x itself where they are no constants. `groups` of
  /// channels share theirs.
  void normalised(const Node& node, NodeErrors& errors, int64_t groups, double epsilon) {
    const TensorId y = node.outputs[0];
    const Moments x = moments(node.inputs[0], y);
    const size_t channels = x.mean.size(), per_group = channels / static_cast<size_t>(std::max<int64_t>(1, groups));
    const auto constant = [&](size_t i, double otherwise) {
      if (node.inputs.size() <= i || !node.inputs[i] || !graph_[node.inputs[i]].constant)
        return std::vector<double>(channels, otherwise);
      return spread(graph_[node.inputs[i]].constant->as_double(), channels);
    };
    const std::vector<double> scale = constant(1, 1), bias = constant(2, 0);
    const BatchNorm* batch = std::get_if<BatchNorm>(&node.op);
    const bool known = batch && !batch->training && node.inputs.size() > 4 && graph_[node.inputs[3]].constant &&
                       graph_[node.inputs[4]].constant;
    const std::vector<double> means = known ? constant(3, 0) : std::vector<double>{},
                              variances = known ? constant(4, 1) : std::vector<double>{};
    Moments out = x;
    std::vector<double> gain(channels);
    for (size_t first = 0; first < channels; first += std::max<size_t>(1, per_group)) {
      const size_t end = std::min(channels, first + std::max<size_t>(1, per_group));
      double sum = 0, squares = 0;
      for (size_t c = first; c < end; ++c) {
        sum += x.mean[c];
        squares += x.variance[c] + x.mean[c] * x.mean[c];
      }
      const double mean = sum / static_cast<double>(end - first);
      const double variance = std::max(squares / static_cast<double>(end - first) - mean * mean, 0.0);
      for (size_t c = first; c < end; ++c) {
        gain[c] = scale[c] * scale[c] / ((known ? variances[c] : variance) + epsilon);
        const double factor = (scale[c] < 0 ? -1 : 1) * std::sqrt(gain[c]);
        out.mean[c] = (x.mean[c] - (known ? means[c] : mean)) * factor + bias[c];
        out.variance[c] = x.variance[c] * gain[c];
        out.third[c] = x.third[c] * gain[c] * factor;
      }
    }
    pass(errors, node.inputs[0], gain);
    result_.tensors[y.index()] = std::move(out);
  }

  void pooled(const Node& node, NodeErrors& errors, const Pool& pool) {
    int64_t taps = 1;
    for (int64_t kernel : pool.window.kernel) taps *= kernel;
    if (pool.kind != PoolKind::max) {
      double part = 1;
      if (pool.count_include_pad) {
        const std::vector<double> parts =
            inside(pool.window, graph_[node.inputs[0]].shape, graph_[node.outputs[0]].shape);
        part = std::accumulate(parts.begin(), parts.end(), 0.0) / static_cast<double>(parts.size());
      }
      same(node, errors, part, 1 / std::sqrt(static_cast<double>(taps)));
      return;
    }
    const TensorId x = node.inputs[0], y = node.outputs[0];
    const Transformed largest = largest_of(taps);
    const size_t channels = channels_of(graph_[y]);
    Moments out = standard(channels);
    std::vector<double> gain(channels, 1.0);
    Before all = before(x);
    for (size_t c = 0; c < channels && c < all.functions.size(); ++c) {
      double &mean = all.moments.mean[c], &variance = all.moments.variance[c], &third = all.moments.third[c];
      gain[c] = 1 / std::max(transform(all.functions[c], mean, variance, third).gain, 1e-3);
      mean += largest.mean * std::sqrt(variance);
      variance *= largest.variance;
      third = 0;
      const Transformed t = transform(all.functions[c], mean, variance, third);
      const double factor = all.factors[c];
      out.mean[c] = factor * t.mean;
      out.variance[c] = factor * factor * t.variance;
      out.third[c] = factor * factor * factor * t.third;
      gain[c] *= t.gain;
    }
    before_[y.index()] = std::move(all);
    result_.tensors[y.index()] = std::move(out);
    pass(errors, x, std::move(gain));
  }

  void reduced(const Node& node, NodeErrors& errors, const Reduce& reduce) {
    const Shape& in = graph_[node.inputs[0]].shape;
    double count = 1;
    for (int64_t axis : reduce.axes) count *= static_cast<double>(std::max<int64_t>(1, in[axis]));
    if (reduce.kind == ReduceKind::mean)
      same(node, errors, 1, 1 / std::sqrt(count));
    else if (reduce.kind == ReduceKind::sum)
      same(node, errors, count, count);
    else
      same(node, errors);
  }

  static void append(Before& all, const Before& more) {
    const auto join = [](auto& a, const auto& b) { a.insert(a.end(), b.begin(), b.end()); };
    join(all.functions, more.functions);
    join(all.moments.mean, more.moments.mean);
    join(all.moments.variance, more.moments.variance);
    join(all.moments.third, more.moments.third);
    join(all.factors, more.factors);
  }

  void concatenated(const Node& node, NodeErrors& errors, const Concat& concat) {
    const TensorId y = node.outputs[0];
    const size_t channels = channels_of(graph_[y]);
    if (concat.axis != 1) {
      Moments average = standard(channels);
      std::fill(average.variance.begin(), average.variance.end(), 0.0);
      const double share = 1 / static_cast<double>(node.inputs.size());
      for (TensorId input : node.inputs) {
        const Moments m = moments(input, y);
        for (size_t c = 0; c < channels; ++c) {
          average.mean[c] += share * m.mean[c];
          average.variance[c] += share * m.variance[c];
        }
        pass(errors, input, std::vector<double>(channels, share));
      }
      result_.tensors[y.index()] = std::move(average);
      return;
    }
    Moments all;
    Before before_all;
    const bool known = std::ranges::any_of(node.inputs, [&](TensorId input) { return before_[input.index()].known(); });
    for (TensorId input : node.inputs) {
      const Moments m = moments(input, input);
      if (variable(input))
        errors.paths.push_back(
            {input, Map::append, std::vector<double>(m.mean.size(), 1.0), static_cast<int64_t>(all.mean.size())});
      all.mean.insert(all.mean.end(), m.mean.begin(), m.mean.end());
      all.variance.insert(all.variance.end(), m.variance.begin(), m.variance.end());
      all.third.insert(all.third.end(), m.third.begin(), m.third.end());
      if (known) append(before_all, before(input));
    }
    before_[y.index()] = std::move(before_all);
    result_.tensors[y.index()] = std::move(all);
  }

  void sliced(const Node& node, NodeErrors& errors, const Slice& slice) {
    const TensorId x = node.inputs[0], y = node.outputs[0];
    const size_t channels = channels_of(graph_[y]);
    if (graph_[x].shape.rank() < 2 || !variable(x)) return same(node, errors);
    // Not copied where they are known: one value may be cut into thousands of slices.
    const Moments& known = result_.tensors[x.index()];
    Moments other;
    const Moments& all = known.mean.size() == channels_of(graph_[x]) ? known : other = moments(x, x);
    Moments some;
    for (size_t c = 0; c < channels; ++c) {
      const auto from = static_cast<size_t>(slice.starts[1] + static_cast<int64_t>(c) * slice.steps[1]);
      some.mean.push_back(all.mean[from]);
      some.variance.push_back(all.variance[from]);
      some.third.push_back(all.third[from]);
    }
    errors.paths.push_back({x, Map::pick, std::vector<double>(channels, 1.0), slice.starts[1], slice.steps[1]});
    result_.tensors[y.index()] = std::move(some);
  }

  void visit(NodeId id) {
    const Node& node = graph_[id];
    NodeErrors& errors = result_.nodes[id.index()];
    if (node.inputs.empty() || !node.inputs[0] || !node.outputs[0]) return;
    const auto* conv = std::get_if<Conv>(&node.op);
    const auto* transposed = std::get_if<ConvTranspose>(&node.op);
    const auto* gemm = std::get_if<Gemm>(&node.op);
    if ((conv || transposed || (gemm && !gemm->trans_a)) && has_constant_weights(graph_, node)) {
      linear(node, errors, conv ? conv->epilogue : transposed ? transposed->epilogue : gemm->epilogue);
    } else if (conv || transposed || gemm || std::holds_alternative<MatMul>(node.op)) {
      matrix_product(node, errors);
    } else if (const auto* unary = std::get_if<Unary>(&node.op)) {
      pass(errors, node.inputs[0], finish(node.outputs[0], moments(node.inputs[0], node.outputs[0]), *unary));
    } else if (const auto* two = std::get_if<Binary>(&node.op)) {
      binary(node, errors, two->kind);
    } else if (std::holds_alternative<Where>(node.op)) {
      either(node, errors);
    } else if (const auto* batch = std::get_if<BatchNorm>(&node.op)) {
      normalised(node, errors, static_cast<int64_t>(channels_of(graph_[node.outputs[0]])), batch->epsilon);
    } else if (const auto* group = std::get_if<GroupNorm>(&node.op)) {
      normalised(node, errors, group->groups, group->epsilon);
    } else if (const auto* layer = std::get_if<LayerNorm>(&node.op)) {
      normalised(node, errors, 1, layer->epsilon);
    } else if (const auto* pool = std::get_if<Pool>(&node.op)) {
      pooled(node, errors, *pool);
    } else if (const auto* reduce = std::get_if<Reduce>(&node.op)) {
      reduced(node, errors, *reduce);
    } else if (const auto* concat = std::get_if<Concat>(&node.op)) {
      concatenated(node, errors, *concat);
    } else if (const auto* slice = std::get_if<Slice>(&node.op)) {
      sliced(node, errors, *slice);
    } else {
      same(node, errors);  // movement, and what is too rare for a model of its own
    }
  }

  const Graph& graph_;
  NetworkMoments result_;
  std::vector<Before> before_;  // by tensor
};

}  // namespace

NetworkMoments network_moments(const Graph& graph) { return Walk(graph).run(); }

}  // namespace intaglio::lowering
