// The kernels, compiled for the vector type of QUIRE_ISA, and their function table. Nothing here may use the C++ library:
// the linker might keep the AVX-512 version of an inline library function for all instruction sets.
#pragma once
#include "vector-math.h"
#include "finish.h"
#include "linear.h"
#include "rows.h"
#include "kv-memory.h"
#include "attention.h"
#include "scan.h"
#include "peaks.h"

namespace quire::QUIRE_ISA {

constexpr Kernels KERNELS = {
    .name = ISA_NAME,
    .lanes = LANES,
    .biasedBytes = BIASED_BYTES,
    .bf16Pairs = false,
    .tileTokens = TILE_TOKENS,
    .linear = linear,
    .rmsNorm = rmsNorm,
    .layerNorm = layerNorm,
    .quantize = quantize,
    .add = addRows,
    .mul = mulRows,
    .activate = activate,
    .append = append,
    .attend = attend,
    .attendPart = attendPart,
    .mergePart = mergePart,
    .finishHead = finishHead,
    .scan = scan,
    .weigh = weigh,
    .int8Peak = int8Peak,
    .floatPeak = floatPeak,
    .bf16Peak = floatPeak,
    .readAll = readAll,
};

}  // namespace quire::QUIRE_ISA
