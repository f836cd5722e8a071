// Measures the peak rates of the machine, to which the measured speeds of models are compared.
#pragma once
#include "types.h"

namespace quire {

struct Limits {
  double bandwidth;               // bytes per second, read by all threads together
  double int8, int16, f32, bf16;  // operations per second; a multiplication and an addition are two operations
};

/** Measures for about a second. Must be called from a job of `pool`. */
Limits measureLimits(const Kernels& kernels, class Pool& pool);

}  // namespace quire
