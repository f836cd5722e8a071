// The types that the parts of the native backend share: buffers, the jobs of kernels, and the function table of the
// kernels that each instruction set provides.
#pragma once
#include <cstddef>
#include <cstdint>

#include "operations.h"

namespace quire {

constexpr size_t MAX_BATCH_PANELS = 2;  // largest number of panels whose sums `sums` of a LinearJob contains
constexpr int GROUP_SIZE = 32;          // consecutive elements of a row that are quantized with one scale

/** Consecutive tokens that kernels process together. */
struct Tile { int first, tokens; };
/** Returns the number of tiles of `tokens` tokens. Tile sizes are powers of two from `largest` downwards. */
inline int tileCount(int tokens, int largest) { return tokens / largest + __builtin_popcount((unsigned)(tokens % largest)); }
/** Returns tile `index` of `tokens` tokens. */
inline Tile tileAt(int index, int tokens, int largest) {
  const int full = tokens / largest;
  if (index < full) return {index * largest, largest};
  int first = full * largest, size = largest / 2;
  for (int next = full;; size /= 2) {
    if (first + size > tokens) continue;
    if (next++ == index) return {first, size};
    first += size;
  }
}

/**
 * Rows of int8 activations, one row per token. The tokens are divided into tiles (see `tileAt`). A tile of n tokens
 * stores `values` as [width / 32][n][32] and every other array as [width / 32][n], so kernels read each array
 * sequentially.
 */
struct QuantizedRows {
  int8_t* values;
  float* scales;             // scale of a group
  float* scaledSums;         // scale of a group times the sum of its values
  int32_t* starts;           // -128 times the sum of the values of a group, see IntegerSums
  int32_t* firstHalfStarts;  // -128 times the sum of the first 16 values of a group
};

/** A multiplication of rows of activations with a weight matrix. */
struct LinearJob {
  WeightType type;
  const uint8_t* weights;   // packed panels (pack.h)
  size_t panelBytes;        // size of a panel
  size_t levelBytes;        // size of the quantized levels of a panel; the scales are stored after them
  int columns;
  int rows;
  const float* x;           // [tokens, columns]; only for float weights
  QuantizedRows quantizedX; // only for quantized weights
  float* sums;              // [tokens, MAX_BATCH_PANELS, LANES], scratch memory; only for quantized weights
  uint32_t* converted;      // [tokens, (columns + 1) / 2], scratch memory for pairs of activations in another format
  bool isConverted;         // whether an earlier call for other panels has already filled `converted`
  int tokens;
  int unpackFrom;           // number of tokens from which quantized weights are unpacked to memory, once for all tokens
  float* out;               // [tokens, rows]
  const float* bias;        // padded to a multiple of the panel rows, or null
  const float* residual;    // [tokens, rows], added after the bias, or null
};

constexpr int PARTITION_SIZE = 256;  // positions of the context whose softmax is computed separately
constexpr int MAX_QUERY_ROWS = 64;   // largest number of query rows (a query head of a token) that are computed together

/** The memory of the KV blocks of a layer group. */
struct KvBlocks {
  KvType type;
  int blockSize, kvHeads, headDim;
  size_t blockBytes;  // size of a block
  size_t layerBytes;  // size of one layer within a block
  uint8_t* data;
};

/** Returns the number of floats of scratch memory for attention (attention-many-rows.h). */
constexpr size_t attentionScratch(size_t headDim) {
  constexpr size_t MAX_VECTOR_PAIR = 32;  // lanes of two vectors of the longest vector type
  const size_t width = (headDim + MAX_VECTOR_PAIR - 1) / MAX_VECTOR_PAIR * MAX_VECTOR_PAIR;
  const size_t unpackedRows = headDim > PARTITION_SIZE ? headDim : PARTITION_SIZE;
  return MAX_QUERY_ROWS * (headDim + PARTITION_SIZE + 2 * width) + unpackedRows * MAX_VECTOR_PAIR;
}

/** The rotary embedding of one token. */
struct RotateJob {
  const float* rotation;  // the cosines of the pairs, then their sines; [dim]
  int dim;                // number of elements of a head that are rotated
  bool splitsHalves;      // elements i and i + dim / 2 are a pair, otherwise elements 2 i and 2 i + 1
  int heads, headDim;
  const float* in;        // [heads, headDim]
  float* out;             // [heads, headDim], may be `in`
};

/** The attention of one sequence in one layer. A row is a token of the sequence that this step computes. */
struct AttentionJob {
  KvBlocks kv;
  int layer;                 // index within the layer group
  int heads;
  float scale;
  int window;                // sliding window in tokens, or 0 without a window
  float softCap;             // limit of the scores, or 0 without a limit
  const int32_t* blocks;     // block table of the sequence
  const float* query;        // [rows, heads, headDim]
  float* out;                // [rows, heads, headDim]
  const int32_t* positions;  // [rows]
  int rows;
  float* scratch;            // attentionScratch(headDim) floats
};

/**
 * The softmax state of one row and head for a part of the context. The sum of the values, weighted by the exponentials,
 * is stored separately.
 */
struct SoftmaxState {
  float maxScore;
  float expSum;  // sum of the exponentials of (score - maxScore)
};

/** How the next token is chosen from one row of logits. */
struct Selection {
  double temperature, topP, minP, typicalP;
  double uniform;                             // random number in [0, 1)
  int32_t topK;
  int32_t logprobs;                           // number of most probable tokens to report; -1: no log-probabilities
  int32_t adjustmentStart, adjustmentCount;   // range in the adjustments of the plan
};

struct SelectJob {
  const float* logits;  // [vocab], not modified
  int vocab;
  Selection selection;
  const int32_t* adjustTokens;   // adjusted token ids
  const float* adjustPenalty;    // repetition penalties of these tokens
  const float* adjustBias;       // values that are added to the logits of these tokens
  float* adjusted;               // [vocab], scratch memory for adjusted logits, later for an order of candidates
  double* weights;               // [vocab], scratch memory for unnormalized probabilities
  double* distances;             // [vocab], scratch memory for typical-p
  int32_t* ids;                  // [vocab], scratch memory for the ids of the candidates
  int32_t* token;
  Outcome* outcome;
  double* logprobs;              // [1 + logprobs]: of the chosen token, then of the most probable tokens
  int32_t* topTokens;            // [logprobs]: most probable tokens; padded with -1 if fewer tokens are possible
};

/** The kernels of one instruction set. */
struct Kernels {
  const char* name;
  int lanes;
  bool biasedBytes;  // panels store 8-bit levels plus 128
  bool widensActivations;  // for some types of weights, activations are widened to 16 bits in `converted` of a LinearJob
  bool bf16Pairs;    // BF16 weights are stored in pairs of columns and multiplied with activations rounded to bf16
  int tileTokens;    // largest number of tokens of a tile
  int unpackFrom;    // see LinearJob
  /** Computes the outputs of panels `panelFrom` to `panelTo - 1`. */
  void (*linear)(const LinearJob& job, int panelFrom, int panelTo);
  /** Normalizes `segments` adjacent segments of `size` elements. */
  void (*rmsNorm)(const float* x, const float* weight, int segments, int size, float epsilon, float* out);
  void (*layerNorm)(const float* x, const float* weight, const float* bias, int width, float epsilon, float* out);
  /** Quantizes groups `groupFrom` to `groupTo - 1` of `x`, which is row `row` of the tile. */
  void (*quantize)(const float* x, Tile tile, int row, int width, int groupFrom, int groupTo, const QuantizedRows& out);
  /** Converts `x`, which is row `row` of the tile, to floats. */
  void (*dequantize)(const QuantizedRows& x, Tile tile, int row, int width, float* out);
  void (*add)(const float* a, const float* b, size_t count, float* out);
  void (*mul)(const float* a, const float* b, size_t count, float* out);
  void (*activate)(Activation kind, const float* x, size_t count, float* out);
  void (*rotate)(const RotateJob& job);
  /** Stores the key and the value of a token in a slot of a block. */
  void (*storeKv)(const KvBlocks& kv, int layer, int block, int slot, const float* key, const float* value);
  /** Computes the attention of rows `rowFrom` to `rowTo - 1` for one KV head. */
  void (*attend)(const AttentionJob& job, int kvHead, int rowFrom, int rowTo);
  /**
   * Computes one partition of the context of a row for the query heads of one KV head: a state per query head, and the
   * weighted sums of the values as [query heads][headDim].
   */
  void (*attendPartition)(const AttentionJob& job, int kvHead, int row, int partition, SoftmaxState* states,
                          float* sums);
  /** Adds the state and the weighted sums of a partition to the totals of the earlier partitions. */
  void (*mergePartition)(SoftmaxState& total, float* totalSums, const SoftmaxState& part, const float* partSums,
                         int headDim);
  /** Divides the weighted sums of a head by the sum of the exponentials. */
  void (*normalizeHead)(const SoftmaxState& total, const float* sums, int headDim, float* out);
  /** Sets `index` to the index of the largest logit, the lowest one among equals. Returns false if a logit is NaN. */
  bool (*argmax)(const float* logits, int count, int* index);
  /** Sets weights[i] to e^((logits[i] - largest) / temperature). Returns the sum of the weights. */
  double (*expSum)(const float* logits, int count, double largest, double temperature, double* weights);

  // Measurements of peak rates. The results are stored, so that the compiler cannot remove the computation.
  /** Multiplies int8 values in registers. Returns the number of operations. */
  double (*int8Peak)(int rounds, int* sink);
  /** Multiplies pairs of 16-bit integers in registers. Returns the number of operations. */
  double (*int16Peak)(int rounds, int* sink);
  /** Multiplies floats in registers. Returns the number of operations. */
  double (*floatPeak)(int rounds, float* sink);
  /** Multiplies as `linear` does for BF16 weights. Returns the number of operations. */
  double (*bf16Peak)(int rounds, float* sink);
  /** Reads memory. Returns a value that depends on all bytes. */
  int (*readMemory)(const uint8_t* from, size_t bytes);
};

/** Chooses the next token from a row of logits. */
void selectToken(const Kernels& kernels, const SelectJob& job);

const Kernels* plainKernels();
const Kernels* wasmKernels();
const Kernels* avx2Kernels();
const Kernels* neonKernels();
const Kernels* avx512Kernels();
const Kernels* avx512Bf16Kernels();

}  // namespace quire
