// A pool with threads of the system. The first thread executes jobs from a queue and sleeps when there are none; a job can
// execute parallel loops on all threads.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "pool.h"

namespace quire {

class ThreadPool : public Pool {
 public:
  /**
   * Returns the pool with this number of threads, 1 to 1,024. The pool is created at the first call and never
   * destroyed. Throws Failure "no_threads" if the threads cannot be started.
   */
  static ThreadPool& withThreads(int threads);

  /** Queues a job, which runs on the first thread. Only jobs may call `run`. */
  void submit(std::function<void()> job);

 private:
  explicit ThreadPool(int threads) : Pool(threads) {}
  void start();
  void runJobs();

  std::mutex jobsMutex_;
  std::condition_variable jobAvailable_;
  std::deque<std::function<void()>> jobs_;
};

}  // namespace quire
