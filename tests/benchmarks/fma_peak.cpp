// The rate of float32 multiply-adds that the machine reaches while the networks are timed, for the flags it is compiled
// with: a worker of compare.py. Every line read from stdin is answered with one JSON line. Usage: fma_peak THREADS
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "multiply_adds.h"

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  char line[64];
  while (std::fgets(line, sizeof line, stdin)) {
    double best = 0;
    for (int repetition = 0; repetition < 10; ++repetition) {
      std::vector<float> sums(threads);
      const auto start = std::chrono::steady_clock::now();
      std::vector<std::thread> others;
      for (int t = 1; t < threads; ++t) others.emplace_back([&sums, t] { sums[t] = multiply_adds(); });
      sums[0] = multiply_adds();
      for (std::thread& other : others) other.join();
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      const double rate = threads * MULTIPLY_ADDS_FLOPS / seconds * 1e-9;
      if (sums[0] > 0 && rate > best) best = rate;
    }
    std::printf("{\"gflops\": %.2f}\n", best);
    std::fflush(stdout);
  }
  return 0;
}
