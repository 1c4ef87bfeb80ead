// Predicted cycles by example, for the target `portable`: 8 lanes * 2 multiply-adds * 0.93 = 14.88 products per cycle.
// All figures are thousands of cycles.
//
//     A   conv 3x3 64 -> 64 at 56x56, weights in the last cache (16 bytes per cycle)
//     direct            36,864 weights * 3,136 pixels, of whose tiles of six 98 % are full / 14.88      7,908
//                       147 KB of weights take 9, of which a fifth is in the way                            2    7,910
//     winograd 6x6      100 tiles * 64 points * 4,096 products / 14.88                                  1,762
//                       15 cycles for each of 64 points * 17 register tiles * 4 panels                     65
//                       2.2 cycles for each of 100 * 64 points * (8 + 8) blocks, both transforms          225
//                       1 MB of weights in each of 5 passes 328, v and m beyond L2 82: a fifth             82    2,134
//
// Both sums and streams run at once: the longer one counts, and a fifth of the shorter (with_weights). Winograd must
// take less than 0.93 of the direct kernel, 7,356: it does. F(4x4) has 196 tiles of 36 points, more products in all,
// 2,314; F(2x2) 4,024.
//
//     B   conv 1x1 256 -> 256 at 14x14: direct 875
//     strassen          755 for 7 of 8 products, 50 for additions, 14 for tiles, 6 for weights                     825
//     C   conv 1x1 128 -> 128 at 28x28: direct 879
//     strassen          755,                    100,              27,            1                                 885
//
// Strassen must take less than 0.96 of what leads so far: B's 840, which it does, C's 844, which it does not. Both
// layers have the same products; with half the channels and four times the pixels C has twice the additions.
//
//     D   conv 3x3 512 -> 512 at 7x7, weights stream           from the last cache        from memory (4 bytes/cycle)
//     direct                                                   8,680                      9,034
//     winograd 4x4        sums 2,595; 36 points are 37.7 MB    2,595 + 2,359/5 = 3,067    9,437 + 2,595/5 = 9,956
//     winograd 4x4 plain  sums 4,836; 9 taps are 9.4 MB        4,836 +   590/5 = 4,954    4,836 + 2,359/5 = 5,308
//
// The plain kernel transforms the weights itself, for 2,241, and streams a quarter of the bytes: it wins where weights
// come from memory and loses where they come from the last cache.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/panels.h"
#include "ir/strassen.h"
#include "ir/tap_ranges.h"
#include "lowering/register_tiles.h"

namespace intaglio::lowering {

namespace {

// Measured on Zen 3 and Zen 4, per image: register tiles reach 93 % of the FMA peak in direct convolutions and in
// Winograd's products, where each of them costs 15 cycles besides; a point of a transform costs about two cycles per
// block of channels, an element of a strip one.
constexpr double tile_efficiency = 0.93, product_cycles = 15, transform_cycles = 2.2, strip_cycles = 1.2;
/// Of a point of the weights' transform per input channel and block of output channels: above all a store.
constexpr double weight_transform_cycles = 1.9;

/// Products of fewer tiles wait for their own sums.
constexpr int64_t fewest_tiles = 4;
/// Other kernels than the direct one cost scratch and larger weights: they must take this part of its time at most.
constexpr double winograd_must_save = 0.93, strassen_must_save = 0.96;
/// Regions with fewer taps cost smaller tiles.
constexpr double clipping_must_save = 0.93;
/// Candidates that the model takes for slower than this are not worth measuring.
constexpr double plausible = 1.5;

double arithmetic(double macs, const Target& target) {
  return macs / (static_cast<double>(target.lanes) * target.fma_per_cycle * tile_efficiency);
}

/// Weights stream from memory or the last cache while the arithmetic runs; each gets in the other's way a little. In
/// further passes over the pixels, those that do not stay in L2 stream from the last cache, and so does what the kernel
/// keeps beyond L2: `spilled` bytes per pass.
double with_weights(double cycles, double weights, const ConvolutionLayer& layer, const Target& target,
                    int64_t passes = 1, int64_t spilled = 0) {
  constexpr double interference = 0.2;
  const double bytes = weights * 4,
               first = bytes / (layer.cached_weights ? target.l3_bytes_per_cycle : target.memory_bytes_per_cycle);
  const double again = bytes > static_cast<double>(target.l2_bytes) / 2 ? bytes * static_cast<double>(passes - 1) : 0;
  const double streaming = first + (again + 2 * static_cast<double>(spilled * passes)) / target.l3_bytes_per_cycle;
  return std::max(cycles, streaming) + interference * std::min(cycles, streaming);
}

double fill(int64_t width, int64_t rows, const Target& target) {
  return tile_fill(width, rows, dense_tile(target).pixels);
}

/// As far as tap_ranges.h asks.
std::pair<View, View> views_of(const ConvolutionLayer& layer) {
  View x, y;
  x.height = layer.in_height, x.width = layer.in_width, y.height = layer.height, y.width = layer.width;
  return {x, y};
}

/// The layer's window, which passes over all taps in the padding.
Window2d clipped(Window2d window) {
  window.clips_rows = window.clips_columns = true;
  return window;
}

bool is_clipped(const ConvolutionLayer& layer, const Window2d& window) {
  const auto [x, y] = views_of(layer);
  return intaglio::is_clipped(window, x, y);
}
bool is_clipped(const ConvolutionLayer& layer) { return !layer.planar && is_clipped(layer, layer.window); }

/// Products of a tap and a pixel, where register tiles of a few pixels take as long as those of four.
double tap_products(const ConvolutionLayer& layer, const Window2d& window, const Target& target) {
  constexpr double fewest = 4;
  const int64_t most = dense_tile(target).pixels;
  const auto [x, y] = views_of(layer);
  double products = 0;
  for (const TapRegion& region : tap_regions(window, x, y)) {
    const int64_t rows = choose_rows(region.rows.count, region.columns.count, target),
                  pixels = rows * region.columns.count, groups = region.rows.count / rows;
    const auto tiles = static_cast<double>((pixels + most - 1) / most);
    products += static_cast<double>(region.taps() * groups) * std::max(static_cast<double>(pixels), tiles * fewest);
  }
  return products;
}

double direct_cycles(const ConvolutionLayer& layer, int64_t rows, bool clips, const Target& target) {
  const double weights = static_cast<double>(layer.inputs / layer.groups) * static_cast<double>(layer.outputs) *
                         static_cast<double>(layer.window.kernel_h * layer.window.kernel_w);
  double pixels = static_cast<double>(layer.height * layer.width) / fill(layer.width, rows, target);
  if (clips || is_clipped(layer)) {
    Window2d whole = layer.window;
    whole.clips_rows = whole.clips_columns = false;
    pixels *=
        tap_products(layer, clips ? clipped(layer.window) : layer.window, target) / tap_products(layer, whole, target);
  }
  return with_weights(arithmetic(weights * pixels, target), weights, layer, target);
}

// ---- direct

/// Every panel of output channels then walks dense rows, which takes up to a fifth less time than striding over the
/// input once per panel; in one dimension, nothing.
bool subsampling_possible(const ConvolutionLayer& layer, const LoweringOptions& options) {
  return layer.window.kernel_h * layer.window.kernel_w == 1 && layer.groups == 1 && layer.window.stride_h > 1 &&
         !is_clipped(layer) && options.enabled(Switch::subsampling);
}

/// Padding that the layer reads from a border: to pass over it changes nothing but NaN of infinite weights.
bool clipping_possible(const ConvolutionLayer& layer, const LoweringOptions& options) {
  return layer.window.kernel_h * layer.window.kernel_w > 1 && layer.finite_weights &&
         options.enabled(Switch::clipping) && is_clipped(layer, clipped(layer.window)) && !is_clipped(layer);
}

/// The untuned choice first.
std::vector<RatedChoice> direct_candidates(const ConvolutionLayer& layer, const Target& target,
                                           const LoweringOptions& options) {
  constexpr int64_t channels_that_pay = 64;  // four panels
  ConvolutionChoice untuned;
  untuned.reduction_block = target.reduction_block;
  untuned.rows = choose_rows(layer.height, layer.width, target);
  untuned.subsample = subsampling_possible(layer, options) && layer.outputs >= channels_that_pay;
  const auto rated = [&](const ConvolutionChoice& choice) {
    return RatedChoice{choice, direct_cycles(layer, choice.rows, choice.clips, target)};
  };
  std::vector<RatedChoice> list = {rated(untuned)};
  if (layer.planar || options.strict()) return list;
  auto add = [&](auto change) {
    ConvolutionChoice choice = list.front().choice;
    change(choice);
    list.push_back(rated(choice));
  };
  if (clipping_possible(layer, options)) {
    add([](ConvolutionChoice& c) { c.clips = true; });
    if (list.back().cycles < clipping_must_save * list.front().cycles) std::swap(list.front(), list.back());
  }
  if (subsampling_possible(layer, options)) add([](ConvolutionChoice& c) { c.subsample = !c.subsample; });
  const int64_t steps = layer.inputs / layer.groups * layer.window.kernel_h * layer.window.kernel_w;
  for (int64_t reduction : {128, 192, 256, 384, 512}) {
    if (std::min(steps, reduction) != std::min(steps, untuned.reduction_block))
      add([&](ConvolutionChoice& c) { c.reduction_block = reduction; });
  }
  if (list.front().choice.clips || is_clipped(layer)) return list;  // every region has rows of its own
  for (int64_t rows : row_groups(layer.height, layer.width)) {
    if (rows != untuned.rows && fill(layer.width, rows, target) > 0.85)
      add([&](ConvolutionChoice& c) { c.rows = rows; });
  }
  return list;
}

// ---- Winograd

/// The phases of a small kernel have two taps each,
/// for which tiles of 8x8 points have twice the error of those for three.
constexpr int64_t most_points = 64, most_points_of_phases = 56;

/// Tile sizes F(m, taps) along an axis.
std::vector<int64_t> tile_outputs(int64_t taps) {
  if (taps == 1) return {1};
  constexpr int64_t fewest = 4, most = 8;  // points
  std::vector<int64_t> outputs;
  for (int64_t count = std::max<int64_t>(2, fewest - taps + 1); count + taps - 1 <= most; ++count)
    outputs.push_back(count);
  return outputs;
}

/// Tiles per pass: v and m should stay in L2, and every weight that streams by should serve enough tiles.
int64_t tiles_per_pass(int64_t count, int64_t bytes_per_tile, const Target& target) {
  constexpr int64_t fewest = 14;
  const int64_t most = std::clamp<int64_t>(target.l2_bytes * 3 / 4 / bytes_per_tile, fewest, std::max(fewest, count));
  if (most >= count) return count;
  for (int64_t tiles = most; tiles * 5 >= most * 3; --tiles) {
    if (count % tiles == 0) return tiles;
  }
  const int64_t passes = (count + most - 1) / most;
  return (count + passes - 1) / passes;
}

/// The choice with as many tiles per pass as stay in L2 or more,
/// whichever takes the fewest `cycles`(tiles per pass, passes).
template <class Cycles>
RatedChoice best_passes(ConvolutionChoice choice, int64_t tiles, int64_t bytes_per_tile, const Target& target,
                        const Cycles& cycles) {
  const int64_t in_l2 = tiles_per_pass(tiles, bytes_per_tile, target);
  RatedChoice best;
  for (int64_t passes = (tiles + in_l2 - 1) / in_l2; passes > 0; passes /= 2) {
    choice.tiles = best.cycles == 0 ? in_l2 : (tiles + passes - 1) / passes;
    const RatedChoice candidate{choice, cycles(choice.tiles, passes)};
    if (best.cycles == 0 || candidate.cycles < best.cycles) best = candidate;
  }
  return best;
}

bool winograd_possible(const ConvolutionLayer& layer, const Target& target, const LoweringOptions& options) {
  const Window2d& window = layer.window;
  const WinogradStep polyphase{.window = window};
  // Nine phases and more would sum their rounding errors, for little: they have few taps each.
  return layer.groups == 1 && layer.finite_weights && !options.strict() && options.enabled(Switch::winograd) &&
         target.lanes > 1 && window.dilation_h == 1 && window.dilation_w == 1 && window.stride_h <= 2 &&
         window.stride_w <= 2 && polyphase.taps_h() * polyphase.taps_w() > 1;
}

/// By size of the tile.
std::vector<RatedChoice> winograd_candidates(const ConvolutionLayer& layer, const Target& target,
                                             const LoweringOptions& options) {
  const WinogradStep polyphase{.window = layer.window};
  const int64_t taps_h = polyphase.taps_h(), taps_w = polyphase.taps_w(),
                phases = polyphase.phases_h() * polyphase.phases_w();
  const int64_t input_blocks = layer.planar ? block_count(layer.inputs * phases) : block_count(layer.inputs) * phases,
                output_blocks = block_count(layer.outputs);
  const DenseTile tile = dense_tile(target);
  const auto tile_pixels = static_cast<double>(tile.pixels);
  const double products_per_point = static_cast<double>(layer.inputs * phases) * static_cast<double>(layer.outputs);
  std::vector<RatedChoice> list;
  for (int64_t outputs_h : tile_outputs(taps_h)) {
    for (int64_t outputs_w : tile_outputs(taps_w)) {
      const int64_t points = (outputs_h + taps_h - 1) * (outputs_w + taps_w - 1);
      if (points > (phases > 1 && !layer.planar ? most_points_of_phases : most_points)) continue;
      const int64_t rows = (layer.height + outputs_h - 1) / outputs_h,
                    columns = (layer.width + outputs_w - 1) / outputs_w;
      const auto all_points = static_cast<double>(points), all_tiles = static_cast<double>(rows * columns),
                 product_tiles = static_cast<double>(std::max(fewest_tiles, rows * columns));
      const double products = arithmetic(products_per_point * all_points * product_tiles, target) +
                              product_cycles * all_points * std::ceil(all_tiles / tile_pixels) *
                                  std::max(1.0, static_cast<double>(layer.outputs) /
                                                    static_cast<double>(tile.panel_blocks * lanes_per_block));
      const double transforms =
          all_tiles * all_points * transform_cycles * static_cast<double>(input_blocks + output_blocks);
      const double strip =
          layer.planar
              ? strip_cycles * static_cast<double>(rows * outputs_h * columns * outputs_w * layer.inputs * phases)
              : 0;
      ConvolutionChoice choice;
      choice.method = ConvolutionChoice::Method::winograd;
      choice.outputs_h = outputs_h;
      choice.outputs_w = outputs_w;
      const double cycles = products + transforms + strip;
      const int64_t tiles = rows * columns, v_bytes = points * input_blocks * lanes_per_block * 4,
                    m_bytes = points * output_blocks * lanes_per_block * 4;
      list.push_back(best_passes(choice, tiles, v_bytes + m_bytes, target, [&](int64_t per_pass, int64_t passes) {
        const int64_t spilled = std::max<int64_t>(0, per_pass * (v_bytes + m_bytes) - target.l2_bytes);
        return with_weights(cycles, products_per_point * all_points, layer, target, passes, spilled);
      }));
      // A planar input has few channels, so few weights, and its rows are tiled with those of later layers.
      if (layer.planar || !options.enabled(Switch::plain_winograd)) continue;
      choice.plain = true;
      const double weight_transforms =
          weight_transform_cycles * all_points * static_cast<double>(layer.inputs * phases * output_blocks);
      const int64_t panels = std::max<int64_t>(1, output_blocks / tile.panel_blocks);
      list.push_back(best_passes(choice, tiles, v_bytes, target, [&](int64_t per_pass, int64_t passes) {
        // Every panel reads v again.
        const int64_t spilled = per_pass * v_bytes > target.l2_bytes * 3 / 4 ? per_pass * v_bytes * panels / 2 : 0;
        return with_weights(cycles + weight_transforms * static_cast<double>(passes),
                            products_per_point * static_cast<double>(taps_h * taps_w), layer, target, passes, spilled);
      }));
    }
  }
  return list;
}

// ---- Strassen

bool strassen_possible(const ConvolutionLayer& layer, const Target& target, const LoweringOptions& options) {
  const Window2d& window = layer.window;
  const bool dense = (window.stride_h == 1 && window.stride_w == 1) || subsampling_possible(layer, options);
  return window.kernel_h * window.kernel_w == 1 && dense && window.pad_top == 0 && window.pad_left == 0 &&
         layer.groups == 1 && !layer.planar && !layer.gaps && layer.inputs % (2 * lanes_per_block) == 0 &&
         layer.outputs % (4 * lanes_per_block) == 0 && layer.height * layer.width > 1 && layer.finite_weights &&
         !options.strict() && options.enabled(Switch::strassen) && target.lanes > 1;
}

/// Pairs per pass: v and m go through L2 once, while the weights stream by; whole register tiles.
int64_t pairs_per_pass(int64_t count, int64_t bytes_per_pair, const Target& target) {
  constexpr int64_t fewest = 26;
  const int64_t most = std::max(fewest, target.l2_bytes * 3 / 2 / bytes_per_pair);
  const int64_t passes = (count + most - 1) / most, even = (count + passes - 1) / passes;
  const int64_t pixels = dense_tile(target).pixels;
  return std::min(count, (even + pixels - 1) / pixels * pixels);
}

RatedChoice strassen_candidate(const ConvolutionLayer& layer, const Target& target) {
  // Per pair and block of half the channels. Measured on Zen 4, where most of it is waiting for L2 and L3.
  constexpr double input_cycles = 14, output_cycles = 18, residual_cycles = 16;
  const int64_t pairs = (layer.height * layer.width + 1) / 2;
  const auto all_pairs = static_cast<double>(pairs), inputs = static_cast<double>(layer.inputs) / 2,
             outputs = static_cast<double>(layer.outputs) / 2;
  const double macs = strassen_products * inputs * outputs * all_pairs;
  const DenseTile tile = dense_tile(target);
  const double register_tiles = strassen_products * all_pairs / static_cast<double>(tile.pixels) * outputs /
                                static_cast<double>(tile.panel_blocks * lanes_per_block),
               reductions = std::ceil(inputs / static_cast<double>(target.reduction_block));
  const double additions =
      all_pairs * (inputs * input_cycles + outputs * (output_cycles + (layer.residual ? residual_cycles : 0))) /
      static_cast<double>(lanes_per_block);
  ConvolutionChoice choice;
  choice.method = ConvolutionChoice::Method::strassen;
  choice.subsample = layer.window.stride_h > 1 || layer.window.stride_w > 1;
  choice.tiles = pairs_per_pass(pairs, strassen_products * (layer.inputs + layer.outputs) / 2 * 4, target);
  return {choice,
          with_weights(arithmetic(macs, target) + register_tiles * reductions * product_cycles + additions,
                       strassen_products * inputs * outputs, layer, target, (pairs + choice.tiles - 1) / choice.tiles)};
}

/// The same kernel with half or twice as many tiles per pass.
void add_passes(std::vector<RatedChoice>& list, const ConvolutionLayer& layer) {
  const RatedChoice best = list.front();
  const ConvolutionChoice& c = best.choice;
  const int64_t all =
      c.method == ConvolutionChoice::Method::strassen
          ? (layer.height * layer.width + 1) / 2
          : ((layer.height + c.outputs_h - 1) / c.outputs_h) * ((layer.width + c.outputs_w - 1) / c.outputs_w);
  for (int64_t tiles : {(c.tiles + 1) / 2, std::min(all, c.tiles * 2)}) {
    if (tiles == c.tiles || tiles < 6) continue;
    list.push_back(best);
    list.back().choice.tiles = tiles;
  }
}

}  // namespace

int64_t choose_rows(int64_t height, int64_t width, const Target& target) {
  return rows_together(height, width, dense_tile(target).pixels);
}

std::string ConvolutionLayer::signature() const {
  std::string text = fmt::format("conv {}x{}", window.kernel_h, window.kernel_w);
  if (window.stride_h != 1 || window.stride_w != 1) text += fmt::format(" s{}x{}", window.stride_h, window.stride_w);
  if (window.dilation_h != 1 || window.dilation_w != 1)
    text += fmt::format(" d{}x{}", window.dilation_h, window.dilation_w);
  if (groups > 1) text += fmt::format(" g{}", groups);
  std::string origin;
  if (is_clipped(*this))
    origin = fmt::format(" of {}x{} pads {},{}", in_height, in_width, window.pad_top, window.pad_left);
  return text + fmt::format(" {} -> {} at {}x{}{}{}{}{}{}", inputs, outputs, height, width, origin,
                            planar ? " planar" : "", residual ? " + residual" : "", gaps ? " with gaps" : "",
                            finite_weights ? "" : " with infinite weights");
}

std::string ConvolutionChoice::text() const {
  if (method == Method::winograd)
    return fmt::format("winograd {}x{} tiles {}{}", outputs_h, outputs_w, tiles, plain ? " plain" : "");
  if (method == Method::strassen) return fmt::format("strassen pairs {}{}", tiles, subsample ? " subsample" : "");
  return fmt::format("direct rows {} reduction {}{}{}", rows, reduction_block, clips ? " clipped" : "",
                     subsample ? " subsample" : "");
}

std::vector<RatedChoice> candidates(const ConvolutionLayer& layer, const Target& target,
                                    const LoweringOptions& options) {
  std::vector<RatedChoice> list = direct_candidates(layer, target, options);
  double most = winograd_must_save * list.front().cycles;
  auto add = [&](const RatedChoice& candidate) {
    if (candidate.cycles < most) {
      most = candidate.cycles;
      list.insert(list.begin(), candidate);
    } else {
      list.push_back(candidate);
    }
  };
  if (winograd_possible(layer, target, options)) {
    for (const RatedChoice& candidate : winograd_candidates(layer, target, options)) add(candidate);
  }
  if (strassen_possible(layer, target, options)) {
    most = strassen_must_save * list.front().cycles;
    add(strassen_candidate(layer, target));
  }
  return list;
}

std::vector<RatedChoice> worth_measuring(std::vector<RatedChoice> list, const ConvolutionLayer& layer) {
  if (list.front().choice.method != ConvolutionChoice::Method::direct) add_passes(list, layer);
  std::stable_sort(list.begin() + 1, list.end(),
                   [](const RatedChoice& a, const RatedChoice& b) { return a.cycles < b.cycles; });
  std::erase_if(list, [&](const RatedChoice& candidate) { return candidate.cycles > plausible * list.front().cycles; });
  return list;
}

}  // namespace intaglio::lowering
