#include "step-loops.h"

#include <algorithm>

namespace quire {

AttentionItems::AttentionItems(const Plan& plan, const AttentionOp& op, int threads)
    : heads(op.heads), kvHeads(op.kvHeads), window(op.window), count(0) {
  // An item has about MAX_QUERY_ROWS query rows, in full tiles of rows where possible.
  tokensPerItem = std::max(MAX_QUERY_ROWS / (heads / kvHeads), 1);
  if (tokensPerItem >= 8) tokensPerItem = tokensPerItem / 8 * 8;
  const int maxPosition = *std::max_element(plan.positions.begin(), plan.positions.end());
  splitsContext = plan.tokens <= MAX_SPLIT_ROWS && maxPosition >= 2 * PARTITION_SIZE && threads > 1;
  for (size_t s = 0; s < (size_t)plan.sequences; s++) {
    const int from = plan.queryStart[s], rows = plan.queryStart[s + 1] - from;
    if (!splitsContext) {
      firstItems.push_back(count);
      count += (rows + tokensPerItem - 1) / tokensPerItem * kvHeads;
      continue;
    }
    for (int row = 0; row < rows; row++) {
      const int end = plan.positions[(size_t)(from + row)] + 1;
      const int start = window != ABSENT && end > window ? end - window : 0;
      const int firstPartition = start / PARTITION_SIZE, endPartition = (end + PARTITION_SIZE - 1) / PARTITION_SIZE;
      splitRows.push_back({s, row, firstPartition, endPartition - firstPartition});
      firstItems.push_back(count);
      count += splitRows.back().partitions * kvHeads;
    }
  }
}

size_t AttentionItems::indexOf(size_t item) const {
  return (size_t)(std::upper_bound(firstItems.begin(), firstItems.end(), (int)item) - firstItems.begin()) - 1;
}

StepLoops::StepLoops(Executable& executable, const Plan& plan)
    : ParallelLoops(executable.pool_.threads()), executable_(executable), plan_(plan) {
  const size_t rows = (size_t)plan.rows;
  result.tokens.resize(rows);
  result.outcomes.resize(rows);
  result.logprobs.resize(plan.firstLogprob[rows]);
  result.topTokens.assign(plan.firstTopToken[rows], -1);
  const Tape& tape = executable.tape_;
  if (plan.returnsLogits) result.logits.resize(rows * (size_t)tape.vocab);
  result.vectors.resize(plan.vectorRows.size() * (size_t)tape.vectorWidth);
  const int threads = executable.pool_.threads();
  const auto isEmpty = [](const std::vector<int32_t>& copies) { return copies.empty(); };
  // The next loops need not wait for these two. They are complete before attention, which waits for its inputs.
  if (!std::all_of(plan.copies.begin(), plan.copies.end(), isEmpty)) add(StepLoop::COPY_BLOCKS, 0, {1, 1, 1}, false);
  for (size_t i = 0; i < tape.ropes.size(); i++) {
    const size_t angles = (size_t)plan.tokens * tape.ropes[i].frequencies.size();
    add(StepLoop::ROTATIONS, i, divide(angles, 16, 256, threads), false);
  }
  for (size_t i = 0; i < tape.ops.size(); i++) {
    const Op& op = tape.ops[i];
    if (op.kind == OpKind::LORA_DOWN && plan.loraTokens.empty()) continue;
    if (op.kind == OpKind::ATTENTION) addAttention(i);
    else add(StepLoop::OPERATION, i, executable.divisionOf(op, plan), op.waits);
  }
}

void StepLoops::add(StepLoop::Kind kind, size_t index, Division division, bool waits, const AttentionItems* items) {
  stepLoops_.push_back({kind, index, division, items});
  // A unit of attention takes long enough to be claimed alone.
  addLoop(division.units, waits, items == nullptr ? INT_MAX : 1);
}

void StepLoops::addAttention(size_t index) {
  const AttentionOp op = executable_.tape_.ops[index].as<AttentionOp>();
  const int threads = executable_.pool_.threads();
  const auto found = std::find_if(items_.begin(), items_.end(), [&](auto& items) { return items.suits(op); });
  const AttentionItems& items = found != items_.end() ? *found : items_.emplace_back(plan_, op, threads);
  const auto divideItems = [](size_t count) { return Division{count, 1, (int)count}; };
  const bool waits = executable_.tape_.ops[index].waits;
  add(StepLoop::STORE_KV, index, divide((size_t)plan_.tokens, 1, 4, threads), waits);
  const auto kind = items.splitsContext ? StepLoop::ATTEND_PARTITIONS : StepLoop::ATTEND;
  add(kind, index, divideItems((size_t)items.count), true, &items);
  if (!items.splitsContext) return;
  add(StepLoop::MERGE_PARTITIONS, index, divideItems(items.splitRows.size() * (size_t)op.heads), true, &items);
}

void StepLoops::runUnits(size_t loop, Range units, int thread) {
  const StepLoop& stepLoop = stepLoops_[loop];
  const Range range = stepLoop.division.items(units);
  Executable& e = executable_;
  if (stepLoop.kind == StepLoop::COPY_BLOCKS || stepLoop.kind == StepLoop::ROTATIONS)
    return e.profile_.measure(thread, e.profile_.preparing(), [&] {
      if (stepLoop.kind == StepLoop::COPY_BLOCKS) e.copyBlocks(plan_);
      else e.computeRotations(plan_, stepLoop.index, range);
    });
  const Op& op = e.tape_.ops[stepLoop.index];
  e.profile_.measure(thread, stepLoop.index, [&] {
    Executable::RUNNERS[(size_t)op.kind](e, op, {*this, plan_, loop, range, thread});
  });
}

}  // namespace quire
