// Executes the steps of a loaded tape, the compiled list of operations. Contains the memory for the values of a step and the
// KV blocks.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "pool.h"
#include "profile.h"
#include "tape.h"

namespace quire {

/** A checked copy of a step plan (src/base/step/step-plan.ts). */
struct Plan {
  int tokens = 0, sequences = 0, rows = 0, maxBlocks = 0;
  bool returnsLogits = false;
  std::vector<int32_t> tokenIds, positions, queryStart, contextLength, logitsRows;
  std::vector<std::vector<int32_t>> blockTable;  // for each layer group, [sequences * maxBlocks]
  std::vector<std::vector<int32_t>> copies;      // for each layer group: source and target of each copy
  std::vector<Selection> selections;  // [rows]
  std::vector<int32_t> adjustTokens;
  std::vector<float> adjustPenalty, adjustBias;
};

struct StepResult {
  std::vector<int32_t> tokens;
  std::vector<int32_t> outcomes;
  std::vector<double> logprobs;     // for each row that requests them: 1 + the number of most probable tokens
  std::vector<int32_t> topTokens;   // ids of the most probable tokens, in the order of `logprobs`
  std::vector<float> logits;        // empty unless the plan requests logits
  double milliseconds = 0;
};

struct ExecutableOptions {
  int blockSize, contextLength, threads;
  KvType kvType;
  std::vector<int> blocks;  // number of blocks of each layer group
};

constexpr size_t LINEAR_PANELS = 4;  // the smallest number of panels that a thread multiplies at a time
constexpr int MAX_SPLIT_ROWS = 8;  // with more tokens, the threads do not divide the context of a token

struct Range { size_t from, to; };
// Returns the range of `count` items that a thread processes. The ranges begin at multiples of `unit`.
inline Range threadRange(size_t count, int thread, int threads, size_t unit = 1) {
  const size_t units = (count + unit - 1) / unit;
  const size_t from = units * (size_t)thread / (size_t)threads * unit;
  const size_t to = units * ((size_t)thread + 1) / (size_t)threads * unit;
  return {std::min(from, count), std::min(to, count)};
}

/**
 * Claims the next range of `units` work units, of which the threads have already claimed `claimedUnits`. Returns false if
 * no unit is left. The first ranges are large and the last are one unit, so that the threads finish at almost the same
 * time even if another program interrupts one of them.
 */
inline bool claimRange(std::atomic<int>& claimedUnits, int units, int threads, Range& range) {
  int from = claimedUnits.load(std::memory_order_relaxed), to;
  do {
    if (from >= units) return false;
    to = threads == 1 ? units : from + std::max((units - from) / (2 * threads), 1);
  } while (!claimedUnits.compare_exchange_weak(from, to, std::memory_order_relaxed));
  range = {(size_t)from, (size_t)to};
  return true;
}

class Executable {
 public:
  /** Throws Failure. */
  Executable(std::shared_ptr<Weights> weights, Tape tape, const ExecutableOptions& options);

  /** Reads and checks a plan, encoded by src/kernels/native/plan-words.ts. Throws Failure "bad_plan". */
  Plan readPlan(const int32_t* words, size_t wordCount, const double* numbers, size_t numberCount) const;
  /** Runs a step. Must be called from a job of the pool. */
  StepResult step(const Plan& plan);

  Pool& pool() const { return pool_; }
  /** Must be used in a job of the pool. */
  Profile& profile() { return profile_; }
  size_t blockBytes(int group) const { return kv_[(size_t)group].blocks.blockBytes; }
  /** Returns the memory of a block, or null if the layer group or the block does not exist. */
  uint8_t* block(int group, int block) const;
  int groups() const { return (int)kv_.size(); }

 private:
  struct KvMemory {
    KvBlocks blocks;
    AlignedBytes memory;
  };
  struct SplitRow { size_t job; int row, firstPartition, partitions; };  // a row whose partitions are divided
  // The scratch memory of a thread. It is allocated before a step, because threads cannot report that an allocation
  // failed.
  struct Scratch {
    std::vector<float> row;
    AlignedBytes sums;    // of the tokens of a linear layer with quantized weights
    AlignedBytes pairs;   // activations rounded to bf16, for BF16 weights that are stored in pairs
    AlignedBytes attention;
    AlignedBytes select;  // for the selection of a token
    std::vector<AttentionJob> jobs;   // one per sequence
    std::vector<int> firstJobItems;   // index of the first work item of each job
    std::vector<SplitRow> splitRows;
    std::vector<int> firstRowItems;   // index of the first work item of each split row
  };

  float* floats(int32_t id) const { return (float*)(arena_.get() + tape_.buffers[(size_t)id].offset); }
  QuantizedRows quantizedRows(int32_t id) const;
  const Matrix& matrix(int32_t id) const;
  const float* vector(int32_t id) const;
  int rowsOf(int32_t id, const Plan& plan) const;
  size_t widthOf(int32_t id) const { return (size_t)tape_.buffers[(size_t)id].width; }

  /** The arguments of an operation in one thread of a step. */
  struct ThreadContext {
    const Plan& plan;
    StepResult& result;
    int thread;
    size_t index;  // index of the operation in the tape
  };
  // One overload per operation. RUNNERS refers to all overloads, so the code does not compile if one is missing.
  void run(const EmbedOp& op, const ThreadContext& context);
  void run(const RmsNormOp& op, const ThreadContext& context);
  void run(const LayerNormOp& op, const ThreadContext& context);
  void run(const QuantizeOp& op, const ThreadContext& context);
  void run(const LinearOp& op, const ThreadContext& context);
  void run(const RopeOp& op, const ThreadContext& context);
  void run(const AttentionOp& op, const ThreadContext& context);
  void run(const AddOp& op, const ThreadContext& context);
  void run(const MulOp& op, const ThreadContext& context);
  void run(const ActivationOp& op, const ThreadContext& context);
  void run(const GatedOp& op, const ThreadContext& context);
  void run(const GatherRowsOp& op, const ThreadContext& context);
  void run(const SelectOp& op, const ThreadContext& context);

  using Runner = void (*)(Executable&, const Op&, const ThreadContext&);
  template <class Fields> static void runAs(Executable& executable, const Op& op, const ThreadContext& context) {
    executable.run(op.as<Fields>(), context);
  }
  template <class... Fields>
  static constexpr std::array<Runner, sizeof...(Fields)> runnersOf(OpList<Fields...>) {
    return {runAs<Fields>...};
  }
  static const std::array<Runner, (size_t)OpKind::COUNT> RUNNERS;  // indexed by kind

  void copyBlocks(const Plan& plan);
  void runOperations(const Plan& plan, StepResult& result, int thread);
  void barrier(int thread);
  void computeRotations(const Plan& plan, int thread);
  void rotate(const RopeTable& table, const float* rotations, int row, const float* in, float* out, int heads,
            int headDim) const;
  template <class Body> void forEachRange(const ThreadContext& context, size_t count, size_t unit, Body body);
  template <class Normalize> void normalizeRows(int32_t output, const ThreadContext& context, Normalize normalize);
  template <class Compute> void computeElements(int32_t output, const ThreadContext& context, Compute compute);
  template <class Fill> void quantizeGroups(int32_t output, const ThreadContext& context, Fill fill);
  void attendSplit(const AttentionOp& op, const ThreadContext& context, Scratch& scratch);

  std::shared_ptr<Weights> weights_;
  const Kernels& kernels_;
  Tape tape_;
  ExecutableOptions options_;
  Pool& pool_;
  Profile profile_;
  AlignedBytes arena_;
  std::vector<KvMemory> kv_;
  std::vector<std::vector<float>> rotations_;  // for each rope table, [tokens][dim / 2][cosine, sine]
  std::vector<Scratch> scratch_;
  AlignedBytes partitionSums_;               // states and sums of the partitions of split rows
  size_t maxPartitions_ = 0;                 // partitions of the longest context
  size_t partitionFloats_ = 0;               // number of floats for a partition of a row, in all heads
  std::unique_ptr<std::atomic<int>[]> counters_;  // two per operation: index of the next work item
};

}  // namespace quire
