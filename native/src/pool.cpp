#include "pool.h"

#include <map>
#include <stdexcept>
#include <thread>

#include "weights.h"

namespace quire {

Pool& Pool::withThreads(int threads) {
  static std::mutex mutex;
  static std::map<int, Pool*> pools;  // never destroyed, because the threads may run while static objects are destroyed
  std::lock_guard lock(mutex);
  if (threads < 1 || threads > 1024) throw std::out_of_range("the number of threads must be 1 to 1,024");
  if (!pools.contains(threads)) {
    Pool* pool = new Pool(threads);  // not freed if a thread cannot be started, because the started threads use it until they end
    pool->start();
    pools[threads] = pool;
  }
  return *pools[threads];
}

void Pool::start() {
  try {
    std::thread([this] { runJobs(); }).detach();
    for (int thread = 1; thread < threads_; thread++) std::thread([this, thread] { runLoops(thread); }).detach();
  } catch (const std::exception& error) {
    stop();
    throw Failure{"no_threads", "could not start " + std::to_string(threads_) + " threads: " + error.what()};
  }
}

// Ends the threads, so that a pool with fewer threads can be started.
void Pool::stop() {
  submit(nullptr);
  {
    std::lock_guard lock(loopsMutex_);
    isStopped_ = true;
    runNumber_.fetch_add(1, std::memory_order_release);
  }
  loopsAvailable_.notify_all();
}

void Pool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(jobsMutex_);
    jobs_.push_back(std::move(job));
  }
  jobAvailable_.notify_one();
}

// The first thread does not spin: between two steps, the thread of the application needs the processor.
void Pool::runJobs() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(jobsMutex_);
      jobAvailable_.wait(lock, [this] { return !jobs_.empty(); });
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (job == nullptr) return;
    job();
  }
}

void Pool::runLoops(int thread) {
  uint32_t lastRun = 0;
  for (;;) {
    const auto isNew = [&] { return runNumber_.load(std::memory_order_acquire) != lastRun; };
    spinUntil(isNew);
    std::shared_ptr<ParallelLoops> loops;
    {
      std::unique_lock lock(loopsMutex_);
      loopsAvailable_.wait(lock, isNew);
      if (isStopped_) return;
      loops = loops_;
      lastRun = runNumber_.load(std::memory_order_relaxed);
    }
    if (loops != nullptr) loops->runThread(thread);
  }
}

void Pool::run(std::shared_ptr<ParallelLoops> loops) {
  if (threads_ > 1) {
    {
      std::lock_guard lock(loopsMutex_);
      loops_ = loops;
      runNumber_.fetch_add(1, std::memory_order_release);
    }
    loopsAvailable_.notify_all();
  }
  loops->runThread(0);
  loops->waitUntilComplete();
  std::lock_guard lock(loopsMutex_);
  loops_.reset();
}

}  // namespace quire
