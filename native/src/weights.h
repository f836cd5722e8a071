// The weights of a model in the layout of one set of kernels.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "pack.h"

namespace quire {

/** An error that is reported to the caller: a code of the error catalogue and a message. */
struct Failure {
  const char* code;
  std::string message;
};

struct AlignedFree {
  void operator()(uint8_t* p) const { __builtin_free(p); }
};
using AlignedBytes = std::unique_ptr<uint8_t[], AlignedFree>;
/** Allocates cache-line aligned memory; throws Failure "out_of_memory". */
AlignedBytes alignedBytes(size_t bytes, const char* what);

struct Matrix {
  PackedShape shape;
  uint8_t* packed;  // in a slab
};

struct Weights {
  const Kernels* kernels;
  std::vector<Matrix> matrices;
  std::vector<std::vector<float>> vectors;  // padded with zeros to whole vectors
  std::vector<AlignedBytes> slabs;          // memory shared by many matrices, in large pages
  size_t slabUsed = 0, slabBytes = 0;       // of the last one

  /** Allocates memory for a matrix from a slab. */
  uint8_t* allocate(size_t bytes);
  int addMatrix(WeightType type, int rows, int columns);
  int addVector(WeightType type, const uint8_t* stored, size_t count);
};

/** Packs panels `from` to `to` of a matrix; `stored` are its rows from panel `first` on. */
void packPanels(const Matrix& matrix, const uint8_t* stored, int first, int from, int to);

}  // namespace quire
