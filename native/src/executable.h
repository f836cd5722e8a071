// A loaded tape with its arena and its KV memory: what a step runs on.
#pragma once
#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "pool.h"
#include "tape.h"

namespace quire {

/** A step plan (src/base/step-plan.ts), copied from TypeScript and checked. */
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
  std::vector<double> logprobs;     // of the rows that ask, one after another: 1 + count each
  std::vector<int32_t> likeliest;   // and the ids of theirs
  std::vector<float> logits;        // when the plan asks
  double milliseconds = 0;
};

struct ExecutableOptions {
  int blockSize, contextLength, threads;
  KvType kvType;
  std::vector<int> blocks;  // by group
};

constexpr int SPLIT_ROWS = 8;  // at most so many rows of queries are split along the context

struct Share { size_t from, to; };
// The part of `count` things that a thread has, in steps of `unit`.
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

  /** Reads a plan (words and numbers as plan-words.ts lays them out) and checks it; throws Failure "bad_plan". */
  Plan readPlan(const int32_t* words, size_t wordCount, const double* numbers, size_t numberCount) const;
  /** On the pool's leading thread. */
  StepResult step(const Plan& plan);

  Pool& pool() const { return pool_; }
  size_t blockBytes(int group) const { return kv_[(size_t)group].kv.blockBytes; }
  /** Bytes of a block, or null where there is none such. */
  uint8_t* block(int group, int block) const;
  int groups() const { return (int)kv_.size(); }

 private:
  struct KvMemory {
    Kv kv;
    AlignedBytes memory;
  };
  struct SplitRow { size_t job; int row, first, partitions; };
  struct Scratch {  // of a thread; a step makes room before it begins, since inside nobody could say that memory ran out
    std::vector<float> row;
    AlignedBytes pairs;   // for linears of BF16 weights in pairs
    AlignedBytes choice;  // for select
    std::vector<AttentionJob> jobs;  // of attention: a sequence each,
    std::vector<int> chunks;         // the running number of its pieces of work;
    std::vector<SplitRow> splitRows; // rows that are split along the context, and the same of theirs
    std::vector<int> pieces;
  };

  float* floats(int32_t id) const { return (float*)(arena_.get() + tape_.buffers[(size_t)id].offset); }
  QuantizedRows quantized(int32_t id) const;
  const Matrix& matrix(int32_t id) const;
  const float* vector(int32_t id) const;
  int rowsOf(int32_t id, const Plan& plan) const;
  void copyBlocks(const Plan& plan);
  void run(const Plan& plan, StepResult& result, int thread);
  void runOp(const Op& op, size_t index, const Plan& plan, StepResult& result, int thread);
  void makeAngles(const Plan& plan, int thread);
  void turn(const Plan& plan, const RopeTable& table, const float* angles, int row, const float* in, float* out,
            int heads, int headDim) const;
  void embed(const Op& op, const Plan& plan, int thread);
  void norm(const Op& op, const Plan& plan, int thread);
  void quantize(const Op& op, const Plan& plan, int thread);
  template <class Fill> void quantizeShare(const Op& op, const Plan& plan, int thread, Fill fill);
  void gated(const Op& op, const Plan& plan, int thread);
  void linear(const Op& op, const Plan& plan, int thread);
  void attention(const Op& op, size_t index, const Plan& plan, int thread);
  void attendSplit(const Op& op, size_t index, Scratch& scratch);
  void gather(const Op& op, const Plan& plan, int thread);
  void select(const Op& op, const Plan& plan, StepResult& result, int thread);

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
  std::unique_ptr<std::atomic<int>[]> counters_;  // two for each operation: work that threads take as they come
};

}  // namespace quire
