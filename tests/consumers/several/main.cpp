// Both networks in the program itself and in the shared library, and one's self-test.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <denoise_net/denoise_net.h>
#include <net_scores/net_scores.h>

#include "both.h"

DENOISE_NET_ARENA(arena);
int main() {
  const denoise_net_memory memory = {arena, nullptr};
  return denoise_net_selftest(&memory) + run_both() + (NET_SCORES_INPUT_0_ELEMENTS > 0 ? 0 : 1);
}
