#include "limits.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "pool.h"
#include "weights.h"

namespace quire {

namespace {

constexpr size_t BUFFER_BYTES = (size_t)256 << 20;  // several times the last-level cache
constexpr int ROUNDS = 5;

double measureSeconds(const std::function<void()>& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

// Runs `work` on all threads several times. Returns the highest total rate. `work` returns the amount of work that the
// thread has done.
double bestRate(Pool& pool, const std::function<double(int)>& work) {
  double highestRate = 0;
  std::vector<double> amounts((size_t)pool.threads() * 8);  // a cache line per thread
  for (int round = 0; round < ROUNDS; round++) {
    const auto runRound = [&](Range units, int) {
      for (size_t unit = units.from; unit < units.to; unit++) amounts[unit * 8] = work((int)unit);
    };
    const auto loop = std::make_shared<SingleLoop>(pool.threads(), pool.threads(), runRound);
    const double time = measureSeconds([&] { pool.run(loop); });
    double sum = 0;
    for (int thread = 0; thread < pool.threads(); thread++) sum += amounts[(size_t)thread * 8];
    highestRate = std::max(highestRate, sum / time);
  }
  return highestRate;
}

}  // namespace

Limits measureLimits(const Kernels& kernels, Pool& pool) {
  volatile int intSink = 0;
  volatile float floatSink = 0;
  Limits limits{};
  const auto measureIntegerPeak = [&](double (*peak)(int, int*), int rounds) {
    return bestRate(pool, [&](int) {
      int sink;
      const double operations = peak(rounds, &sink);
      intSink = sink;
      return operations;
    });
  };
  limits.int8 = measureIntegerPeak(kernels.int8Peak, 1 << 20);
  limits.int16 = measureIntegerPeak(kernels.int16Peak, 1 << 22);
  const auto measureFloatPeak = [&](double (*peak)(int, float*)) {
    return bestRate(pool, [&](int) {
      float sink;
      const double operations = peak(1 << 22, &sink);
      floatSink = sink;
      return operations;
    });
  };
  limits.f32 = measureFloatPeak(kernels.floatPeak);
  limits.bf16 = kernels.bf16Peak == kernels.floatPeak ? limits.f32 : measureFloatPeak(kernels.bf16Peak);
  AlignedBytes buffer = allocateAligned(BUFFER_BYTES, "the measurement of the memory bandwidth");
  memset(buffer.get(), 1, BUFFER_BYTES);
  const size_t bytesPerThread = BUFFER_BYTES / (size_t)pool.threads() / 4096 * 4096;
  limits.bandwidth = bestRate(pool, [&](int thread) {
    intSink = kernels.readMemory(buffer.get() + (size_t)thread * bytesPerThread, bytesPerThread);
    return (double)bytesPerThread;
  });
  return limits;
}

}  // namespace quire
