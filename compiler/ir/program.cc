// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/program.h"

#include <numeric>

namespace intaglio {

int64_t View::channels() const { return std::accumulate(segments.begin(), segments.end(), int64_t{0}); }

int64_t View::blocks(int64_t block) const {
  int64_t count = 0;
  for (int64_t channels : segments) count += (channels + block - 1) / block;
  return count;
}

std::vector<int64_t> channel_lanes(const View& view, int64_t block) {
  std::vector<int64_t> lanes;
  int64_t first = 0;
  for (int64_t channels : view.segments) {
    for (int64_t c = 0; c < channels; ++c) lanes.push_back(first + c);
    first += (channels + block - 1) / block * block;
  }
  return lanes;
}

std::vector<ChannelRun> channel_runs(const std::vector<int64_t>& segments, int64_t block) {
  std::vector<ChannelRun> runs;
  for (int64_t channels : segments) {
    if (runs.empty() || runs.back().tail != 0) runs.push_back({});
    runs.back().full += channels / block;
    runs.back().tail = channels % block;
  }
  return runs;
}

}  // namespace intaglio
