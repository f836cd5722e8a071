// The parallel loops of a step: one per operation, several for attention, and two that prepare the step.
#pragma once
#include <deque>
#include <vector>

#include "executable.h"

namespace quire {

/** How the threads divide the attention of layers that have the same heads and the same window. */
struct AttentionItems {
  struct SplitRow { size_t sequence; int row, firstPartition, partitions; };

  int heads, kvHeads, window;
  int tokensPerItem;
  bool splitsContext;           // the threads divide the context of each row, not only rows and heads
  std::vector<int> firstItems;  // index of the first item of each sequence, or of each split row
  int count;                    // number of items
  std::vector<SplitRow> splitRows;

  AttentionItems(const Plan& plan, const AttentionOp& op, int threads);
  bool suits(const AttentionOp& op) const {
    return op.heads == heads && op.kvHeads == kvHeads && op.window == window;
  }
  /** Returns the index of the sequence or split row to which an item belongs. */
  size_t indexOf(size_t item) const;
};

/** A loop of a step: an operation, a loop of attention, or a loop that prepares the step. */
struct StepLoop {
  enum Kind { COPY_BLOCKS, ROTATIONS, OPERATION, STORE_KV, ATTEND, ATTEND_PARTITIONS, MERGE_PARTITIONS };
  Kind kind;
  size_t index;  // of the operation, or of the rope table
  Division division;
  const AttentionItems* items;
};

class StepLoops : public ParallelLoops {
 public:
  /** `executable` and `plan` must exist until the loops are complete. */
  StepLoops(Executable& executable, const Plan& plan);

  const StepLoop& loop(size_t index) const { return stepLoops_[index]; }

  StepResult result;

 private:
  void add(StepLoop::Kind kind, size_t index, Division division, bool waits, const AttentionItems* items = nullptr);
  void addAttention(size_t index);
  void runUnits(size_t loop, Range units, int thread) override;

  Executable& executable_;
  const Plan& plan_;
  std::vector<StepLoop> stepLoops_;
  std::deque<AttentionItems> items_;
};

}  // namespace quire
