#include "pool.h"

namespace quire {

void Pool::run(std::shared_ptr<ParallelLoops> loops) {
  if (threads_ > 1) {
    {
      Lock lock(mutex_);
      if (users_.load(std::memory_order_acquire) == 0) earlierLoops_.clear();
      loops_ = loops.get();
      runNumber_.fetch_add(1, std::memory_order_release);
    }
    loopsAvailable_.notify_all();
  }
  loops->runThread(0);
  loops->waitUntilComplete();
  if (threads_ == 1) return;
  Lock lock(mutex_);
  loops_ = nullptr;
  earlierLoops_.push_back(std::move(loops));
}

void Pool::runLoops(int thread) {
  uint32_t lastRun = 0;
  for (;;) {
    const auto isNew = [&] { return runNumber_.load(std::memory_order_acquire) != lastRun; };
    spinUntil(isNew);
    ParallelLoops* loops;
    {
      Lock lock(mutex_);
      loopsAvailable_.wait(lock, isNew);
      if (isStopped_) return;
      loops = loops_;
      lastRun = runNumber_.load(std::memory_order_relaxed);
      if (loops == nullptr) continue;
      users_.fetch_add(1, std::memory_order_relaxed);
    }
    loops->runThread(thread);
    users_.fetch_sub(1, std::memory_order_release);
  }
}

void Pool::stop() {
  {
    Lock lock(mutex_);
    isStopped_ = true;
    runNumber_.fetch_add(1, std::memory_order_release);
  }
  loopsAvailable_.notify_all();
}

}  // namespace quire
