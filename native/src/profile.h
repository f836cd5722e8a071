// Measures how long each thread of an executable spends in each operation, and how long it waits for other threads.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace quire {

/**
 * The times of the threads of an executable: one for each operation, and two more. The times of a thread add up to the
 * duration of the steps. While disabled, `measure` costs one branch.
 */
class Profile {
 public:
  Profile(size_t operations, int threads) : operations_(operations) {
    for (int thread = 0; thread < threads; thread++) threads_.push_back({0, std::vector<int64_t>(operations + 2)});
  }

  /** Index of the time of copies of blocks and of rotary angles, which precede the operations. */
  size_t preparing() const { return operations_; }
  /** Index of the time in which a thread has nothing to execute. */
  size_t waiting() const { return operations_ + 1; }

  /** Must be called between steps, as must `takeNanoseconds`. */
  void setEnabled(bool isEnabled) { isEnabled_ = isEnabled; }

  /** Executes `body` and adds its duration to a time of the thread. */
  template <class Body> void measure(int thread, size_t index, Body body) {
    if (!isEnabled_) return body();
    const auto start = Clock::now();
    body();
    const int64_t duration = nanosecondsSince(start);
    ThreadTimes& times = threads_[(size_t)thread];
    times.nanoseconds[index] += duration;
    times.measured += duration;
  }
  /** Executes a step. Must be called by one thread; adds the rest of the duration to the waiting time of each thread. */
  template <class Body> void measureStep(Body body) {
    if (!isEnabled_) return body();
    for (ThreadTimes& times : threads_) times.measured = 0;
    const auto start = Clock::now();
    body();
    const int64_t duration = nanosecondsSince(start);
    for (ThreadTimes& times : threads_) times.nanoseconds[waiting()] += duration - times.measured;
  }

  /** Returns the times as [threads][operations, preparing, waiting] and sets them to zero. */
  std::vector<double> takeNanoseconds() {
    std::vector<double> all;
    for (ThreadTimes& times : threads_)
      for (int64_t& time : times.nanoseconds) all.push_back((double)time), time = 0;
    return all;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static int64_t nanosecondsSince(Clock::time_point start) {
    return std::chrono::nanoseconds(Clock::now() - start).count();
  }
  struct alignas(64) ThreadTimes {  // each thread writes to its own cache line
    int64_t measured;  // in this step
    std::vector<int64_t> nanoseconds;
  };

  size_t operations_;
  bool isEnabled_ = false;
  std::vector<ThreadTimes> threads_;
};

}  // namespace quire
