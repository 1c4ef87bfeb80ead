/* Runs the network once. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <net/net.h>
NET_ARENA(arena);
static float x[NET_INPUT_0_ELEMENTS], y[NET_OUTPUT_0_ELEMENTS];
int main(void) {
  net_memory memory = {arena, 0};
  net_io io = {x, y};
  return net_run(&memory, &io) == NET_OK && y[0] == y[0] ? 0 : 1;
}
