// Executes the steps of a loaded tape, the compiled list of operations. Contains the memory for the values of a step and the
// KV blocks.
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "pool.h"
#include "profile.h"
#include "tape.h"

namespace quire {

/** The matrices of an adapter for a linear layer; null if it does not change the layer. */
struct LoraMatrices {
  const Matrix *a, *b;
  float scale;
};

/** A LoRA adapter for the layers of a tape. */
struct Adapter {
  std::shared_ptr<Weights> weights;
  std::vector<LoraMatrices> targets;
};

/** Adjacent rows of a value that have the same adapter, at most MAX_LORA_ROWS. */
struct LoraRows {
  const Adapter* adapter;
  int first, rows;
};

/** A checked copy of a step plan (src/base/step/step-plan.ts). */
struct Plan {
  int tokens = 0, sequences = 0, rows = 0, maxBlocks = 0;
  bool returnsLogits = false;
  std::vector<int32_t> tokenIds, positions, queryStart, contextLength, logitsRows, vectorRows;
  std::vector<std::shared_ptr<const Adapter>> adapters;  // [sequences], null for none
  std::vector<LoraRows> loraTokens, loraRows;            // the tokens, and the rows of logits, that have an adapter
  std::vector<std::vector<int32_t>> blockTable;  // for each layer group, [sequences * maxBlocks]
  std::vector<std::vector<int32_t>> copies;      // for each layer group: source and target of each copy
  std::vector<Selection> selections;  // [rows]
  std::vector<size_t> firstLogprob, firstTopToken;  // [rows + 1]: of the row, in the arrays of StepResult
  std::vector<int32_t> adjustTokens;
  std::vector<float> adjustPenalty, adjustBias;
};

struct StepResult {
  std::vector<int32_t> tokens;
  std::vector<int32_t> outcomes;
  std::vector<double> logprobs;     // for each row that requests them: 1 + the number of most probable tokens
  std::vector<int32_t> topTokens;   // ids of the most probable tokens, in the order of `logprobs`
  std::vector<float> logits;        // empty unless the plan requests logits
  std::vector<float> vectors;       // of `vectorRows` of the plan
  double milliseconds = 0;
};

struct ExecutableOptions {
  int blockSize, contextLength;
  KvType kvType;
  std::vector<int> blocks;  // number of blocks of each layer group
};

constexpr size_t LINEAR_PANELS = 4;  // the smallest number of panels that a thread multiplies at a time
constexpr int MAX_LORA_ROWS = 16;    // rows of a value that a thread multiplies with a matrix of an adapter at a time
constexpr int MAX_ADAPTERS = 4096;
constexpr int MAX_SPLIT_ROWS = 8;  // with more tokens, the threads do not divide the context of a token

class StepLoops;
struct AttentionItems;

class Executable {
 public:
  /** The threads of `pool` run the steps. Throws Failure. */
  Executable(std::shared_ptr<Weights> weights, Tape tape, const ExecutableOptions& options, Pool& pool);

  /** Reads and checks a plan, encoded by src/kernels/compiled/plan-words.ts. Throws Failure "bad_plan". */
  Plan readPlan(const int32_t* words, size_t wordCount, const double* numbers, size_t numberCount) const;
  /**
   * Sets the adapter to which later plans refer by `slot`. `words` contains for each of its targets: the target, the indexes of the
   * matrices a and b, and the bits of the scale. Must be called by the thread that calls `readPlan`; steps that were read before
   * use the adapter that the slot had. Throws Failure "bad_argument".
   */
  void setAdapter(int slot, std::shared_ptr<Weights> weights, const int32_t* words, size_t count);
  void removeAdapter(int slot);
  /** Runs a step. Must be called by the thread that may call `run` of the pool. */
  StepResult step(const Plan& plan);

  int threads() const { return pool_.threads(); }
  /** Must be used by the thread that runs the steps. */
  Profile& profile() { return profile_; }
  size_t blockBytes(int group) const { return kv_[(size_t)group].blocks.blockBytes; }
  /** Returns the memory of a block, or null if the layer group or the block does not exist. */
  uint8_t* block(int group, int block) const;
  int groups() const { return (int)kv_.size(); }

 private:
  friend class StepLoops;
  struct KvMemory {
    KvBlocks blocks;
    AlignedBytes memory;
  };
  // The scratch memory of a thread. It is allocated before a step, because threads cannot report that an allocation
  // failed.
  struct Scratch {
    std::vector<float> row;
    AlignedBytes sums;    // of the tokens of a linear layer with quantized weights
    AlignedBytes converted;  // activations rounded to bf16 or widened to 16 bits (LinearJob)
    AlignedBytes attention;
    AlignedBytes lora;    // MAX_LORA_ROWS rows of quantized activations as floats
    AlignedBytes select;  // for the selection of a token
    uint64_t convertedStep = 0;  // number of the step and index of the loop whose activations are in `converted`
    size_t convertedLoop = 0;
  };

  float* floats(int32_t id) const { return (float*)(arena_.get() + tape_.buffers[(size_t)id].offset); }
  QuantizedRows quantizedRows(int32_t id) const;
  const Matrix& matrix(int32_t id) const;
  const float* vector(int32_t id) const;
  int rowsOf(int32_t id, const Plan& plan) const;
  size_t widthOf(int32_t id) const { return (size_t)tape_.buffers[(size_t)id].width; }

  /** The part of a loop that one thread executes in one go. */
  struct LoopPart {
    StepLoops& step;
    const Plan& plan;
    size_t loop;
    Range range;  // items of the loop
    int thread;
  };
  // One overload per operation. RUNNERS refers to all overloads, so the code does not compile if one is missing.
  void run(const EmbedOp& op, const LoopPart& part);
  void run(const RmsNormOp& op, const LoopPart& part);
  void run(const LayerNormOp& op, const LoopPart& part);
  void run(const QuantizeOp& op, const LoopPart& part);
  void run(const LinearOp& op, const LoopPart& part);
  void run(const RopeOp& op, const LoopPart& part);
  void run(const AttentionOp& op, const LoopPart& part);
  void run(const AddOp& op, const LoopPart& part);
  void run(const MulOp& op, const LoopPart& part);
  void run(const ActivationOp& op, const LoopPart& part);
  void run(const GatedOp& op, const LoopPart& part);
  void run(const GatherRowsOp& op, const LoopPart& part);
  void run(const SelectOp& op, const LoopPart& part);
  void run(const ScaleOp& op, const LoopPart& part);
  void run(const LoraDownOp& op, const LoopPart& part);
  void run(const ReadRowsOp& op, const LoopPart& part);

  using Runner = void (*)(Executable&, const Op&, const LoopPart&);
  template <class Fields> static void runAs(Executable& executable, const Op& op, const LoopPart& part) {
    executable.run(op.as<Fields>(), part);
  }
  template <class... Fields>
  static constexpr std::array<Runner, sizeof...(Fields)> runnersOf(OpList<Fields...>) {
    return {runAs<Fields>...};
  }
  static const std::array<Runner, (size_t)OpKind::COUNT> RUNNERS;  // indexed by kind

  const std::vector<LoraRows>& loraRowsOf(int32_t id, const Plan& plan) const;
  void addLora(const LinearOp& op, const LoopPart& part);
  void readQuantizedRows(int32_t id, int totalRows, int first, int rows, float* out) const;
  void multiplyFloats(const Matrix& m, const float* x, int rows, int panelFrom, int panelTo, float* out, bool isAdded,
                      int thread);
  Division divisionOf(const Op& op, const Plan& plan) const;
  void copyBlocks(const Plan& plan);
  void computeRotations(const Plan& plan, size_t rope, Range range);
  void rotate(int32_t rope, size_t row, int heads, int headDim, const float* in, float* out) const;
  template <class Normalize> void normalizeRows(int32_t output, const LoopPart& part, Normalize normalize);
  template <class Compute> void computeElements(int32_t output, Range range, Compute compute);
  template <class Fill> void quantizeGroups(int32_t output, const LoopPart& part, Fill fill);
  // The loops of attention.
  void storeKv(const AttentionOp& op, const Plan& plan, Range tokens);
  void attend(const AttentionOp& op, const AttentionItems& items, const LoopPart& part);
  void attendPartitions(const AttentionOp& op, const AttentionItems& items, const LoopPart& part);
  void mergePartitions(const AttentionOp& op, const AttentionItems& items, const LoopPart& part);
  AttentionJob attentionJob(const AttentionOp& op, const Plan& plan, size_t sequence, int thread) const;
  SoftmaxState* partitionStates(size_t row, size_t partition) const;

  std::shared_ptr<Weights> weights_;
  const Kernels& kernels_;
  Tape tape_;
  ExecutableOptions options_;
  Pool& pool_;
  Profile profile_;
  AlignedBytes arena_;
  std::vector<KvMemory> kv_;
  std::vector<AlignedBytes> rotations_;  // for each rope table, floats as [tokens][cosine, sine][dim / 2]
  std::vector<Scratch> scratch_;
  uint64_t stepCount_ = 0;
  std::vector<std::shared_ptr<const Adapter>> adapters_;  // by slot
  AlignedBytes partitionSums_;               // states and sums of the partitions of split rows
  size_t maxPartitions_ = 0;                 // partitions of the longest context
  size_t partitionFloats_ = 0;               // number of floats for a partition of a row, in all heads
};

}  // namespace quire
