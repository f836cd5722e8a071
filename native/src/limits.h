// What the machine can do at most: the bounds that speeds are quoted against.
#pragma once
#include "types.h"

namespace quire {

struct Limits {
  double bandwidth;        // bytes a second that all threads read together
  double int8, f32, bf16;  // operations a second, a multiply and an add being two
};

/** Takes about a second; on a pool's leading thread. */
Limits measureLimits(const Kernels& kernels, class Pool& pool);

}  // namespace quire
