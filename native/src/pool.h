// Threads that wait for work: the first one takes jobs from a queue and leads, the others follow it through parallel
// regions. They spin for a short while after each region and then sleep, so that an idle engine uses no processor.
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
  /** The pool of this many threads, 1 to 1,024; it lives as long as the process. Throws where they cannot start. */
  static Pool& of(int threads);

  int threads() const { return threads_; }
  /** Queues a job, which runs on the leading thread. */
  void submit(std::function<void()> job);
  /** From a job: runs `body(thread)` on every thread and returns when all have ended. */
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
