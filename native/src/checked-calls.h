// The calls from JavaScript that Node-API (addon.cpp) and WebAssembly (wasm.cpp) have in common. They check their arguments.
#pragma once
#include "executable.h"

namespace quire {

/** Throws Failure "bad_argument" unless the word is the number of a weight type. */
WeightType weightType(int32_t word);
/** Returns the index of the matrix. Throws Failure. */
int addMatrix(Weights& weights, int32_t type, int32_t rows, int32_t columns);
/** Decodes `count` elements. Returns the index of the vector. Throws Failure. */
int addVector(Weights& weights, int32_t type, const uint8_t* bytes, size_t length, int32_t count);

/** Rows in the format of the file that are packed into a matrix. */
struct RowPacking {
  Matrix matrix;
  const uint8_t* bytes;
  int firstPanel, panels;

  /** `bytes` contains the rows from `row` on, in complete panels. Throws Failure. */
  RowPacking(const Weights& weights, int32_t matrix, const uint8_t* bytes, size_t length, int32_t row);
  /** Packs the rows on all threads of a pool. */
  void run(Pool& pool) const;
};

/** The values of `createExecutable`: block size, context length, threads, KV type, then the blocks of each layer group. */
struct ExecutableValues {
  ExecutableOptions options;
  int threads;

  /** Throws Failure. */
  ExecutableValues(const int32_t* values, size_t count);
};

}  // namespace quire
