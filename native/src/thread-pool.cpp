#include "thread-pool.h"

#include <map>
#include <string>
#include <thread>

#include "failure.h"

namespace quire {

ThreadPool& ThreadPool::withThreads(int threads) {
  static std::mutex mutex;
  static std::map<int, ThreadPool*> pools;  // never destroyed, because the threads may run while static objects are destroyed
  std::lock_guard lock(mutex);
  if (threads < 1 || threads > 1024) fail("bad_argument", "the number of threads must be 1 to 1,024");
  if (!pools.contains(threads)) {
    ThreadPool* pool = new ThreadPool(threads);  // not freed if a thread cannot be started, because the started threads use it until they end
    pool->start();
    pools[threads] = pool;
  }
  return *pools[threads];
}

void ThreadPool::start() {
  try {
    std::thread([this] { runJobs(); }).detach();
    for (int thread = 1; thread < threads(); thread++) std::thread([this, thread] { runLoops(thread); }).detach();
  } catch (const std::exception& error) {
    // Ends the threads, so that a pool with fewer threads can be started.
    submit(nullptr);
    stop();
    fail("no_threads", "could not start " + std::to_string(threads()) + " threads: " + error.what());
  }
}

void ThreadPool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(jobsMutex_);
    jobs_.push_back(std::move(job));
  }
  jobAvailable_.notify_one();
}

// The first thread does not spin: between two steps, the thread of the application needs the processor.
void ThreadPool::runJobs() {
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

}  // namespace quire
