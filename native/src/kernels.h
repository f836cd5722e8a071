// The kernels, compiled for the vector types of QUIRE_ISA, and their function table. Kernels must not use the C++
// library: the linker merges inline library functions, and could choose the AVX-512 version for all instruction sets.
#pragma once
#include "vector-math.h"
#include "linear-output.h"
#include "weight-layouts.h"
#include "quantized-group.h"
#include "linear-float.h"
#include "linear-packed.h"
#include "linear-unpacked.h"
#include "linear.h"
#include "rows.h"
#include "rope.h"
#include "kv-memory.h"
#include "attention-products.h"
#include "attention-context.h"
#include "attention-softmax.h"
#include "attention-few-rows.h"
#include "attention-many-rows.h"
#include "attention.h"
#include "logits.h"
#include "peaks.h"

namespace quire::QUIRE_ISA {

constexpr Kernels KERNELS = {
    .name = ISA_NAME,
    .lanes = LANES,
    .biasedBytes = BIASED_BYTES,
    .widensActivations = ACTIVATION_BYTES<8> > 1,
    .bf16Pairs = false,
    .tileTokens = TILE_TOKENS,
    .unpackFrom = UNPACK_FROM,
    .linear = linear,
    .rmsNorm = rmsNorm,
    .layerNorm = layerNorm,
    .quantize = quantize,
    .dequantize = dequantize,
    .add = addRows,
    .mul = mulRows,
    .activate = activate,
    .rotate = rotate,
    .storeKv = storeKv,
    .attend = attend,
    .attendPartition = attendPartition,
    .mergePartition = mergePartition,
    .normalizeHead = normalizeHead,
    .argmax = argmax,
    .expSum = expSum,
    .int8Peak = int8Peak,
    .int16Peak = int16Peak,
    .floatPeak = floatPeak,
    .bf16Peak = floatPeak,
    .readMemory = readMemory,
};

}  // namespace quire::QUIRE_ISA
