#include "isa.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstring>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#endif

namespace quire {

namespace {

#if defined(__x86_64__)

/** What processor and operating system support. Read here, because the functions of compilers for it know different names. */
struct X86Features {
  bool avx2 = false, avx512 = false, bf16 = false, isAmd = false;

  X86Features() {
    unsigned a, b, c, d;
    if (__get_cpuid(0, &a, &b, &c, &d) == 0) return;
    const unsigned words[] = {b, d, c};
    isAmd = memcmp(words, "AuthenticAMD", 12) == 0 || memcmp(words, "HygonGenuine", 12) == 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !has(c, bit_OSXSAVE | bit_FMA | bit_F16C)) return;
    const unsigned registers = savedRegisters();
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return;
    avx2 = has(registers, YMM) && has(b, bit_AVX2);
    avx512 = avx2 && has(registers, YMM | ZMM) && has(c, bit_AVX512VNNI) &&
             has(b, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL);
    bf16 = avx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && has(a, AVX512_BF16);
  }

 private:
  static constexpr unsigned YMM = 0x06, ZMM = 0xe0;  // registers in the state that the operating system saves
  static constexpr unsigned AVX512_BF16 = 1u << 5;

  static bool has(unsigned word, unsigned bits) { return (word & bits) == bits; }
  static unsigned savedRegisters() {
    unsigned low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
  }
};

#elif defined(__aarch64__)

bool hasArmDotProducts() {
#if defined(__linux__)
  constexpr unsigned long DOT_PRODUCTS = 1ul << 20;  // HWCAP_ASIMDDP
  return (getauxval(AT_HWCAP) & DOT_PRODUCTS) != 0;
#elif defined(_WIN32)
  constexpr DWORD DOT_PRODUCTS = 43;  // PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE
  return IsProcessorFeaturePresent(DOT_PRODUCTS);
#else
  return true;  // all processors of Apple
#endif
}

#endif

}  // namespace

std::vector<const Kernels*> supportedKernels() {
#if defined(__wasm__)
  return {wasmKernels()};
#else
  std::vector<const Kernels*> kernels;
#if defined(__x86_64__)
  const X86Features features;
#ifdef QUIRE_EMULATE_AVX512
  kernels.push_back(avx512Bf16Kernels());
  kernels.push_back(avx512Kernels());
#endif
  // Processors of AMD multiply pairs of bf16 at twice the rate of floats, those of Intel at half of it (docs/lab-notes.md).
  if (features.bf16 && features.isAmd) kernels.push_back(avx512Bf16Kernels());
  if (features.avx512) kernels.push_back(avx512Kernels());
  if (features.bf16 && !features.isAmd) kernels.push_back(avx512Bf16Kernels());
  if (features.avx2) kernels.push_back(avx2Kernels());
#elif defined(__aarch64__)
  if (hasArmDotProducts()) kernels.push_back(neonKernels());
#endif
  kernels.push_back(plainKernels());
  return kernels;
#endif
}

}  // namespace quire
