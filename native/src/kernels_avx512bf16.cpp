// The kernels for AVX-512 with bf16 dot products: those of AVX-512, except for linear layers with BF16 weights. Only
// this file is compiled with the compiler flags of AVX-512 BF16.
#include <climits>

#include "types.h"

#define QUIRE_ISA avx512bf16
#include "simd/avx512bf16.h"
#include "vector-math.h"
#include "linear-output.h"
#include "bf16-pairs.h"

namespace quire {

namespace {

void linear(const LinearJob& job, int panelFrom, int panelTo) {
  if (job.type == WeightType::BF16) return avx512bf16::bf16Linear(job, panelFrom, panelTo);
  avx512Kernels()->linear(job, panelFrom, panelTo);
}

Kernels withBf16Pairs(Kernels kernels) {
  kernels.name = "avx512bf16";
  kernels.bf16Pairs = true;
  kernels.unpackFrom = INT_MAX;  // processors of AMD unpack in registers while they multiply (docs/lab-notes.md)
  kernels.linear = linear;
  kernels.bf16Peak = avx512bf16::bf16Peak;
  return kernels;
}

}  // namespace

const Kernels* avx512Bf16Kernels() {
  static const Kernels kernels = withBf16Pairs(*avx512Kernels());
  return &kernels;
}

}  // namespace quire
