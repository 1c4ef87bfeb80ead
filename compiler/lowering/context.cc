// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "support/error.h"
#include "support/identifier.h"

namespace intaglio::lowering {

Extents image_extents(const Shape& shape) {
  switch (shape.rank()) {
    case 2:
      return {shape[0], shape[1], 1, 1};
    case 3:
      return {shape[0], shape[1], 1, shape[2]};
    case 4:
      return {shape[0], shape[1], shape[2], shape[3]};
    default:
      internal_error("image extents of a tensor that is not an image");
  }
}

int64_t elements(const Shape& shape, size_t first, size_t last) {
  return std::accumulate(shape.begin() + first, shape.begin() + last, int64_t{1}, std::multiplies<>());
}

void Border::widen(const Border& other) {
  top = std::max(top, other.top);
  left = std::max(left, other.left);
  bottom = std::max(bottom, other.bottom);
  right = std::max(right, other.right);
}

namespace {
bool stay_cached(const Graph& graph, const Target& target) {
  int64_t bytes = 0;
  for (const Tensor& tensor : graph.tensors) {
    if (tensor.constant) bytes += static_cast<int64_t>(tensor.constant->bytes().size());
  }
  return bytes <= target.l3_bytes / 2;
}
}  // namespace

Context::Context(const Graph& graph, const Target& target, const LoweringOptions& options)
    : graph(graph),
      target(target),
      options(options),
      uses(graph),
      cached_weights(stay_cached(graph, target)),
      states(graph.tensors.size()),
      cluster_of(graph.nodes.size(), -1) {
  program.name = graph.name;
}

bool Context::blockable(TensorId id) const {
  const Tensor& t = graph[id];
  return t.type == ElementType::float32 && t.shape.rank() >= 2 && t.shape.rank() <= 4 && t.shape.elements() > 0;
}

namespace {

/// `elements` as a double, because borders may be so wide that an integer cannot hold their product.
void expect_in_arena(const std::string& name, double elements, ElementType type) {
  const double bytes = elements * static_cast<double>(element_size(type));
  if (bytes <= static_cast<double>(largest_arena_bytes)) return;
  fail(fmt::format("tensor '{}'", name),
       fmt::format("takes {:.0f} bytes with its padding and whole blocks of channels, more than the {} that an arena "
                   "may have",
                   bytes, largest_arena_bytes),
       "choose a smaller input with --shape");
}

}  // namespace

BufferId Context::add_buffer(const std::string& name, BufferKind kind, ElementType type, int64_t elements) {
  expect_in_arena(name, static_cast<double>(elements), type);
  program.buffers.push_back({plain_identifier(name), kind, type, elements});
  return BufferId(program.buffers.size() - 1);
}

WeightId Context::add_weight(const std::string& name, WeightData data) {
  program.weights.push_back({plain_identifier(name), std::move(data)});
  return WeightId(program.weights.size() - 1);
}

WeightId Context::add_floats(const std::string& name, std::vector<float> values) {
  if (values.empty()) values.push_back(0.0f);  // a phase without taps: the kernel still takes a pointer
  const auto count = static_cast<int64_t>(values.size());
  return add_weight(name, TensorData::of(Shape{count}, std::move(values)));
}

WeightId Context::add_indices(const std::string& name, std::vector<int32_t> values) {
  const auto count = static_cast<int64_t>(values.size());
  return add_weight(name, TensorData::of(Shape{count}, std::move(values)));
}

void Context::add_step(const Node& node, std::string comment, Kernel kernel, int64_t macs) {
  program.steps.push_back({display_name(graph, node), std::move(comment), std::move(kernel), macs});
}

View Context::planar_buffer_view(BufferId buffer, ElementType type, const Shape& shape) const {
  View view;
  view.buffer = buffer;
  view.type = type;
  view.shape = shape;
  return view;
}

namespace {

/// A view over `blocks` blocks of a buffer laid out for `storage`, starting at block `first`.
View storage_view(const Storage& storage, int64_t first, const Shape& shape, std::vector<int64_t> segments) {
  const Extents& e = storage.extents;
  const Border& border = storage.border;
  expect_in_arena(storage.name,
                  static_cast<double>(e.n * storage.blocks * lanes_per_block) *
                      static_cast<double>(e.h + border.top + border.bottom) *
                      static_cast<double>(e.w + border.left + border.right),
                  ElementType::float32);
  View view;
  view.buffer = storage.buffer;
  view.shape = shape;
  view.layout = Layout::blocked_floats;
  view.segments = std::move(segments);
  view.batch = e.n;
  view.height = e.h;
  view.width = e.w;
  view.pixel_stride = lanes_per_block;
  view.row_stride = (e.w + border.left + border.right) * lanes_per_block;
  view.block_stride = (e.h + border.top + border.bottom) * view.row_stride;
  view.image_stride = storage.blocks * view.block_stride;
  view.offset = first * view.block_stride + border.top * view.row_stride + border.left * lanes_per_block;
  view.border_top = border.top;
  view.border_left = border.left;
  view.border_bottom = border.bottom;
  view.border_right = border.right;
  return view;
}

bool dense_pixel(const View& view) {
  return view.blocked() && view.height == 1 && view.width == 1 && view.segments.size() == 1 &&
         view.block_stride == lanes_per_block && (view.batch == 1 || view.image_stride == view.channels());
}

}  // namespace

View Context::fresh_blocked(const std::string& name, const Shape& shape, std::vector<int64_t> segments,
                            const Border& border) {
  Storage storage;
  storage.name = name;
  storage.border = border;
  storage.extents = image_extents(shape);
  storage.blocks = block_count(segments);
  View view = storage_view(storage, 0, shape, std::move(segments));
  view.buffer = add_buffer(name, BufferKind::arena, ElementType::float32, view.batch * view.image_stride);
  return view;
}

View Context::blocked_result(TensorId id) {
  const TensorState& s = state(id);
  require(s.place.storage >= 0, "a blocked tensor has no place");
  Storage& storage = storages[s.place.storage];
  if (!storage.buffer) {
    const View whole = storage_view(storage, 0, tensor(id).shape, {});
    storage.buffer =
        add_buffer(storage.name, BufferKind::arena, ElementType::float32, whole.batch * whole.image_stride);
  }
  return storage_view(storage, s.place.block, tensor(id).shape, s.segments);
}

View Context::planar_result(TensorId id) {
  TensorState& s = state(id);
  if (!s.planar_view.buffer) {
    const NodeId producer = uses.producer(id);
    const std::string name = producer ? display_name(graph, graph[producer]) : tensor(id).name;
    s.planar_view =
        planar_buffer_view(add_buffer(name, BufferKind::arena, tensor(id).type, tensor(id).shape.elements()),
                           tensor(id).type, tensor(id).shape);
  }
  return s.planar_view;
}

View Context::planar(TensorId id) {
  TensorState& s = state(id);
  if (s.has_planar) return s.planar_view;
  if (is_constant(id)) {
    s.planar_view.weight = add_weight(tensor(id).name, *tensor(id).constant);
    s.planar_view.type = tensor(id).type;
    s.planar_view.shape = tensor(id).shape;
  } else {
    require(s.has_blocked, "a tensor is read before it is written");
    const View& x = s.blocked_view;
    if (dense_pixel(x)) {  // one pixel per channel without gaps is planar as it stands
      s.planar_view = planar_buffer_view(x.buffer, x.type, tensor(id).shape);
      s.planar_view.offset = x.offset;
    } else {
      const View y =
          planar_buffer_view(add_buffer(tensor(id).name + "_planar", BufferKind::arena, x.type, x.shape.elements()),
                             x.type, tensor(id).shape);
      program.steps.push_back(
          {tensor(id).name, fmt::format("to planar order: {}", x.shape.text()), RelayoutStep{x, y}, 0});
      s.planar_view = y;
    }
  }
  s.has_planar = true;
  return s.planar_view;
}

View Context::blocked(TensorId id) {
  TensorState& s = state(id);
  if (s.has_blocked) return s.blocked_view;
  const View x = planar(id);
  s.blocked_view = blocked_result(id);
  program.steps.push_back(
      {tensor(id).name, fmt::format("to blocked order: {}", x.shape.text()), RelayoutStep{x, s.blocked_view}, 0});
  s.has_blocked = true;
  return s.blocked_view;
}

int64_t block_of(const std::vector<int64_t>& segments, int64_t channel) {
  int64_t blocks = 0;
  for (int64_t count : segments) {
    if (channel < count) break;
    channel -= count;
    blocks += block_count(count);
  }
  require(channel % lanes_per_block == 0, "a part of a blocked tensor does not begin on a block");
  return blocks + channel / lanes_per_block;
}

View channel_part(const View& whole, int64_t first, const Shape& shape) {
  View part = whole;
  part.offset += block_of(whole.segments, first) * whole.block_stride;
  part.shape = shape;
  part.segments.clear();
  int64_t begin = 0;  // of the segment
  for (int64_t count : whole.segments) {
    const int64_t from = std::max(first, begin), to = std::min(first + shape[1], begin + count);
    if (from < to) part.segments.push_back(to - from);
    begin += count;
  }
  return part;
}

std::vector<int64_t> all_channels(int64_t count) {
  std::vector<int64_t> channels(count);
  std::iota(channels.begin(), channels.end(), 0);
  return channels;
}

Border window_border(const Window2d& window, const Extents& in, const Extents& out) {
  auto reach = [](int64_t kernel, int64_t stride, int64_t dilation, int64_t pad, int64_t in_size, int64_t out_size,
                  int64_t& before, int64_t& after) {
    if (kernel == 0) return;  // a phase without taps reads nothing
    const int64_t tap = (kernel - 1) * dilation;
    const int64_t lowest = std::min<int64_t>(0, tap) - pad;
    const int64_t highest = (out_size - 1) * stride + std::max<int64_t>(0, tap) - pad;
    before = std::max<int64_t>(0, -lowest);
    after = std::max<int64_t>(0, highest - (in_size - 1));
  };
  Border border;
  if (!window.clips_rows)
    reach(window.kernel_h, window.stride_h, window.dilation_h, window.pad_top, in.h, out.h, border.top, border.bottom);
  if (!window.clips_columns)
    reach(window.kernel_w, window.stride_w, window.dilation_w, window.pad_left, in.w, out.w, border.left, border.right);
  return border;
}

Window2d window_2d(const Window& window) {
  Window2d result;
  const size_t last = window.rank() - 1;
  result.kernel_w = window.kernel[last];
  result.stride_w = window.strides[last];
  result.dilation_w = window.dilations[last];
  result.pad_left = window.pads_begin[last];
  result.clips_columns = window.dilations[last] > 1;
  if (window.rank() == 2) {
    result.kernel_h = window.kernel[0];
    result.stride_h = window.strides[0];
    result.dilation_h = window.dilations[0];
    result.pad_top = window.pads_begin[0];
    result.clips_rows = window.dilations[0] > 1;
  }
  return result;
}

std::string describe_window(const Window& window, int64_t groups) {
  auto extents = [](const std::vector<int64_t>& values) { return fmt::format("{}", fmt::join(values, "x")); };
  auto all = [](const std::vector<int64_t>& values, int64_t value) {
    return std::ranges::all_of(values, [=](int64_t each) { return each == value; });
  };
  std::string text = extents(window.kernel);
  if (!all(window.strides, 1)) text += " s" + extents(window.strides);
  if (!all(window.dilations, 1)) text += " d" + extents(window.dilations);
  if (window.pads_begin != window.pads_end)
    text += fmt::format(" p{}..{}", extents(window.pads_begin), extents(window.pads_end));
  else if (!all(window.pads_begin, 0))
    text += " p" + extents(window.pads_begin);
  return groups > 1 ? text + fmt::format(" g{}", groups) : text;
}

std::string shapes(const View& x, const View& y) { return fmt::format("{} -> {}", x.shape.text(), y.shape.text()); }

std::string display_name(const Graph& graph, const Node& node) {
  if (!node.module.empty()) return node.module;
  for (TensorId output : node.outputs) {
    if (output) return graph[output].name;
  }
  return node.name;
}

}  // namespace intaglio::lowering
