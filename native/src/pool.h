// A thread pool. The first thread executes jobs from a queue; a job can execute parallel loops on all threads. When no work
// is left, the first thread sleeps, and the others spin briefly and then sleep, so that an idle engine uses no CPU time.
#pragma once
#include <deque>
#include <functional>
#include <memory>

#include "parallel-loops.h"

namespace quire {

class Pool {
 public:
  /**
   * Returns the pool with this number of threads, 1 to 1,024. The pool is created at the first call and never
   * destroyed. Throws Failure "no_threads" if the threads cannot be started.
   */
  static Pool& withThreads(int threads);

  int threads() const { return threads_; }
  /** Queues a job, which runs on the first thread. */
  void submit(std::function<void()> job);
  /**
   * Executes loops on all threads. Returns when they are complete. Must be called from a job. A thread that starts late may
   * own the loops for longer, but then executes nothing.
   */
  void run(std::shared_ptr<ParallelLoops> loops);

 private:
  explicit Pool(int threads) : threads_(threads) {}
  void start();
  void stop();
  void runJobs();
  void runLoops(int thread);

  const int threads_;
  std::mutex jobsMutex_;
  std::condition_variable jobAvailable_;
  std::deque<std::function<void()>> jobs_;

  std::mutex loopsMutex_;
  std::condition_variable loopsAvailable_;
  std::atomic<uint32_t> runNumber_{0};  // changes when `loops_` is set
  std::shared_ptr<ParallelLoops> loops_;
  bool isStopped_ = false;
};

}  // namespace quire
