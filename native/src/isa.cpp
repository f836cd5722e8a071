#include "isa.h"

namespace quire {

std::vector<const Kernels*> supportedKernels() {
  std::vector<const Kernels*> kernels;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
#ifdef QUIRE_EMULATE_AVX512
  kernels.push_back(avx512Bf16Kernels());
  kernels.push_back(avx512Kernels());
#endif
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512vnni");
  const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
  // Processors of AMD multiply pairs of bf16 at twice the rate of floats, those of Intel at half of it (docs/lab-notes.md).
  const bool isBf16Fast = __builtin_cpu_is("amd");
  if (bf16 && isBf16Fast) kernels.push_back(avx512Bf16Kernels());
  if (avx512) kernels.push_back(avx512Kernels());
  if (bf16 && !isBf16Fast) kernels.push_back(avx512Bf16Kernels());
  if (avx2) kernels.push_back(avx2Kernels());
#endif
  kernels.push_back(plainKernels());
  return kernels;
}

}  // namespace quire
