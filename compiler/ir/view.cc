// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/view.h"

#include <numeric>

namespace intaglio {

int64_t block_count(const std::vector<int64_t>& segments) {
  int64_t count = 0;
  for (int64_t channels : segments) count += block_count(channels);
  return count;
}

int64_t View::channels() const { return std::accumulate(segments.begin(), segments.end(), int64_t{0}); }

std::vector<int64_t> channel_lanes(const View& view) {
  std::vector<int64_t> lanes;
  int64_t first = 0;
  for (int64_t channels : view.segments) {
    for (int64_t c = 0; c < channels; ++c) lanes.push_back(first + c);
    first += block_count(channels) * lanes_per_block;
  }
  return lanes;
}

std::vector<ChannelRun> channel_runs(const std::vector<int64_t>& segments) {
  std::vector<ChannelRun> runs;
  for (int64_t channels : segments) {
    if (runs.empty() || runs.back().tail != 0) runs.push_back({});
    runs.back().full += channels / lanes_per_block;
    runs.back().tail = channels % lanes_per_block;
  }
  return runs;
}

}  // namespace intaglio
