// Threads for NAME_run_parallel on hosts with the C++ standard library:
//     intaglio::Threads threads(2);
//     const intaglio_parallel parallel = threads.parallel();
//     NAME_run_parallel(&memory, &io, &parallel);
// A call spins for INTAGLIO_SPINS rounds before a thread sleeps, so that a network's steps follow each other without
// locks.
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

/// The calling thread and `threads` - 1 others. One network at a time: run() must not be called from two threads at
/// once.
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
  struct Share {
    std::atomic<int> next{0};
    int end = 0;
    char apart[56];  // a cache line for each
  };

  /// The thread's own tasks, then what slower threads have not begun.
  void take(size_t thread) {
    for (size_t i = 0; i < shares_.size(); ++i) {
      Share& share = shares_[(thread + i) % shares_.size()];
      for (int task; (task = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;) task_(data_, task);
    }
  }

  void announce() {
    round_.fetch_add(1);
    if (sleepers_.load() > 0) {
      { const std::lock_guard<std::mutex> lock(mutex_); }
      wake_.notify_all();
    }
  }

  static void run(void* context, void (*task)(void* data, int index), void* data, int tasks) {
    Threads& self = *static_cast<Threads*>(context);
    self.task_ = task;
    self.data_ = data;
    const int threads = static_cast<int>(self.shares_.size());
    for (int i = 0; i < threads; ++i) {
      self.shares_[static_cast<size_t>(i)].next.store(tasks * i / threads, std::memory_order_relaxed);
      self.shares_[static_cast<size_t>(i)].end = tasks * (i + 1) / threads;
    }
    self.busy_.store(static_cast<int>(self.workers_.size()), std::memory_order_relaxed);
    self.announce();
    self.take(0);
    for (long spins = 0; self.busy_.load(std::memory_order_acquire) != 0; ++spins) {
      spins < INTAGLIO_SPINS ? pause() : std::this_thread::yield();
    }
  }

  void work(size_t thread) {
    for (unsigned done = 0;; ++done) {
      for (long spins = 0; spins < INTAGLIO_SPINS && round_.load(std::memory_order_acquire) == done; ++spins) pause();
      if (round_.load() == done) {
        std::unique_lock<std::mutex> lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return round_.load() != done; });
        sleepers_.fetch_sub(1);
      }
      if (stop_) return;
      take(thread);
      busy_.fetch_sub(1, std::memory_order_release);
    }
  }

  // What the calling thread writes for the others lies in one cache line, what they answer in another.
  alignas(64) std::atomic<unsigned> round_{0};
  void (*task_)(void* data, int index) = nullptr;
  void* data_ = nullptr;
  std::vector<Share> shares_;
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<int> busy_{0};
  std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;  // last: the threads use everything above
};

}  // namespace intaglio
#endif
