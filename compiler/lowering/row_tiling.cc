// Row tiling by example. Three layers on one image; with a border of one pixel, a row of a has 802 pixels:
//
//     x -> A, convolution 3x3, padding 1 -> a     24 rows   25,664 bytes per row, 667,264 with the border
//     a -> B, convolution 3x3, padding 1 -> b     24 rows   25,600 bytes per row, 614,400
//     b -> C, max pooling 2x2, stride 2  -> c     12 rows
//
// a and b are larger than an L2 of 524,288 bytes. In three bands of four rows of c they never leave it:
//
//     band   C computes   of b it takes   B computes   of a it takes   A computes
//     0      0 to 4       0 to 8          0 to 8       0 to 9          0 to 9
//     1      4 to 8       8 to 16         8 to 16      7 to 17         9 to 17
//     2      8 to 12      16 to 24        16 to 24     15 to 24        17 to 24
//
// ("7 to 17": row 7 up to but not including row 17.) make_schedule fills a line from left to right, from the last step
// to the first: what a step takes must have been computed, and every step goes on where its last band ended, so that
// no row is computed twice.
//
// Line buffers: band 1 holds rows 7 to 17 of a, ten of them, and no other band holds more; of b all hold eight. Those
// are the capacities: 10 * 25,664 + 8 * 25,600 = 461,440 bytes, which fit into L2. (Bands of five rows would hold
// twelve and ten rows, 563,968 bytes: `schedule` takes the most rows that fit.) Before band 1, rows 7 and 8 of a, which
// band 0 made and B takes again, move to the start of the buffer; before band 2, rows 15 and 16 (move_lines). Nothing
// of b is taken twice, so nothing of it moves.
//
// Is it worth it? a and b need not be written out and read back: 2 * (667,264 + 614,400) bytes. Against that stand
// twice two rows that are copied, 102,656 bytes. saved_bytes is the difference, 2,460,672.
//
// How many steps? D, a convolution 1x1 of c, could join: c's lines fit beside the others. But c, 153,600 bytes, stays
// in L2 anyway, so D saves nothing, and of two groups that save the same the shorter one stands. choose_groups asks
// this for every first step, from the last to the first: what a group saves, and what the groups behind it save.
//
// `intaglio compile NET.onnx -o DIR --disable winograd --emit-ir lower` prints these rows for such a network.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/row_tiling.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "lowering/choices.h"
#include "lowering/rows.h"
#include "lowering/step_cycles.h"
#include "lowering/tuned.h"

namespace intaglio {

namespace {

/// Longer groups are not looked for: what their many bands save would not pay for the calls, and looking takes long.
constexpr size_t most_steps = 100;

/// Elements from a storage's start to its first pixel.
int64_t origin(const View& view) { return view.border_top * view.row_stride + view.border_left * view.pixel_stride; }

/// Blocks of its storage that a view covers.
Range blocks_of(const View& view) { return {(view.offset - origin(view)) / view.block_stride, view.blocks()}; }

/// Whether two views see the same rows of one storage and differ in channels alone.
bool same_rows(const View& a, const View& b) {
  return a.blocked() && b.blocked() && a.height == b.height && a.width == b.width && a.batch == b.batch &&
         a.block_stride == b.block_stride && a.row_stride == b.row_stride && a.pixel_stride == b.pixel_stride &&
         origin(a) == origin(b) && a.border_top == b.border_top && a.border_bottom == b.border_bottom &&
         (a.offset - b.offset) % a.block_stride == 0;
}

/// A buffer that steps of a group write and later ones read.
struct Shared {
  View like;           ///< of any of its channels
  bool lines = false;  ///< nobody else reads it: a line buffer may take its place
};

/// Neighbouring steps that may run band by band.
struct Group {
  size_t first = 0, count = 0;  ///< of all steps
  int64_t weight_bytes = 0;
  std::vector<RowKernel> kernels;
  std::vector<Shared> shared;
  /// Per operand of each kernel the kernels that make what it reads.
  std::vector<std::vector<std::vector<size_t>>> makers;

  const Shared* find(BufferId buffer) const {
    const auto found =
        std::ranges::find_if(shared, [&](const Shared& each) { return buffer && each.like.buffer == buffer; });
    return found == shared.end() ? nullptr : &*found;
  }
};

/// Rows of every step of a group that one task computes.
using Strip = std::vector<Range>;

/// Which rows every step of a group computes in every band of a strip.
struct BandSchedule {
  Strip strip;
  int64_t rows = 0;                         ///< of the last step per band
  std::vector<std::vector<int64_t>> ends;   ///< [band][step]: rows before it are done after the band
  std::vector<std::vector<int64_t>> bases;  ///< [band][shared]: rows before it are not needed any more
  std::vector<int64_t> capacities;          ///< [shared]: rows that are needed at a time

  int64_t bands() const { return static_cast<int64_t>(ends.size()); }
  Range range(int64_t band, size_t step) const {
    const int64_t first = band == 0 ? strip[step].first : ends[band - 1][step];
    return {first, ends[band][step] - first};
  }
};

/// What `rows` of the last step's result need; with the first or the last of them come all others at that end.
Strip strip_of(const Group& group, const Range& rows) {
  Strip strip(group.count);
  const bool top = rows.first == 0, bottom = rows.end() == group.kernels.back().height;
  std::vector<int64_t> first(group.count, INT64_MAX), end(group.count, 0);
  first.back() = rows.first, end.back() = rows.end();
  for (size_t i = group.count; i-- > 0;) {
    const RowKernel& kernel = group.kernels[i];
    const int64_t begin = top ? 0 : first[i] / kernel.multiple * kernel.multiple;
    const int64_t stop = std::min((end[i] + kernel.multiple - 1) / kernel.multiple * kernel.multiple, kernel.height);
    strip[i] = {begin, (bottom ? kernel.height : stop) - begin};
    for (size_t o = 0; o < kernel.operands.size(); ++o) {
      const Range read = rows_read(kernel.operands[o].window, strip[i], kernel.operands[o].view->height);
      for (size_t maker : group.makers[i][o]) {
        first[maker] = std::min(first[maker], read.first);
        end[maker] = std::max(end[maker], read.end());
      }
    }
  }
  return strip;
}

BandSchedule make_schedule(const Group& group, const Strip& strip, int64_t rows) {
  const int64_t bands = (strip.back().count + rows - 1) / rows;
  BandSchedule result;
  result.strip = strip;
  result.rows = rows;
  result.capacities.assign(group.shared.size(), 0);
  std::vector<int64_t> starts, bases(group.shared.size(), INT64_MAX);
  for (size_t i = 0; i < group.count; ++i) {
    starts.push_back(strip[i].first);
    for (size_t s = 0; s < group.shared.size(); ++s) {
      const View* y = group.kernels[i].y;
      if (y && y->buffer == group.shared[s].like.buffer) bases[s] = std::min(bases[s], strip[i].first);
    }
  }
  for (int64_t b = 0; b < bands; ++b) {
    const bool last = b + 1 == bands;
    result.ends.push_back(b == 0 ? starts : result.ends.back());
    result.bases.push_back(b == 0 ? bases : result.bases.back());
    std::vector<int64_t>& ends = result.ends.back();
    std::vector<int64_t> from = ends, wanted(group.count, 0), needed(group.shared.size(), INT64_MAX);
    auto need = [&](const View& view, int64_t row) {
      if (const Shared* shared = group.find(view.buffer)) {
        int64_t& first = needed[shared - group.shared.data()];
        first = std::min(first, row);
      }
    };
    for (size_t i = group.count; i-- > 0;) {
      const RowKernel& kernel = group.kernels[i];
      // What nobody in the group waits for advances evenly. In the end everything is computed, rows that nobody reads
      // too: borders end with them.
      int64_t end = wanted[i] > 0 ? wanted[i] : (kernel.height * (b + 1) + bands - 1) / bands;
      if (i + 1 == group.count) end = strip[i].first + (b + 1) * rows;
      end = (end + kernel.multiple - 1) / kernel.multiple * kernel.multiple;
      ends[i] = last ? strip[i].end() : std::max(ends[i], std::min(end, strip[i].end()));
      if (from[i] == strip[i].end()) continue;
      if (kernel.y) need(*kernel.y, from[i]);
      const Range range{from[i], ends[i] - from[i]};
      for (size_t o = 0; o < kernel.operands.size(); ++o) {
        const auto& [view, window] = kernel.operands[o];
        need(*view, rows_read(window, {range.first, std::max<int64_t>(1, range.count)}, view->height).first);
        if (range.count == 0) continue;
        const int64_t read_end = rows_read(window, range, view->height).end();
        for (size_t maker : group.makers[i][o]) wanted[maker] = std::max(wanted[maker], read_end);
      }
    }
    for (size_t s = 0; s < group.shared.size(); ++s) {
      int64_t& base = result.bases.back()[s];
      if (needed[s] != INT64_MAX) base = std::max(base, needed[s]);
      for (size_t i = 0; i < group.count; ++i) {
        const View* y = group.kernels[i].y;
        if (y && y->buffer == group.shared[s].like.buffer)
          result.capacities[s] = std::max(result.capacities[s], ends[i] - base);
      }
    }
  }
  return result;
}

class Tiler {
 public:
  Tiler(Program& program, const Target& target, const LoweringOptions& options, int64_t tasks)
      : program_(program), target_(target), options_(options), tasks_(tasks) {}

  void run() {
    std::vector<Step> steps = std::move(program_.steps);
    program_.steps.clear();
    for (const Step& step : steps) {
      used_.push_back(accesses(step));
      for (const auto* list : {&used_.back().reads, &used_.back().writes}) {
        for (const View* view : *list) {
          if (!view->buffer) continue;
          auto [found, is_new] = uses_.try_emplace(view->buffer.index(), Uses{used_.size() - 1, used_.size() - 1});
          found->second.last = used_.size() - 1;
        }
      }
    }
    for (const Step& step : steps) {
      kernels_.push_back(row_kernel(program_, step.kernel));
      cycles_.push_back(lowering::step_cycles(program_, step, target_));
    }
    const std::vector<size_t> counts = choose_groups();
    for (size_t first = 0; first < steps.size(); first += counts[first]) {
      if (counts[first] == 1) {
        program_.steps.push_back(std::move(steps[first]));
        continue;
      }
      const Group group = *describe(first, counts[first]);
      const auto [bands, choice] = choose_bands(steps, group);
      for (size_t i = first; i < first + group.count; ++i) steps[i].choices.push_back(choice);
      if (!bands.empty())
        emit(steps, group, bands);
      else
        std::move(steps.begin() + static_cast<ptrdiff_t>(first),
                  steps.begin() + static_cast<ptrdiff_t>(first + group.count), std::back_inserter(program_.steps));
    }
  }

 private:
  struct Uses {
    size_t first, last;  ///< steps
  };

  int64_t bytes(const View& view) const { return program_[view.buffer].bytes(); }
  int64_t row_bytes(const View& view) const { return bytes(view) / view.block_stride * view.row_stride; }

  /// The group of these steps; nothing when one of them is not cut by rows or reads what others make in another way.
  std::optional<Group> describe(size_t first, size_t count) const {
    Group group;
    group.first = first;
    while (group.count < count) {
      if (!extend(group)) return std::nullopt;
    }
    return group;
  }

  /// Takes the next step into a group; false when that is impossible.
  bool extend(Group& group) const {
    const size_t i = group.first + group.count;
    const std::optional<RowKernel>& kernel = kernels_[i];
    if (!kernel) return false;
    std::vector<std::vector<size_t>> makers(kernel->operands.size());
    for (const View* read : used_[i].reads) {
      if (!read->buffer) continue;
      for (size_t j = 0; j < group.count; ++j) {
        const View* written = group.kernels[j].y;
        if (!written && used_[group.first + j].writes.front()->buffer == read->buffer) return false;
        if (!written || written->buffer != read->buffer) continue;
        const auto operand =
            std::ranges::find_if(kernel->operands, [&](const RowKernel::Operand& o) { return o.view == read; });
        if (operand == kernel->operands.end() || !same_rows(*read, *written)) return false;
        const Range a = blocks_of(*read), b = blocks_of(*written);
        if (a.first < b.end() && b.first < a.end()) makers[operand - kernel->operands.begin()].push_back(j);
        if (!group.find(read->buffer)) group.shared.push_back({*read});
      }
    }
    for (const RowKernel& other : group.kernels) {
      if (kernel->y && other.y && other.y->buffer == kernel->y->buffer && !same_rows(*other.y, *kernel->y))
        return false;
    }
    group.weight_bytes += kernel->weight_bytes;
    if (group.weight_bytes > target_.l2_bytes / 2) return false;  // every band reads all weights again
    group.kernels.push_back(*kernel);
    group.makers.push_back(std::move(makers));
    ++group.count;
    for (Shared& shared : group.shared) shared.lines = becomes_lines(shared.like, group.first, group.count);
    return true;
  }

  bool becomes_lines(const View& view, size_t first, size_t count) const {
    const Uses& uses = uses_.at(view.buffer.index());
    return program_[view.buffer].kind == BufferKind::arena && uses.first >= first && uses.last < first + count &&
           program_[view.buffer].elements % view.block_stride == 0;
  }

  /// Whether strips of the last step's result can be computed independently: all that the group hands on is its own,
  /// so that rows at the edges of two strips may be computed twice, and nothing is summed over the rows.
  bool falls_into_strips(const Group& group) const {
    for (size_t i = 0; i + 1 < group.count; ++i) {
      const Shared* result = group.kernels[i].y ? group.find(group.kernels[i].y->buffer) : nullptr;
      if (!result || !result->lines) return false;
    }
    return group.kernels.back().y && !group.find(group.kernels.back().y->buffer);
  }

  /// A strip for each task; of one task, everything. Nothing when there are too few rows.
  std::vector<Strip> strips(const Group& group) const {
    const RowKernel& last = group.kernels.back();
    const int64_t units = (last.height + last.multiple - 1) / last.multiple;
    std::vector<Strip> result;
    if (units < tasks_) return result;
    for (int64_t task = 0; task < tasks_; ++task) {
      const int64_t first = units * task / tasks_ * last.multiple,
                    end = std::min(units * (task + 1) / tasks_ * last.multiple, last.height);
      result.push_back(strip_of(group, {first, end - first}));
      const bool all = std::ranges::any_of(result.back(), [](const Range& rows) { return rows.first == 0; });
      if (task > 0 && all) return {};  // it would compute all of some layer
    }
    return result;
  }

  /// The bands of every task; nothing when they would be too narrow or too many: they are written out.
  std::optional<std::vector<BandSchedule>> schedule(const Group& group) const {
    std::vector<BandSchedule> result;
    for (const Strip& strip : strips(group)) {
      std::optional<BandSchedule> bands = schedule(group, strip);
      if (!bands) return std::nullopt;
      result.push_back(std::move(*bands));
    }
    if (result.empty()) return std::nullopt;
    return result;
  }

  /// Bands of as many rows as keep what the group shares in L2.
  std::optional<BandSchedule> schedule(const Group& group, const Strip& strip) const {
    constexpr int64_t fewest_rows = 4, most_bands = 32;  // narrower bands are not worth their calls
    const int64_t height = strip.back().count;
    auto fits = [&](int64_t rows) {
      const BandSchedule candidate = make_schedule(group, strip, rows);
      int64_t shared_bytes = 0;
      for (size_t s = 0; s < group.shared.size(); ++s)
        shared_bytes += candidate.capacities[s] * row_bytes(group.shared[s].like);
      return shared_bytes <= target_.l2_bytes;
    };
    int64_t best = std::max(fewest_rows, (height + most_bands - 1) / most_bands),
            end = tasks_ == 1 ? height / 2 + 1 : height + 1;  // one band is the whole layers, or a task's strip of them
    if (best >= end || !fits(best)) return std::nullopt;
    while (best + 1 < end) {
      const int64_t rows = (best + end) / 2;
      (fits(rows) ? best : end) = rows;
    }
    const int64_t bands = (height + best - 1) / best, rows = (height + bands - 1) / bands;
    if (rows < fewest_rows) return std::nullopt;
    return make_schedule(group, strip, rows);
  }

  /// The bands of every task, or none for the whole layers, and the index of that choice: as many rows as fit, or what
  /// a tuning found to be faster.
  std::pair<std::vector<BandSchedule>, size_t> choose_bands(const std::vector<Step>& steps, const Group& group) {
    std::vector<std::vector<BandSchedule>> candidates = {*schedule(group)};
    const int64_t rows = candidates.front().front().rows;
    for (int64_t other : {rows / 2, rows * 2}) {
      std::vector<BandSchedule> bands;
      for (const BandSchedule& each : candidates.front()) {
        if (other >= 2 && other < each.strip.back().count) bands.push_back(make_schedule(group, each.strip, other));
      }
      if (bands.size() == candidates.front().size()) candidates.push_back(std::move(bands));
    }
    candidates.emplace_back();
    const double all = std::accumulate(cycles_.begin() + static_cast<ptrdiff_t>(group.first),
                                       cycles_.begin() + static_cast<ptrdiff_t>(group.first + group.count), 0.0);
    KernelChoice choice{.of = KernelChoice::Of::bands,
                        .layer = fmt::format("bands of {}: {}, to {}", group.count, steps[group.first].comment,
                                             steps[group.first + group.count - 1].comment)};
    for (const std::vector<BandSchedule>& bands : candidates) {
      const int64_t saved = bands.empty() ? 0 : saved_bytes(group, bands);
      choice.candidates.push_back({bands.empty() ? "whole" : fmt::format("rows {}", bands.front().rows),
                                   all - static_cast<double>(saved) / target_.l3_bytes_per_cycle});
    }
    const lowering::TakenChoice taken = lowering::take_choice(program_, options_, std::move(choice));
    return {std::move(candidates[taken.candidate]), taken.index};
  }

  /// Bytes that do not move between L2 and what lies behind it: results that are read back from L2, and those that
  /// never leave it. What is copied or cannot be overwritten in place any more counts against them.
  int64_t saved_bytes(const Group& group, const std::vector<BandSchedule>& schedules) const {
    int64_t saved = 0;
    for (size_t s = 0; s < group.shared.size(); ++s) {
      const Shared& shared = group.shared[s];
      if (bytes(shared.like) > target_.l2_bytes) saved += bytes(shared.like) * (shared.lines ? 2 : 1);
      if (!shared.lines) continue;
      for (const BandSchedule& schedule : schedules) {
        for (int64_t b = 1; b < schedule.bands(); ++b)
          saved -= kept_rows(group, schedule, s, b) * row_bytes(shared.like);
      }
    }
    return saved - lost_bytes(group) - repeated_bytes(group, schedules);
  }

  /// Bytes that move from behind L2 in the time that rows take which more than one task computes.
  int64_t repeated_bytes(const Group& group, const std::vector<BandSchedule>& schedules) const {
    double cycles = 0;
    for (size_t i = 0; i < group.count; ++i) {
      int64_t rows = -group.kernels[i].height;
      for (const BandSchedule& schedule : schedules) rows += schedule.strip[i].count;
      cycles += cycles_[group.first + i] * static_cast<double>(rows) / static_cast<double>(group.kernels[i].height);
    }
    return static_cast<int64_t>(cycles * target_.l3_bytes_per_cycle);
  }

  /// Bytes of results that could take the place of an operand, perhaps through some that become line buffers, but not
  /// while bands of both are needed.
  int64_t lost_bytes(const Group& group) const {
    int64_t lost = 0;
    std::vector<bool> replaces(group.shared.size(), false);  // line buffers that could have taken an operand's place
    for (size_t i = group.first; i < group.first + group.count; ++i) {
      const Shared* result = group.find(used_[i].writes.front()->buffer);
      for (const View* operand : used_[i].in_place) {
        const Shared* source = group.find(operand->buffer);
        const bool lines = source && source->lines;
        if (lines ? !replaces[source - group.shared.data()]
                  : program_[operand->buffer].kind != BufferKind::arena || uses_.at(operand->buffer.index()).last != i)
          continue;
        if (result && result->lines)
          replaces[result - group.shared.data()] = true;
        else
          lost += bytes(*used_[i].writes.front());
      }
    }
    return lost;
  }

  /// Rows that a line buffer carries from one band into the next.
  static int64_t kept_rows(const Group& group, const BandSchedule& schedule, size_t s, int64_t band) {
    int64_t made = 0;
    for (size_t i = 0; i < group.count; ++i) {
      const View* y = group.kernels[i].y;
      if (y && y->buffer == group.shared[s].like.buffer) made = std::max(made, schedule.ends[band - 1][i]);
    }
    return std::max<int64_t>(0, made - schedule.bases[band][s]);
  }

  /// How many steps make the group that starts with each step, so that as much as possible is saved.
  std::vector<size_t> choose_groups() const {
    std::vector<size_t> counts(kernels_.size(), 1);
    std::vector<int64_t> saved(kernels_.size() + 1, 0);  // by the groups from a step on
    for (size_t first = kernels_.size(); first-- > 0;) {
      saved[first] = saved[first + 1];
      Group group;
      group.first = first;
      std::vector<size_t> postponed;  // counts whose group shares something, but nothing that would be worth it
      const size_t most = std::min(most_steps, kernels_.size() - first);
      while (group.count < most && extend(group)) {
        if (group.shared.empty() || (tasks_ > 1 && !falls_into_strips(group))) continue;
        if (!may_save(group)) {
          postponed.push_back(group.count);
          continue;
        }
        // More steps need more lines: when bands of a shorter group do not fit, those of this one do not either.
        const bool shorter_fit =
            std::ranges::all_of(postponed, [&](size_t count) { return schedule(*describe(first, count)).has_value(); });
        postponed.clear();
        const auto bands = shorter_fit ? schedule(group) : std::nullopt;
        if (!bands) break;
        const int64_t here = saved_bytes(group, *bands);
        if (here <= 0 || here + saved[first + group.count] <= saved[first]) continue;
        saved[first] = here + saved[first + group.count];
        counts[first] = group.count;
      }
    }
    return counts;
  }

  /// Whether saved_bytes can be positive.
  bool may_save(const Group& group) const {
    return std::ranges::any_of(group.shared,
                               [&](const Shared& shared) { return bytes(shared.like) > target_.l2_bytes; });
  }

  void emit(const std::vector<Step>& steps, const Group& group, const std::vector<BandSchedule>& schedules) {
    FusionGroup fused{steps[group.first].name, 0, schedules.front().rows, tasks_};
    for (const BandSchedule& schedule : schedules) fused.bands += schedule.bands();
    const size_t index = program_.groups.size();
    program_.groups.push_back(std::move(fused));
    std::vector<Kernel> wholes;
    for (size_t i = 0; i < group.count; ++i) {
      wholes.push_back(steps[group.first + i].kernel);
      if (auto* reduction = std::get_if<SpatialReduceStep>(&wholes.back())) add_partials(*reduction);
    }
    const std::vector<std::vector<BufferId>> lines = line_buffers(group, schedules);
    for (size_t task = 0; task < schedules.size(); ++task) {
      BufferId scratch;  // of a task's steps, which follow each other; steps of one task alone are planned one by one
      auto add = [&](const Step& like, const std::string& comment, std::string part, Kernel kernel, int64_t macs) {
        if (tasks_ > 1) share_scratch(kernel, scratch);
        Step step{like.name, comment, std::move(kernel), macs, {}, like.choices, index};
        step.task = static_cast<int64_t>(task);
        step.part = std::move(part);
        program_.steps.push_back(std::move(step));
      };
      emit_bands(steps, wholes, group, schedules[task], task == 0 ? nullptr : &schedules[task - 1].strip, lines[task],
                 add);
    }
  }

  /// The line buffers of every task: the first one's take over the places of the whole results.
  std::vector<std::vector<BufferId>> line_buffers(const Group& group, const std::vector<BandSchedule>& schedules) {
    std::vector<std::vector<BufferId>> result(schedules.size(), std::vector<BufferId>(group.shared.size()));
    for (size_t s = 0; s < group.shared.size(); ++s) {
      const View& like = group.shared[s].like;
      if (!group.shared[s].lines) continue;
      const Buffer whole = program_[like.buffer];
      for (size_t task = 0; task < schedules.size(); ++task) {
        Buffer buffer = whole;
        buffer.name += task == 0 ? "_lines" : fmt::format("_lines_{}", task);
        buffer.elements = whole.elements / like.block_stride * line_stride(like, schedules[task].capacities[s]);
        result[task][s] = task == 0 ? like.buffer : BufferId(program_.buffers.size());
        if (task == 0)
          program_[like.buffer] = std::move(buffer);
        else
          program_.buffers.push_back(std::move(buffer));
      }
    }
    return result;
  }

  /// Lets a kernel, which was just cut, work in the same scratch as the ones before it, as large as the largest needs.
  void share_scratch(Kernel& kernel, BufferId& shared) {
    for (BufferId* own : scratch_of(kernel)) {
      if (!shared) shared = *own;
      if (*own == shared) continue;
      const int64_t elements = std::exchange(program_[*own].elements, 0);
      program_[shared].elements = std::max(program_[shared].elements, elements);
      if (own->index() + 1 == program_.buffers.size()) program_.buffers.pop_back();
      *own = shared;
    }
  }

  template <class Add>
  void emit_bands(const std::vector<Step>& steps, const std::vector<Kernel>& wholes, const Group& group,
                  const BandSchedule& schedule, const Strip* before, const std::vector<BufferId>& lines,
                  const Add& add) {
    for (int64_t b = 0; b < schedule.bands(); ++b) {
      std::vector<bool> moved(group.shared.size(), b == 0);
      for (size_t i = 0; i < group.count; ++i) {
        const Step& step = steps[group.first + i];
        const RowKernel& kernel = group.kernels[i];
        const Shared* result = kernel.y ? group.find(kernel.y->buffer) : nullptr;
        if (result && result->lines && !moved[result - group.shared.data()]) {
          const size_t s = result - group.shared.data();
          moved[s] = true;
          move_lines(group, schedule, s, b, lines[s], [&](const std::string& comment, std::string part, Kernel copy) {
            add(step, comment, std::move(part), std::move(copy), 0);
          });
        }
        const Range rows = schedule.range(b, i);
        if (rows.count == 0) continue;
        Kernel part = cut_rows(program_, wholes[i], rows);
        if (auto* convolution = std::get_if<ConvolutionStep>(&part))
          convolution->rows_per_group = lowering::choose_rows(rows.count, convolution->y.width, target_);
        for (View* view : views(part)) {
          const Shared* shared = view->buffer ? group.find(view->buffer) : nullptr;
          if (shared && shared->lines) {
            const size_t s = shared - group.shared.data();
            *view = in_lines(*view, shared->like, schedule.capacities[s], schedule.bases[b][s]);
            view->buffer = lines[s];
          }
        }
        const int64_t done = before ? (*before)[i].end() : 0;  // those that the task before computes, too
        const int64_t own = std::max<int64_t>(0, rows.end() - std::max(rows.first, done));
        add(step, step.comment, fmt::format("rows {} to {}", rows.first, rows.end()), std::move(part),
            step.macs / kernel.height * own);
      }
    }
  }

  /// Rows that a line buffer still needs go to its start.
  template <class Add>
  void move_lines(const Group& group, const BandSchedule& schedule, size_t s, int64_t band, BufferId lines,
                  const Add& add) const {
    const Shared& shared = group.shared[s];
    const int64_t old_base = schedule.bases[band - 1][s], base = schedule.bases[band][s],
                  capacity = schedule.capacities[s];
    if (base == old_base) return;
    for (size_t i = 0; i < group.count; ++i) {
      const View* y = group.kernels[i].y;
      if (!y || y->buffer != shared.like.buffer) continue;
      const int64_t made = schedule.ends[band - 1][i];
      if (made <= base) continue;
      View kept = rows_of(*y, {base, made - base});
      kept.buffer = lines;
      const View target = in_lines(kept, shared.like, capacity, base);
      View without_border = target;
      without_border.border_bottom = 0;  // it may lie on rows that are still to be copied
      std::vector<int64_t> channels(kept.channels());
      std::iota(channels.begin(), channels.end(), 0);
      const std::string rows = fmt::format("rows {} to {}", base, made);
      add("keep for the next band", rows,
          BlockedCopyStep{in_lines(kept, shared.like, capacity, old_base), without_border, channels});
      if (made == y->height && y->border_bottom > 0) add("clear the border below", rows, ClearBorderStep{target});
    }
  }

  void add_partials(SpatialReduceStep& reduction) {
    Buffer buffer;
    buffer.name = program_[reduction.y.buffer].name + "_partials";
    buffer.elements = reduction.x.blocks() * 16 * lanes_per_block;
    View view;
    view.buffer = BufferId(program_.buffers.size());
    view.shape = Shape{buffer.elements};
    program_.buffers.push_back(std::move(buffer));
    reduction.partials = view;
    reduction.rows = reduction.x.height;
  }

  static int64_t line_stride(const View& like, int64_t capacity) {
    return (like.border_top + capacity + like.border_bottom) * like.row_stride;
  }

  /// A view of rows of a storage in the line buffer that holds the rows from `base` on behind the border above.
  static View in_lines(View view, const View& like, int64_t capacity, int64_t base) {
    const int64_t stride = line_stride(like, capacity), start = origin(like), offset = view.offset - start;
    view.offset = start + offset / like.block_stride * stride + offset % like.block_stride - base * like.row_stride;
    view.block_stride = view.image_stride = stride;
    return view;
  }

  Program& program_;
  const Target& target_;
  const LoweringOptions& options_;
  int64_t tasks_;
  std::vector<Accesses> used_;                     ///< of every step
  std::vector<std::optional<RowKernel>> kernels_;  ///< of every step; nothing when it is not cut by rows
  std::vector<double> cycles_;                     ///< of every step
  std::map<size_t, Uses> uses_;                    ///< of every buffer
};

}  // namespace

void tile_rows(Program& program, const Target& target, const LoweringOptions& options, int64_t tasks) {
  Tiler(program, target, options, tasks).run();
}

}  // namespace intaglio
