// Reads a step plan. Whatever the words are, an accepted plan only accesses blocks, rows and tokens that exist.

#include <algorithm>
#include <cstring>

#include "executable.h"

namespace quire {

namespace {

[[noreturn]] void badPlan(const char* what) { throw Failure{"bad_plan", std::string("the step plan is wrong: ") + what}; }
void expect(bool holds, const char* what) {
  if (!holds) badPlan(what);
}

}  // namespace

Plan Executable::readPlan(const int32_t* words, size_t wordCount, const double* numbers, size_t numberCount) const {
  size_t wordsLeft = wordCount, numbersLeft = numberCount;
  auto next = [&] {
    expect(wordsLeft > 0, "it ends early");
    wordsLeft--;
    return *words++;
  };
  auto take = [&](size_t count, int32_t from, int32_t to, const char* what) {
    expect(count <= wordsLeft, "it ends early");
    std::vector<int32_t> taken(words, words + count);
    bool within = true;  // one branch for all: a plan may adjust as many tokens as a text has distinct ones
    for (int32_t value : taken) within &= value >= from && value < to;
    expect(within, what);
    words += count, wordsLeft -= count;
    return taken;
  };
  auto takeFloats = [&](size_t count) {
    expect(count <= wordsLeft, "it ends early");
    std::vector<float> taken(count);
    if (count > 0) memcpy(taken.data(), words, count * sizeof(float));
    words += count, wordsLeft -= count;
    return taken;
  };
  auto number = [&] {
    expect(numbersLeft > 0, "numbers end early");
    numbersLeft--;
    return *numbers++;
  };
  Plan plan;
  plan.tokens = next(), plan.sequences = next(), plan.rows = next();
  plan.maxBlocks = next();
  const int groups = next();
  plan.wantLogits = next() != 0;
  const int adjusted = next();
  expect(plan.tokens >= 1 && plan.tokens <= tape_.tokens, "more tokens than the tape has room for");
  expect(plan.rows >= 0 && plan.rows <= tape_.rows, "more rows than the tape has room for");
  expect(plan.sequences >= 1 && plan.sequences <= plan.tokens, "a number of sequences out of range");
  // A table has an entry for each block of the context, also if a window holds only the last of them.
  expect(adjusted >= 0 && plan.maxBlocks >= 1 && plan.maxBlocks <= options_.contextLength, "a count out of range");
  expect(groups == (int)kv_.size(), "another number of groups");
  const size_t tokens = (size_t)plan.tokens, sequences = (size_t)plan.sequences, rows = (size_t)plan.rows;
  plan.tokenIds = take(tokens, 0, std::min(tape_.tokenLimit, 1 << 28), "a token out of range");
  const int lastPosition = std::min(tape_.positionLimit, options_.contextLength);
  plan.positions = take(tokens, 0, lastPosition, "a position out of range");
  plan.queryStart = take(sequences + 1, 0, plan.tokens + 1, "rows of a sequence out of range");
  plan.contextLength = take(sequences, 1, options_.contextLength + 1, "a context out of range");
  for (const int blocks : options_.blocks) {
    plan.blockTable.push_back(take(sequences * (size_t)plan.maxBlocks, 0, blocks, "a block out of range"));
    const int copies = next();
    expect(copies >= 0, "a count out of range");
    plan.copies.push_back(take(2 * (size_t)copies, 0, blocks, "a copied block out of range"));
  }
  plan.logitsRows = take(rows, 0, plan.tokens, "a row of logits out of range");
  expect(plan.queryStart[0] == 0 && plan.queryStart[sequences] == plan.tokens, "rows belong to no sequence");
  for (size_t s = 0; s < sequences; s++) {
    const int from = plan.queryStart[s], to = plan.queryStart[s + 1];
    expect(from < to, "a sequence without rows");
    for (int t = from; t < to; t++)
      expect(plan.positions[(size_t)t] / options_.blockSize < plan.maxBlocks, "a position beyond the block table");
  }
  for (size_t row = 0; row < rows; row++) {
    Selection s;
    s.topK = next(), s.logprobs = next(), s.adjustFrom = next(), s.adjustCount = next();
    expect(s.logprobs >= -1 && s.logprobs <= tape_.vocab && s.topK >= 0, "a selection out of range");
    expect(s.adjustFrom >= 0 && s.adjustCount >= 0 && (int64_t)s.adjustFrom + s.adjustCount <= adjusted,
           "adjustments out of range");
    s.temperature = number(), s.topP = number(), s.minP = number(), s.typicalP = number(), s.uniform = number();
    const auto share = [](double value) { return value >= 0 && value <= 1; };
    expect(s.temperature >= 0 && share(s.topP) && share(s.minP) && share(s.typicalP) && share(s.uniform),
           "a selection out of range");
    plan.selection.push_back(s);
  }
  plan.adjustTokens = take((size_t)adjusted, 0, tape_.vocab, "an adjusted token out of range");
  plan.adjustPenalty = takeFloats((size_t)adjusted);
  plan.adjustBias = takeFloats((size_t)adjusted);
  expect(wordsLeft == 0 && numbersLeft == 0, "something is left over");
  return plan;
}

}  // namespace quire
