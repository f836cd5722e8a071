// AVX-512 with bf16 dot products: the AVX-512 kernels, except for linears with BF16 weights. Only this file is
// compiled with its flags.
#include "types.h"

#define QUIRE_ISA avx512bf16
#include "simd/avx512bf16.h"
#include "vector-math.h"
#include "finish.h"
#include "bf16-pairs.h"

namespace quire {

namespace {

void linear(const LinearJob& job, int panelFrom, int panelTo) {
  if (job.type == WeightType::BF16) return avx512bf16::bf16Linear(job, panelFrom, panelTo);
  avx512Kernels()->linear(job, panelFrom, panelTo);
}

Kernels withPairs(Kernels kernels) {
  kernels.name = "avx512bf16";
  kernels.bf16Pairs = true;
  kernels.linear = linear;
  kernels.bf16Peak = avx512bf16::bf16Peak;
  return kernels;
}

}  // namespace

const Kernels* avx512Bf16Kernels() {
  static const Kernels kernels = withPairs(*avx512Kernels());
  return &kernels;
}

}  // namespace quire
