#include "pool.h"

#include <chrono>
#include <map>
#include <stdexcept>

namespace quire {

namespace {

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr int SPINS = 4000;  // tens of microseconds
constexpr auto SPIN_TIME = std::chrono::microseconds(150);

}  // namespace

Pool& Pool::withThreads(int threads) {
  static std::mutex mutex;
  static std::map<int, Pool*> pools;  // never destroyed, because the threads may run while static objects are destroyed
  std::lock_guard lock(mutex);
  if (threads < 1 || threads > 1024) throw std::out_of_range("the number of threads must be 1 to 1,024");
  if (!pools.contains(threads)) {
    Pool* pool = new Pool(threads);  // not freed if a thread cannot be started, because the started threads use it
    pool->start();
    pools[threads] = pool;
  }
  return *pools[threads];
}

void Pool::start() {
  std::thread([this] { runJobs(); }).detach();
  for (int thread = 1; thread < threads_; thread++) std::thread([this, thread] { runBodies(thread); }).detach();
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
    job();
  }
}

void Pool::runBodies(int thread) {
  uint32_t lastBody = 0;
  for (;;) {
    const auto spinEnd = std::chrono::steady_clock::now() + SPIN_TIME;
    for (int i = 0; bodyNumber_.load(std::memory_order_acquire) == lastBody; i++) {
      pause();
      if (i % 64 == 63 && std::chrono::steady_clock::now() > spinEnd) {
        std::unique_lock lock(bodyMutex_);
        bodyAvailable_.wait(lock, [&] { return bodyNumber_.load(std::memory_order_acquire) != lastBody; });
      }
    }
    lastBody++;
    (*body_)(thread);
    barrier();
  }
}

void Pool::runOnAllThreads(const std::function<void(int)>& body) {
  if (threads_ > 1) {
    {
      std::lock_guard lock(bodyMutex_);
      body_ = &body;
      bodyNumber_.fetch_add(1, std::memory_order_release);
    }
    bodyAvailable_.notify_all();
  }
  body(0);
  barrier();
}

void Pool::barrier() {
  if (threads_ == 1) return;
  const uint32_t barrierNumber = barrierNumber_.load(std::memory_order_relaxed);
  if (waitingThreads_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
    waitingThreads_.store(0, std::memory_order_relaxed);
    barrierNumber_.store(barrierNumber + 1, std::memory_order_release);
    return;
  }
  for (int i = 0; barrierNumber_.load(std::memory_order_acquire) == barrierNumber; i++) {
    if (i < SPINS) pause();
    else std::this_thread::yield();  // a thread of the pool is not running: another program uses its processor
  }
}

}  // namespace quire
