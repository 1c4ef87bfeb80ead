// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "both.h"

#include "denoise_net.h"
#include "net_scores.h"

namespace {
DENOISE_NET_ARENA(arena);
NET_SCORES_ARENA(scores_arena);
float x[DENOISE_NET_INPUT_0_ELEMENTS], y[DENOISE_NET_OUTPUT_0_ELEMENTS];
float image[NET_SCORES_INPUT_0_ELEMENTS], scores[NET_SCORES_OUTPUT_0_ELEMENTS];
}  // namespace

int run_both() {
  const denoise_net_memory memory = {arena, nullptr};
  const denoise_net_io io = {x, y};
  const net_scores_memory scores_memory = {scores_arena, nullptr};
  const net_scores_io scores_io = {image, scores};
  return denoise_net_run(&memory, &io) + net_scores_run(&scores_memory, &scores_io);
}
