// The rate of float32 multiply-adds that the machine reaches while the networks are timed, for the flags it is compiled
// with: a worker of compare.py. Every line read from stdin is answered with one JSON line. Usage: fma_peak THREADS
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif
using Vector = float __attribute__((vector_size(LANES * sizeof(float))));

constexpr long STEPS = 1000000;

/// STEPS times twelve independent chains of one multiply-add each.
float multiply_adds() {
  Vector x = {}, y = {};
  x += 0.999999f;
  y += 1e-7f;
  Vector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (long step = 0; step < STEPS; ++step) {
    a = a * x + y;
    b = b * x + y;
    c = c * x + y;
    d = d * x + y;
    e = e * x + y;
    f = f * x + y;
    g = g * x + y;
    h = h * x + y;
    i = i * x + y;
    j = j * x + y;
    k = k * x + y;
    l = l * x + y;
    // Otherwise the chains, which are equal, become one.
    asm volatile(""
                 : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(e), "+x"(f), "+x"(g), "+x"(h), "+x"(i), "+x"(j), "+x"(k),
                   "+x"(l));
  }
  const Vector sum = a + b + c + d + e + f + g + h + i + j + k + l;
  return sum[0];
}

}  // namespace

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
      const double rate = threads * (STEPS * 12.0 * LANES * 2) / seconds * 1e-9;
      if (sums[0] > 0 && rate > best) best = rate;
    }
    std::printf("{\"gflops\": %.2f}\n", best);
    std::fflush(stdout);
  }
  return 0;
}
