// A thread pool: the first thread takes jobs from a queue and leads; the others follow it through parallel regions.
// Threads spin briefly after each region and then sleep, so that an idle engine uses no CPU time.
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
   * Returns the pool of this many threads, 1 to 1,024; it lives as long as the process. Throws if the threads cannot
   * be started.
   */
  static Pool& of(int threads);

  int threads() const { return threads_; }
  /** Queues a job, which runs on the leading thread. */
  void submit(std::function<void()> job);
  /** Called from a job: runs `body(thread)` on every thread and returns when all have finished. */
  void region(const std::function<void(int)>& body);
  /** Inside a region: waits for all threads. */
  void barrier();

 private:
  explicit Pool(int threads) : threads_(threads) {}
  void start();
  void lead();
  void follow(int thread);

  const int threads_;
  std::mutex jobsMutex_;
  std::condition_variable jobsWake_;
  std::deque<std::function<void()>> jobs_;

  std::mutex regionMutex_;
  std::condition_variable regionWake_;
  std::atomic<uint32_t> regionNumber_{0};
  const std::function<void(int)>* body_ = nullptr;

  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<uint32_t> phase_{0};
};

}  // namespace quire
