// The machine's limits, which measured speeds are compared with.
#pragma once
#include "types.h"

namespace quire {

struct Limits {
  double bandwidth;        // bytes per second that all threads read together
  double int8, f32, bf16;  // operations per second; a multiply and an add count as two
};

/** Takes about a second. Called from a job of `pool`. */
Limits measureLimits(const Kernels& kernels, class Pool& pool);

}  // namespace quire
