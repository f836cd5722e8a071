// A loaded tape with its arena and KV memory. It runs steps.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "pool.h"
#include "tape.h"

namespace quire {

/** A step plan (src/base/step/step-plan.ts), copied from TypeScript and checked. */
struct Plan {
  int tokens = 0, sequences = 0, rows = 0, maxBlocks = 0;
  bool wantLogits = false;
  std::vector<int32_t> tokenIds, positions, queryStart, contextLength, logitsRows;
  std::vector<std::vector<int32_t>> blockTable;  // by group, [sequences * maxBlocks]
  std::vector<std::vector<int32_t>> copies;      // by group, pairs: from, to
  std::vector<Selection> selection;
  std::vector<int32_t> adjustTokens;
  std::vector<float> adjustPenalty, adjustBias;
};

struct StepResult {
  std::vector<int32_t> tokens;
  std::vector<int32_t> outcomes;
  std::vector<double> logprobs;     // of the rows that request them, in order: 1 + count each
  std::vector<int32_t> likeliest;   // ids of the most probable tokens, in the same order
  std::vector<float> logits;        // if the plan requests them
  double milliseconds = 0;
};

struct ExecutableOptions {
  int blockSize, contextLength, threads;
  KvType kvType;
  std::vector<int> blocks;  // by group
};

constexpr int SPLIT_ROWS = 8;  // up to this many rows of queries are split along the context

struct Share { size_t from, to; };
// Returns the part of `count` items that a thread processes, in multiples of `unit`.
inline Share shareOf(size_t count, int thread, int threads, size_t unit = 1) {
  const size_t units = (count + unit - 1) / unit;
  const size_t from = units * (size_t)thread / (size_t)threads * unit;
  const size_t to = units * ((size_t)thread + 1) / (size_t)threads * unit;
  return {std::min(from, count), std::min(to, count)};
}

class Executable {
 public:
  /** Throws Failure. */
  Executable(std::shared_ptr<Weights> weights, Tape tape, const ExecutableOptions& options);

  /** Reads and checks a plan (words and numbers as laid out by plan-words.ts); throws Failure "bad_plan". */
  Plan readPlan(const int32_t* words, size_t wordCount, const double* numbers, size_t numberCount) const;
  /** Runs a step; called on the pool's leading thread. */
  StepResult step(const Plan& plan);

  Pool& pool() const { return pool_; }
  size_t blockBytes(int group) const { return kv_[(size_t)group].kv.blockBytes; }
  /** Returns the bytes of a block; null if the group or block does not exist. */
  uint8_t* block(int group, int block) const;
  int groups() const { return (int)kv_.size(); }

 private:
  struct KvMemory {
    Kv kv;
    AlignedBytes memory;
  };
  struct SplitRow { size_t job; int row, first, partitions; };
  struct Scratch {  // per thread; allocated before the step begins, because threads cannot report a failed allocation
    std::vector<float> row;
    AlignedBytes pairs;   // activations rounded to bf16, for linears with BF16 weights in pairs
    AlignedBytes choice;  // for select
    std::vector<AttentionJob> jobs;  // of attention: one per sequence
    std::vector<int> chunks;         // index of the first work item of each sequence
    std::vector<SplitRow> splitRows; // rows that are split along the context; `pieces` holds their first work items
    std::vector<int> pieces;
  };

  float* floats(int32_t id) const { return (float*)(arena_.get() + tape_.buffers[(size_t)id].offset); }
  QuantizedRows quantized(int32_t id) const;
  const Matrix& matrix(int32_t id) const;
  const float* vector(int32_t id) const;
  int rowsOf(int32_t id, const Plan& plan) const;
  size_t widthOf(int32_t id) const { return (size_t)tape_.buffers[(size_t)id].width; }

  /** One thread's part of an operation in a step. */
  struct Part {
    const Plan& plan;
    StepResult& result;
    int thread;
    size_t index;  // of the operation in the tape
  };
  // One overload per operation. The dispatch table is built from them, so a missing overload does not compile.
  void run(const EmbedOp& op, const Part& part);
  void run(const RmsNormOp& op, const Part& part);
  void run(const LayerNormOp& op, const Part& part);
  void run(const QuantizeOp& op, const Part& part);
  void run(const LinearOp& op, const Part& part);
  void run(const RopeOp& op, const Part& part);
  void run(const AttentionOp& op, const Part& part);
  void run(const AddOp& op, const Part& part);
  void run(const MulOp& op, const Part& part);
  void run(const ActivationOp& op, const Part& part);
  void run(const GatedOp& op, const Part& part);
  void run(const GatherRowsOp& op, const Part& part);
  void run(const SelectOp& op, const Part& part);

  using Runner = void (*)(Executable&, const Op&, const Part&);
  template <class Fields> static void runAs(Executable& executable, const Op& op, const Part& part) {
    executable.run(op.as<Fields>(), part);
  }
  template <class... Fields>
  static constexpr std::array<Runner, sizeof...(Fields)> runnersOf(OpList<Fields...>) {
    return {runAs<Fields>...};
  }
  static const std::array<Runner, (size_t)OpKind::COUNT> RUNNERS;  // by kind

  void copyBlocks(const Plan& plan);
  void runAll(const Plan& plan, StepResult& result, int thread);
  void makeAngles(const Plan& plan, int thread);
  void rotate(const RopeTable& table, const float* angles, int row, const float* in, float* out, int heads,
            int headDim) const;
  template <class Normalize> void norm(int32_t output, const Part& part, Normalize normalize);
  template <class Compute> void elements(int32_t output, const Part& part, Compute compute);
  template <class Fill> void quantizeShare(int32_t output, const Part& part, Fill fill);
  void attendSplit(const AttentionOp& op, size_t index, Scratch& scratch);

  std::shared_ptr<Weights> weights_;
  const Kernels& kernels_;
  Tape tape_;
  ExecutableOptions options_;
  Pool& pool_;
  AlignedBytes arena_;
  std::vector<KvMemory> kv_;
  std::vector<std::vector<float>> angles_;  // by rope, [tokens][dim / 2][cosine, sine]
  std::vector<Scratch> scratch_;
  AlignedBytes parts_;                       // of attention that is split along the context
  size_t partsRows_ = 0, partsEach_ = 0;
  std::unique_ptr<std::atomic<int>[]> counters_;  // two per operation: work items that threads claim dynamically
};

}  // namespace quire
