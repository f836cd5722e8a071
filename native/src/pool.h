// A number of threads that execute parallel loops together. Between loops they spin briefly and then sleep, so that an idle
// engine uses no CPU time.
#pragma once
#include <memory>
#include <vector>

#include "parallel-loops.h"

namespace quire {

class Pool {
 public:
  explicit Pool(int threads) : threads_(threads) {}

  int threads() const { return threads_; }
  /**
   * Executes loops on all threads. Returns when they are complete. Must be called by one thread at a time, which is thread 0.
   * A thread that starts late may use the loops for longer, but then executes nothing.
   */
  void run(std::shared_ptr<ParallelLoops> loops);
  /** Executes the loops of `run` until `stop` is called. Must be called by one thread for each number 1 to `threads - 1`. */
  void runLoops(int thread);
  /** Ends the threads. */
  void stop();

 private:
  const int threads_;
  Mutex mutex_;
  Condition loopsAvailable_;
  std::atomic<uint32_t> runNumber_{0};  // changes when `loops_` is set
  ParallelLoops* loops_ = nullptr;
  std::atomic<int> users_{0};  // threads in `runLoops` that use loops
  // Loops that a thread may still use. Only the thread that calls `run` frees memory: in WebAssembly, others must not.
  std::vector<std::shared_ptr<ParallelLoops>> earlierLoops_;
  bool isStopped_ = false;
};

}  // namespace quire
