// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <both.h>
#include <denoise_net.h>

DENOISE_NET_ARENA(arena);
int main() {
  const denoise_net_memory memory = {arena, nullptr};
  return denoise_net_selftest(&memory) + run_both();
}
