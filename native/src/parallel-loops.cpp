#include "parallel-loops.h"

namespace quire {

Division divide(size_t count, size_t alignment, size_t grain, int threads) {
  if (count == 0) return {0, alignment, 0};
  if (count >= 4 * grain * (size_t)threads) return {count, grain, (int)((count + grain - 1) / grain)};
  return {count, alignment, (int)std::min((count + alignment - 1) / alignment, (size_t)threads)};
}

void ParallelLoops::addLoop(int units, bool waits, int maxClaim) {
  if (waits) phaseEnds_.push_back(unitCount_);
  const size_t phase = phaseEnds_.size() - 1;
  loops_.emplace_back(units, maxClaim, phase == 0 ? 0 : phaseEnds_[phase - 1], phase);
  phaseEnds_[phase] = unitCount_ += (uint64_t)units;
}

void ParallelLoops::runThread(int thread) {
  for (size_t i = 0; i < loops_.size(); i++) {
    Loop& loop = loops_[i];
    waitFor(loop.unitsBefore);
    for (Range range; claim(loop, range);) {
      runUnits(i, range, thread);
      complete(range.to - range.from, phaseEnds_[loop.phase]);
    }
  }
}

// Claims the next range of units. The first ranges are large and the last are one unit, so that the threads finish at almost
// the same time even if another program interrupts one of them. Returns false if no unit is left.
bool ParallelLoops::claim(Loop& loop, Range& range) const {
  int from = loop.claimedUnits.load(std::memory_order_relaxed), to;
  do {
    if (from >= loop.units) return false;
    to = threads_ == 1 ? loop.units : from + std::clamp((loop.units - from) / (4 * threads_), 1, loop.maxClaim);
  } while (!loop.claimedUnits.compare_exchange_weak(from, to, std::memory_order_relaxed));
  range = {(size_t)from, (size_t)to};
  return true;
}

// Threads sleep until a phase is complete. The thread that completes it wakes them. A thread that goes to sleep first adds to
// the number of sleepers and then reads the number of complete units; this function does so in the reverse order. So at least
// one of them sees the value of the other.
void ParallelLoops::complete(size_t units, uint64_t phaseEnd) {
  if (completeUnits_.fetch_add(units) + units < phaseEnd || sleepers_.load() == 0) return;
  { Lock lock(sleepMutex_); }
  phaseComplete_.notify_all();
}

void ParallelLoops::waitFor(uint64_t units) {
  if (!spinUntil([&] { return completeUnits_.load(std::memory_order_acquire) >= units; })) sleepUntil(units);
}

void ParallelLoops::sleepUntil(uint64_t units) {
  sleepers_.fetch_add(1);
  {
    Lock lock(sleepMutex_);
    phaseComplete_.wait(lock, [&] { return completeUnits_.load() >= units; });
  }
  sleepers_.fetch_sub(1);
}

}  // namespace quire
