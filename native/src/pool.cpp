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

constexpr int SPINS = 4000;  // some tens of microseconds
constexpr auto SPIN_TIME = std::chrono::microseconds(150);

}  // namespace

Pool& Pool::of(int threads) {
  static std::mutex mutex;
  static std::map<int, Pool*> pools;  // never destroyed: their threads may outlive static objects at exit
  std::lock_guard lock(mutex);
  if (threads < 1 || threads > 1024) throw std::out_of_range("the number of threads must be 1 to 1,024");
  if (!pools.contains(threads)) {
    Pool* pool = new Pool(threads);  // not freed even if some threads fail to start: the started threads still use it
    pool->start();
    pools[threads] = pool;
  }
  return *pools[threads];
}

void Pool::start() {
  std::thread([this] { lead(); }).detach();
  for (int thread = 1; thread < threads_; thread++) std::thread([this, thread] { follow(thread); }).detach();
}

void Pool::submit(std::function<void()> job) {
  {
    std::lock_guard lock(jobsMutex_);
    jobs_.push_back(std::move(job));
  }
  jobsWake_.notify_one();
}

// The leader sleeps at once: between two steps the application's own thread needs the processor.
void Pool::lead() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(jobsMutex_);
      jobsWake_.wait(lock, [this] { return !jobs_.empty(); });
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

void Pool::follow(int thread) {
  uint32_t seen = 0;
  for (;;) {
    const auto until = std::chrono::steady_clock::now() + SPIN_TIME;
    for (int i = 0; regionNumber_.load(std::memory_order_acquire) == seen; i++) {
      pause();
      if (i % 64 == 63 && std::chrono::steady_clock::now() > until) {
        std::unique_lock lock(regionMutex_);
        regionWake_.wait(lock, [&] { return regionNumber_.load(std::memory_order_acquire) != seen; });
      }
    }
    seen++;
    (*body_)(thread);
    barrier();
  }
}

void Pool::region(const std::function<void(int)>& body) {
  if (threads_ > 1) {
    {
      std::lock_guard lock(regionMutex_);
      body_ = &body;
      regionNumber_.fetch_add(1, std::memory_order_release);
    }
    regionWake_.notify_all();
  }
  body(0);
  barrier();
}

void Pool::barrier() {
  if (threads_ == 1) return;
  const uint32_t phase = phase_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    return;
  }
  for (int i = 0; phase_.load(std::memory_order_acquire) == phase; i++) {
    if (i < SPINS) pause();
    else std::this_thread::yield();  // another program occupies the processor
  }
}

}  // namespace quire
