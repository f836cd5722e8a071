// Mutexes and condition variables. In WebAssembly, the C++ library has none.
#pragma once
#if defined(__wasm__)
#include <atomic>
#include <cstdint>
#else
#include <condition_variable>
#include <mutex>
#endif

namespace quire {

#if defined(__wasm__)

inline void waitWhile(const std::atomic<int32_t>& value, int32_t expected) {
  __builtin_wasm_memory_atomic_wait32((int*)&value, expected, -1);
}
inline void wake(const std::atomic<int32_t>& value, uint32_t threads) {
  __builtin_wasm_memory_atomic_notify((int*)&value, threads);
}

class Mutex {
 public:
  void lock() {
    int32_t state = FREE;
    if (state_.compare_exchange_strong(state, LOCKED)) return;
    while (state_.exchange(HAS_WAITERS) != FREE) waitWhile(state_, HAS_WAITERS);
  }
  void unlock() {
    if (state_.exchange(FREE) == HAS_WAITERS) wake(state_, 1);
  }

 private:
  static constexpr int32_t FREE = 0, LOCKED = 1, HAS_WAITERS = 2;
  std::atomic<int32_t> state_{FREE};
};

class Lock {
 public:
  explicit Lock(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  friend class Condition;
  Mutex& mutex_;
};

class Condition {
 public:
  template <class Predicate> void wait(Lock& lock, Predicate isReached) {
    while (!isReached()) {
      const int32_t notifications = notifications_.load();
      lock.mutex_.unlock();
      waitWhile(notifications_, notifications);
      lock.mutex_.lock();
    }
  }
  void notify_all() {
    notifications_.fetch_add(1);
    wake(notifications_, UINT32_MAX);
  }

 private:
  std::atomic<int32_t> notifications_{0};
};

#else

using Mutex = std::mutex;
using Lock = std::unique_lock<std::mutex>;
using Condition = std::condition_variable;

#endif

}  // namespace quire
