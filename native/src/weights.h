// The weights of a model, packed for the kernels of one instruction set.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "failure.h"
#include "pack.h"
#include "system.h"

namespace quire {

struct AlignedFree {
  void operator()(uint8_t* p) const { freeMemory(p); }
};
using AlignedBytes = std::unique_ptr<uint8_t[], AlignedFree>;
/** Allocates cache-line aligned memory. Throws Failure "out_of_memory"; the message contains `purpose`. */
AlignedBytes allocateAligned(uint64_t bytes, const char* purpose);

struct Matrix {
  PackedShape shape;
  uint8_t* packed;  // memory in a slab
};

struct Weights {
  const Kernels* kernels;
  std::vector<Matrix> matrices;
  std::vector<std::vector<float>> vectors;  // followed by zeros, so that kernels can load entire vectors
  std::vector<AlignedBytes> slabs;          // large allocations that contain the matrices, in huge pages
  size_t slabUsed = 0, slabBytes = 0;       // used bytes and size of the last slab

  /** Allocates memory for a matrix in a slab. */
  uint8_t* allocate(uint64_t bytes);
  /** Allocates a matrix. Returns its index. */
  int addMatrix(WeightType type, int rows, int columns);
  /** Allocates a vector of zeros. Returns its index. */
  int addVector(size_t count);
  /** Decodes a vector to f32. Returns its index. */
  int addVector(WeightType type, const uint8_t* source, size_t count);
  /** Returns the number of elements of a vector. */
  size_t vectorLength(size_t index) const { return vectors[index].size() - VECTOR_PADDING; }

  static constexpr size_t VECTOR_PADDING = 16;
};

/**
 * Throws Failure "bad_argument" unless `bytes` bytes in the format of the file, the first of which belong to row `row`, are complete
 * panels of the matrix.
 */
void requirePanels(const PackedShape& shape, size_t row, size_t bytes);
/** Packs panels `from` to `to - 1` of a matrix. `source` contains the rows from panel `sourcePanel` on. */
void packPanels(const Matrix& matrix, const uint8_t* source, int sourcePanel, int from, int to);

}  // namespace quire
