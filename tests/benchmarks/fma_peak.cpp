// The rate of float32 multiply-adds that the machine reaches while the networks are timed, for the flags it is compiled
// with: a worker of compare.py. Every line read from stdin is answered with one JSON line. Usage: fma_peak THREADS
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <cstdio>

#include "../../assets/bench/rates.h"

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  char line[64];
  while (std::fgets(line, sizeof line, stdin)) {
    double best = 0;
    for (int repetition = 0; repetition < 5; ++repetition) best = std::max(best, rates::multiply_add_gflops(threads));
    std::printf("{\"gflops\": %.2f}\n", best);
    std::fflush(stdout);
  }
  return 0;
}
