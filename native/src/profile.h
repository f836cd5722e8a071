// Measures how long each thread of an executable spends in each operation, and how long it waits for other threads.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace quire {

/**
 * The clocks of the threads of an executable. At any time during a step, each thread has one slot, to which its time is
 * added: the operation that it runs, or one of the two slots after those of the operations. The times of a thread
 * therefore add up to the duration of the steps. While disabled, `enter` costs one branch.
 */
class Profile {
 public:
  Profile(size_t operations, int threads) : operations_(operations) {
    for (int thread = 0; thread < threads; thread++) clocks_.push_back({waiting(), {}, std::vector<int64_t>(slots())});
  }

  /** Work before the first operation: copies of blocks and rotary angles. */
  size_t preparing() const { return operations_; }
  /** The thread waits for other threads, or has not started or has already finished its part of the step. */
  size_t waiting() const { return operations_ + 1; }
  size_t slots() const { return operations_ + 2; }

  /** Must be called between steps, as must `takeNanoseconds`. */
  void setEnabled(bool isEnabled) { isEnabled_ = isEnabled; }

  /** Starts the clocks of all threads. Must be called by one thread before the others start. */
  void startStep() {
    if (!isEnabled_) return;
    const Time now = Clock::now();
    for (ThreadClock& clock : clocks_) clock.slot = waiting(), clock.since = now;
  }
  /** Stops the clocks of all threads. Must be called by one thread after the others have finished. */
  void endStep() {
    for (size_t thread = 0; thread < clocks_.size(); thread++) enter((int)thread, waiting());
  }
  /** Adds the time of a thread to `slot` from now on. Returns the slot to which it was added so far. */
  size_t enter(int thread, size_t slot) {
    if (!isEnabled_) return slot;
    ThreadClock& clock = clocks_[(size_t)thread];
    const Time now = Clock::now();
    clock.nanoseconds[clock.slot] += std::chrono::nanoseconds(now - clock.since).count();
    clock.since = now;
    const size_t previous = clock.slot;
    clock.slot = slot;
    return previous;
  }

  /** Returns the times as [threads][slots] and sets them to zero. */
  std::vector<double> takeNanoseconds() {
    std::vector<double> times;
    for (ThreadClock& clock : clocks_)
      for (int64_t& time : clock.nanoseconds) times.push_back((double)time), time = 0;
    return times;
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  struct alignas(64) ThreadClock {  // each thread writes to its own cache line
    size_t slot;
    Time since;
    std::vector<int64_t> nanoseconds;
  };

  size_t operations_;
  bool isEnabled_ = false;
  std::vector<ThreadClock> clocks_;
};

}  // namespace quire
