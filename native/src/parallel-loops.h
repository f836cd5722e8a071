// Parallel loops, which the threads of a pool execute together. No thread waits for another thread, only for work: a thread
// claims units of work, and a loop that depends on earlier loops starts as soon as their units are complete, whoever
// executed them. A thread that another program keeps from running delays the others only if it has claimed a unit.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "sync.h"

namespace quire {

struct Range { size_t from, to; };

/**
 * Waits in a loop for up to 50 microseconds. Returns whether `isReached()` is true. A thread that waits for longer sleeps,
 * because another program probably uses the processor of the thread for which it waits. (On recent Linux kernels, a thread
 * that calls sched_yield instead loses its share of the processor to the other program.)
 */
template <class Condition> bool spinUntil(Condition isReached) {
  if (isReached()) return true;
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
  for (int i = 1; !isReached(); i++) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
    if (i % 16 == 0 && std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

/** The division of `count` items into `units` units of almost equal size, which begin at multiples of `alignment`. */
struct Division {
  size_t count, alignment;
  int units;

  /** Returns the items of a range of units. */
  Range items(Range range) const { return {firstItem(range.from), firstItem(range.to)}; }

 private:
  size_t firstItem(size_t unit) const {
    const uint64_t blocks = (count + alignment - 1) / alignment;  // 64 bits: with 65,536 units, the product has more than 32
    return std::min((size_t)(blocks * unit / (uint64_t)units) * alignment, count);
  }
};

/**
 * Divides `count` items among threads. If there are enough of them, units have `grain` items, a multiple of `alignment`, so
 * that a thread which is interrupted executes fewer of them; otherwise there is one unit per thread.
 */
Division divide(size_t count, size_t alignment, size_t grain, int threads);

class ParallelLoops {
 public:
  explicit ParallelLoops(int threads) : threads_(threads) {}
  virtual ~ParallelLoops() = default;

  /** Executes units until none is left to claim. Must be called by one thread for each number 0 to `threads - 1`. */
  void runThread(int thread);
  /** Returns when all units are complete. */
  void waitUntilComplete() { waitFor(unitCount_); }

 protected:
  /**
   * Appends a loop, before the threads start. If `waits`, it starts when all earlier loops are complete. A thread claims at
   * most `maxClaim` units at a time.
   */
  void addLoop(int units, bool waits, int maxClaim = INT_MAX);
  /** Executes units of a loop. Is not called after `waitUntilComplete` has returned. */
  virtual void runUnits(size_t loop, Range units, int thread) = 0;

 private:
  struct Loop {
    Loop(int unitCount, int mostUnits, uint64_t unitsToWaitFor, size_t phaseNumber)
        : units(unitCount), maxClaim(mostUnits), unitsBefore(unitsToWaitFor), phase(phaseNumber) {}
    const int units, maxClaim;
    const uint64_t unitsBefore;  // the loop starts when so many units are complete
    const size_t phase;          // number of the loops so far that wait
    std::atomic<int> claimedUnits{0};
  };
  bool claim(Loop& loop, Range& range) const;
  void complete(size_t units, uint64_t phaseEnd);
  void waitFor(uint64_t units);
  void sleepUntil(uint64_t units);

  const int threads_;
  std::deque<Loop> loops_;
  std::vector<uint64_t> phaseEnds_{0};  // for each phase: number of units up to its end
  uint64_t unitCount_ = 0;
  alignas(64) std::atomic<uint64_t> completeUnits_{0};
  std::atomic<int> sleepers_{0};
  Mutex sleepMutex_;
  Condition phaseComplete_;
};

/** One loop. `body(units, thread)` executes a range of units. */
class SingleLoop : public ParallelLoops {
 public:
  SingleLoop(int units, int threads, std::function<void(Range, int)> body)
      : ParallelLoops(threads), body_(std::move(body)) {
    addLoop(units, false);
  }

 private:
  void runUnits(size_t, Range units, int thread) override { body_(units, thread); }
  const std::function<void(Range, int)> body_;
};

}  // namespace quire
