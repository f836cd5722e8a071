// AVX-512 with dot products of bf16: the kernels of AVX-512, but for linears of BF16 weights. This file is compiled with
// its flags, and no other is.
#include "types.h"

#define QUIRE_ISA avx512bf16
#include "simd/avx512bf16.h"
#include "vector-math.h"
#include "finish.h"
#include "brain-pairs.h"

namespace quire {

namespace {

void linear(const LinearJob& job, int panelFrom, int panelTo) {
  if (job.type == WeightType::BF16) return avx512bf16::brainLinear(job, panelFrom, panelTo);
  avx512Kernels()->linear(job, panelFrom, panelTo);
}

Kernels withPairs(Kernels kernels) {
  kernels.name = "avx512bf16";
  kernels.brainPairs = true;
  kernels.linear = linear;
  kernels.brainPeak = avx512bf16::brainPeak;
  return kernels;
}

}  // namespace

const Kernels* avx512Bf16Kernels() {
  static const Kernels kernels = withPairs(*avx512Kernels());
  return &kernels;
}

}  // namespace quire
