#include "limits.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "pool.h"
#include "weights.h"

namespace quire {

namespace {

constexpr size_t BUFFER = (size_t)256 << 20;  // several times the last-level cache
constexpr int ROUNDS = 5;

double seconds(const std::function<void()>& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

// Returns the best of several rounds, each on all threads; `work` returns the amount of work a thread has done.
double best(Pool& pool, const std::function<double(int)>& work) {
  double most = 0;
  std::vector<double> done((size_t)pool.threads() * 8);
  for (int round = 0; round < ROUNDS; round++) {
    const double time = seconds([&] { pool.region([&](int thread) { done[(size_t)thread * 8] = work(thread); }); });
    double sum = 0;
    for (int thread = 0; thread < pool.threads(); thread++) sum += done[(size_t)thread * 8];
    most = std::max(most, sum / time);
  }
  return most;
}

}  // namespace

Limits measureLimits(const Kernels& kernels, Pool& pool) {
  volatile int intSink = 0;
  volatile float floatSink = 0;
  Limits limits{};
  limits.int8 = best(pool, [&](int) {
    int sink;
    const double done = kernels.int8Peak(1 << 20, &sink);
    intSink = sink;
    return done;
  });
  const auto floats = [&](double (*peak)(int, float*)) {
    return best(pool, [&](int) {
      float sink;
      const double done = peak(1 << 22, &sink);
      floatSink = sink;
      return done;
    });
  };
  limits.f32 = floats(kernels.floatPeak);
  limits.bf16 = kernels.bf16Peak == kernels.floatPeak ? limits.f32 : floats(kernels.bf16Peak);
  AlignedBytes buffer = alignedBytes(BUFFER, "measuring");
  memset(buffer.get(), 1, BUFFER);
  const size_t each = BUFFER / (size_t)pool.threads() / 4096 * 4096;
  limits.bandwidth = best(pool, [&](int thread) {
    intSink = kernels.readAll(buffer.get() + (size_t)thread * each, each);
    return (double)each;
  });
  return limits;
}

}  // namespace quire
