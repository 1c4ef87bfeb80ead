// Threads for NAME_run_parallel on hosts with the C++ standard library:
//     intaglio::Threads threads(2);
//     const intaglio_parallel parallel = threads.parallel();
//     NAME_run_parallel(&memory, &io, &parallel);
// A call spins for INTAGLIO_SPINS rounds before a thread sleeps,
// so that a network's steps follow each other without locks.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_THREADS_H
#define INTAGLIO_THREADS_H

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#ifndef INTAGLIO_SPINS
#define INTAGLIO_SPINS 20000
#endif

#ifndef INTAGLIO_PARALLEL_DEFINED
#define INTAGLIO_PARALLEL_DEFINED
typedef struct {
  void (*run)(void* context, void (*task)(void* data, int index), void* data, int tasks);
  void* context;
} intaglio_parallel;
#endif

namespace intaglio {

/// The calling thread and `threads` - 1 others.
/// One network at a time: run() must not be called from two threads at once.
class Threads {
 public:
  explicit Threads(int threads) : shares_(static_cast<size_t>(threads)) {
    for (int i = 1; i < threads; ++i) workers_.emplace_back(&Threads::work, this, static_cast<size_t>(i));
  }
  ~Threads() {
    stop_ = true;
    announce();
    for (std::thread& worker : workers_) worker.join();
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  intaglio_parallel parallel() {
    intaglio_parallel result = {&Threads::run, this};
    return result;
  }

 private:
  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }

  /// A thread's share of the tasks: neighbours, so that what one layer hands to the next mostly stays with a thread.
  /// The upper half of `tasks` is where the share ends, the lower half the next task. Both are read as one: a thread
  /// that comes late takes nothing, or a task of the next call with all that belongs to it.
  struct Share {
    std::atomic<unsigned long long> tasks{0};
    char apart[56];  // a cache line for each
  };
  static bool is_empty(unsigned long long tasks) { return (tasks & 0xffffffff) >= tasks >> 32; }

  /// The thread's own tasks, then what slower threads have not begun.
  void take(size_t thread) {
    int done = 0;
    for (size_t i = 0; i < shares_.size(); ++i) {
      Share& share = shares_[(thread + i) % shares_.size()];
      while (!is_empty(share.tasks.load(std::memory_order_relaxed))) {
        const unsigned long long tasks = share.tasks.fetch_add(1, std::memory_order_acquire);
        if (is_empty(tasks)) break;
        task_(data_, static_cast<int>(tasks & 0xffffffff));
        ++done;
      }
    }
    if (done > 0) left_.fetch_sub(done, std::memory_order_release);
  }

  void announce() {
    round_.fetch_add(1);
    if (sleepers_.load() > 0) {
      { const std::lock_guard<std::mutex> lock(mutex_); }
      wake_.notify_all();
    }
  }

  /// Returns when all tasks are done, whether or not every thread has come.
  static void run(void* context, void (*task)(void* data, int index), void* data, int tasks) {
    Threads& self = *static_cast<Threads*>(context);
    self.task_ = task;
    self.data_ = data;
    self.left_.store(tasks, std::memory_order_relaxed);
    const unsigned long long count = static_cast<unsigned long long>(tasks), threads = self.shares_.size();
    for (unsigned long long i = threads; i-- > 0;) {
      const unsigned long long share = count * (i + 1) / threads << 32 | count * i / threads;
      self.shares_[static_cast<size_t>(i)].tasks.store(share, std::memory_order_release);
    }
    self.announce();
    self.take(0);
    for (long spins = 0; self.left_.load(std::memory_order_acquire) != 0; ++spins) {
      spins < INTAGLIO_SPINS ? pause() : std::this_thread::yield();
    }
  }

  void work(size_t thread) {
    for (;;) {
      const unsigned round = round_.load();
      if (stop_) return;
      bool idle = true;
      for (long spins = 0; spins < INTAGLIO_SPINS && idle; ++spins) {
        idle = is_empty(shares_[thread].tasks.load(std::memory_order_relaxed));
        if (idle) pause();
      }
      if (idle && round_.load() == round) {
        std::unique_lock<std::mutex> lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return round_.load() != round; });
        sleepers_.fetch_sub(1);
      }
      take(thread);
    }
  }

  // What the calling thread writes for the others lies in cache lines of its own, what they answer in another.
  alignas(64) std::atomic<unsigned> round_{0};
  void (*task_)(void* data, int index) = nullptr;
  void* data_ = nullptr;
  std::vector<Share> shares_;
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> left_{0};
  std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;  // last: the threads use everything above
};

}  // namespace intaglio
#endif
