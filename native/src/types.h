// The types that the parts of the native backend share: buffers, jobs, and the table of kernels that each instruction
// set provides.
#pragma once
#include <cstddef>
#include <cstdint>

#include "operations.h"

namespace quire {

constexpr int GROUP = 32;  // elements that share a scale

/**
 * Rows of int8 activations. Tokens are grouped in tiles (see `tileAt`). In a tile of n tokens, values are [K /
 * 4][n][4] and the other arrays [K / 32][n], so that a kernel advances one pointer whatever the number of tokens.
 */
struct QuantizedRows {
  int8_t* values;
  float* scales;
  float* scaledSums;  // scale times the sum of a group's values
  int32_t* sums;      // of a group's values
  int32_t* firstSums; // of the first sixteen of them
};

struct LinearJob {
  WeightType type;
  const uint8_t* weights;  // panels
  size_t panelBytes;
  size_t levelBytes;       // of a panel; its scales follow
  int columns;
  int rows;
  const float* x;          // [tokens, columns], for float weights
  QuantizedRows q;         // for quantized weights
  uint32_t* pairs;         // [tokens, (columns + 1) / 2], scratch for x rounded to bf16 if weights are in pairs
  int tokens;
  float* out;              // [tokens, rows]
  const float* bias;       // padded to whole panels, or null
  const float* residual;   // [tokens, rows], or null: added after the bias
};

struct Kv {
  KvType type;
  int blockSize, kvHeads, headDim;
  size_t blockBytes, layerBytes;  // of a block; of a layer in a block
  uint8_t* data;
};

struct AttentionJob {
  Kv kv;
  int layer;
  int heads;
  float scale;
  int window;               // 0: none
  const int32_t* blocks;    // block table of the sequence
  const float* query;       // [rows, heads, headDim] of the sequence's tokens
  float* out;
  const int32_t* positions; // of these rows
  int rows;
};

/**
 * Result of one partition of 256 positions for one row and head: largest score, sum of weights. The weighted values
 * are stored separately.
 */
struct Partial { float largest, total; };

struct Selection {
  double temperature, topP, minP, typicalP, uniform;
  int32_t topK, logprobs;  // logprobs below 0: none
  int32_t adjustFrom, adjustCount;
};

struct SelectJob {
  const float* logits;  // [vocab], not modified
  int vocab;
  Selection row;
  const int32_t* adjustTokens;
  const float* adjustPenalty;
  const float* adjustBias;
  float* adjusted;      // [vocab]
  double* weights;      // [vocab]
  int32_t* ids;         // [vocab]
  int32_t* token;
  Outcome* outcome;
  double* logprobs;     // [1 + logprobs]: of the token, then of the most probable tokens
  int32_t* likeliest;   // [logprobs] ids of the most probable tokens; -1 if fewer are possible
};

struct Kernels {
  const char* name;
  int lanes;
  bool biasedBytes;  // panels store 8-bit levels plus 128
  bool bf16Pairs;   // BF16 weights are stored in pairs of columns, and activations are rounded to bf16 for them
  int tileTokens;
  void (*linear)(const LinearJob& job, int panelFrom, int panelTo);
  void (*rmsNorm)(const float* x, const float* weight, int runs, int size, float epsilon, float* out);
  void (*layerNorm)(const float* x, const float* weight, const float* bias, int width, float epsilon, float* out);
  /** Groups `from` to `to` of row `row` of `rows`; x is the row. */
  void (*quantize)(const float* x, int row, int rows, int width, int from, int to, const QuantizedRows& out);
  void (*add)(const float* a, const float* b, size_t count, float* out);
  void (*mul)(const float* a, const float* b, size_t count, float* out);
  void (*activate)(Activation kind, const float* x, size_t count, float* out);
  void (*append)(const Kv& kv, int layer, int block, int slot, const float* key, const float* value);
  /** Rows `rowFrom` to `rowTo` of one kv head, partitions in order. */
  void (*attend)(const AttentionJob& job, int kvHead, int rowFrom, int rowTo);
  /**
   * One partition of one row and kv head: partial results for the heads of the group, and their sums [heads of the
   * group][headDim].
   */
  void (*attendPart)(const AttentionJob& job, int kvHead, int row, int partition, Partial* parts, float* sums);
  void (*mergePart)(Partial& into, float* sums, const Partial& part, const float* more, int headDim);
  void (*finishHead)(const Partial& whole, const float* sums, int headDim, float* out);
  /** Finds the index of the largest of `count` logits, the first among equals; returns false if one is NaN. */
  bool (*scan)(const float* logits, int count, int* largest);
  /** weights[i] = e^((logits[i] - largest) / temperature); returns their sum. */
  double (*weigh)(const float* logits, int count, double largest, double temperature, double* weights);
  /** Limits of the machine: operations of `count` rounds in registers; bytes read from memory. */
  double (*int8Peak)(int count, int* sink);
  double (*floatPeak)(int count, float* sink);
  double (*bf16Peak)(int count, float* sink);  // as BF16 weights are multiplied
  int (*readAll)(const uint8_t* from, size_t bytes);
};

constexpr int PARTITION = 256;  // positions whose weighted sum is computed separately

/** The tile of a token: its first token and its number of tokens. Tile sizes are powers of two, largest first. */
struct Tile { int first, tokens; };
inline Tile tileAt(int token, int tokens, int largest) {
  int first = token / largest * largest;
  if (first + largest <= tokens) return {first, largest};
  for (int size = largest / 2;; size /= 2) {
    if (first + size > tokens) continue;
    if (token < first + size) return {first, size};
    first += size;
  }
}

void select(const Kernels& kernels, const SelectJob& job);

const Kernels* plainKernels();
const Kernels* avx2Kernels();
const Kernels* avx512Kernels();
const Kernels* avx512Bf16Kernels();

}  // namespace quire
