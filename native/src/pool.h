// A thread pool. The first thread executes jobs from a queue; a job can run a function on all threads. When no
// work is left, the first thread sleeps, and the others spin briefly and then sleep, so that an idle engine uses no CPU
// time.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace quire {

class Pool {
 public:
  /**
   * Returns the pool with this number of threads, 1 to 1,024. The pool is created at the first call and never
   * destroyed. Throws if the threads cannot be started.
   */
  static Pool& withThreads(int threads);

  int threads() const { return threads_; }
  /** Queues a job, which runs on the first thread. */
  void submit(std::function<void()> job);
  /** Runs `body(thread)` on every thread. Returns when all threads have finished. Must be called from a job. */
  void runOnAllThreads(const std::function<void(int)>& body);
  /** Waits until all threads have called `barrier`. Must be called from `body` of `runOnAllThreads`. */
  void barrier();

 private:
  explicit Pool(int threads) : threads_(threads) {}
  void start();
  void runJobs();
  void runBodies(int thread);

  const int threads_;
  std::mutex jobsMutex_;
  std::condition_variable jobAvailable_;
  std::deque<std::function<void()>> jobs_;

  std::mutex bodyMutex_;
  std::condition_variable bodyAvailable_;
  std::atomic<uint32_t> bodyNumber_{0};
  const std::function<void(int)>* body_ = nullptr;

  alignas(64) std::atomic<int> waitingThreads_{0};
  alignas(64) std::atomic<uint32_t> barrierNumber_{0};
};

}  // namespace quire
