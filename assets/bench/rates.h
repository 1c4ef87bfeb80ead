// What a machine can do at most, for the flags that this is compiled with: multiply-adds, and reading of memory.
// Written beside generated code that is timed (`intaglio bench`).
// SPDX-License-Identifier: 0BSD
#pragma once
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif
#ifdef __linux__
#include <sched.h>
#endif
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <thread>
#include <vector>

namespace rates {

#if defined(__AVX512F__)
constexpr int lanes = 16;
#elif defined(__AVX__)
constexpr int lanes = 8;
#else
constexpr int lanes = 4;
#endif
typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));

inline double seconds() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

constexpr long steps = 500000;
constexpr double flops = static_cast<double>(steps) * 12 * lanes * 2;

/// Twelve chains of one multiply-add each, which do not wait for each other. `start` makes them differ, so that none can
/// be left out.
inline float multiply_adds(const volatile float* start) {
  Vector chain[12], x = {}, y = {};
  x += start[12];
  y += start[13];
  for (int i = 0; i < 12; ++i) chain[i] = y + start[i];
  Vector a = chain[0], b = chain[1], c = chain[2], d = chain[3], e = chain[4], f = chain[5], g = chain[6], h = chain[7],
         i = chain[8], j = chain[9], k = chain[10], l = chain[11];
  for (long step = 0; step < steps; ++step) {
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
  }
  const Vector sum = a + b + c + d + e + f + g + h + i + j + k + l;
  float all = 0;
  for (int lane = 0; lane < lanes; ++lane) all += sum[lane];
  return all;
}

inline float read_all(const float* data, size_t floats) {
  Vector sums[8] = {};
  for (size_t at = 0; at + 8 * lanes <= floats; at += 8 * lanes) {
    for (int i = 0; i < 8; ++i) {
      Vector part;
      memcpy(&part, data + at + i * lanes, sizeof part);
      sums[i] += part;
    }
  }
  float all = 0;
  for (int i = 0; i < 8; ++i)
    for (int lane = 0; lane < lanes; ++lane) all += sums[i][lane];
  return all;
}

/// The least seconds in which so many threads do `work(thread)` side by side, of several tries after a first one.
template <class Work>
double least_seconds(int threads, const Work& work) {
  double least = 1e30;
  for (int repetition = 0; repetition < 4; ++repetition) {
    const double start = seconds();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back([&work, t] { work(t); });
    work(0);
    for (std::thread& other : others) other.join();
    const double time = seconds() - start;
    if (repetition > 0 && time < least) least = time;
  }
  return least;
}

/// GFLOP/s of multiply-adds in registers, two per multiply-add.
inline double multiply_add_gflops(int threads) {
  volatile float start[14];
  for (int i = 0; i < 12; ++i) start[i] = static_cast<float>(i);
  start[12] = 0.999999f;
  start[13] = 1e-7f;
  std::vector<float> results(static_cast<size_t>(threads));
  const double time = least_seconds(threads, [&](int t) { results[static_cast<size_t>(t)] = multiply_adds(start); });
  return threads * flops / time * 1e-9;
}

/// GB/s (1e9 bytes) of reading memory that no cache holds.
inline double memory_gbps(int threads) {
  const size_t floats = (size_t{128} << 20) / sizeof(float) / static_cast<size_t>(threads);
  std::vector<std::vector<float>> data(static_cast<size_t>(threads), std::vector<float>(floats, 1.0f));
  std::vector<float> results(static_cast<size_t>(threads));
  const double time = least_seconds(threads, [&](int t) {
    const size_t thread = static_cast<size_t>(t);
    results[thread] = read_all(data[thread].data(), floats);
  });
  volatile float used = 0;
  for (float result : results) used = used + result;
  return threads * static_cast<double>(floats * sizeof(float)) / time * 1e-9;
}

/// Keeps this thread, and those that it starts, on as many processors as there are threads, so that none moves to a
/// cold one; false where the system cannot.
inline bool pin(int threads) {
#ifdef __linux__
  cpu_set_t allowed, chosen;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;
  CPU_ZERO(&chosen);
  const int here = sched_getcpu();
  int count = 0;
  for (int i = 0; i < CPU_SETSIZE && count < threads; ++i) {
    const int processor = ((here < 0 ? 0 : here) + i) % CPU_SETSIZE;
    if (!CPU_ISSET(processor, &allowed)) continue;
    CPU_SET(processor, &chosen);
    ++count;
  }
  return count == threads && sched_setaffinity(0, sizeof chosen, &chosen) == 0;
#else
  (void)threads;
  return false;
#endif
}

}  // namespace rates
