// Reads a step plan. Whatever the words are, an accepted plan only accesses blocks, rows and tokens that exist.

#include <algorithm>
#include <cstring>

#include "executable.h"

namespace quire {

namespace {

[[noreturn]] void badPlan(const char* what) { throw Failure{"bad_plan", std::string("invalid step plan: ") + what}; }
void expect(bool holds, const char* what) {
  if (!holds) badPlan(what);
}

}  // namespace

Plan Executable::readPlan(const int32_t* words, size_t wordCount, const double* numbers, size_t numberCount) const {
  size_t wordsLeft = wordCount, numbersLeft = numberCount;
  auto next = [&] {
    expect(wordsLeft > 0, "unexpected end");
    wordsLeft--;
    return *words++;
  };
  auto readInts = [&](size_t count, int32_t from, int32_t to, const char* what) {
    expect(count <= wordsLeft, "unexpected end");
    std::vector<int32_t> values(words, words + count);
    bool valid = true;  // without a branch per value: a plan can adjust every distinct token of a text
    for (int32_t value : values) valid &= value >= from && value < to;
    expect(valid, what);
    words += count, wordsLeft -= count;
    return values;
  };
  auto readFloats = [&](size_t count) {
    expect(count <= wordsLeft, "unexpected end");
    std::vector<float> values(count);
    if (count > 0) memcpy(values.data(), words, count * sizeof(float));
    words += count, wordsLeft -= count;
    return values;
  };
  auto number = [&] {
    expect(numbersLeft > 0, "unexpected end of the numbers");
    numbersLeft--;
    return *numbers++;
  };
  Plan plan;
  plan.tokens = next(), plan.sequences = next(), plan.rows = next();
  plan.maxBlocks = next();
  const int groups = next();
  plan.wantLogits = next() != 0;
  const int adjusted = next();
  expect(plan.tokens >= 1 && plan.tokens <= tape_.tokens, "number of tokens out of range");
  expect(plan.rows >= 0 && plan.rows <= tape_.rows, "number of rows out of range");
  expect(plan.sequences >= 1 && plan.sequences <= plan.tokens, "number of sequences out of range");
  // A block table has an entry for each block of the context, even if a window retains only the last ones.
  expect(adjusted >= 0 && plan.maxBlocks >= 1 && plan.maxBlocks <= options_.contextLength, "count out of range");
  expect(groups == (int)kv_.size(), "the number of groups differs from the tape");
  const size_t tokens = (size_t)plan.tokens, sequences = (size_t)plan.sequences, rows = (size_t)plan.rows;
  plan.tokenIds = readInts(tokens, 0, std::min(tape_.tokenLimit, 1 << 28), "token id out of range");
  const int lastPosition = std::min(tape_.positionLimit, options_.contextLength);
  plan.positions = readInts(tokens, 0, lastPosition, "position out of range");
  plan.queryStart = readInts(sequences + 1, 0, plan.tokens + 1, "query start out of range");
  plan.contextLength = readInts(sequences, 1, options_.contextLength + 1, "context length out of range");
  for (const int blocks : options_.blocks) {
    plan.blockTable.push_back(readInts(sequences * (size_t)plan.maxBlocks, 0, blocks, "block out of range"));
    const int copies = next();
    expect(copies >= 0, "count out of range");
    plan.copies.push_back(readInts(2 * (size_t)copies, 0, blocks, "copied block out of range"));
  }
  plan.logitsRows = readInts(rows, 0, plan.tokens, "row of logits out of range");
  expect(plan.queryStart[0] == 0 && plan.queryStart[sequences] == plan.tokens,
         "the query starts do not cover all tokens");
  for (size_t s = 0; s < sequences; s++) {
    const int from = plan.queryStart[s], to = plan.queryStart[s + 1];
    expect(from < to, "a sequence has no tokens");
    for (int t = from; t < to; t++)
      expect(plan.positions[(size_t)t] / options_.blockSize < plan.maxBlocks, "a position is beyond the block table");
  }
  for (size_t row = 0; row < rows; row++) {
    Selection s;
    s.topK = next(), s.logprobs = next(), s.adjustFrom = next(), s.adjustCount = next();
    expect(s.logprobs >= -1 && s.logprobs <= tape_.vocab && s.topK >= 0, "sampling parameter out of range");
    expect(s.adjustFrom >= 0 && s.adjustCount >= 0 && (int64_t)s.adjustFrom + s.adjustCount <= adjusted,
           "adjustments out of range");
    s.temperature = number(), s.topP = number(), s.minP = number(), s.typicalP = number(), s.uniform = number();
    const auto isFraction = [](double value) { return value >= 0 && value <= 1; };
    expect(s.temperature >= 0 && isFraction(s.topP) && isFraction(s.minP) && isFraction(s.typicalP) &&
               isFraction(s.uniform),
           "sampling parameter out of range");
    plan.selection.push_back(s);
  }
  plan.adjustTokens = readInts((size_t)adjusted, 0, tape_.vocab, "adjusted token id out of range");
  plan.adjustPenalty = readFloats((size_t)adjusted);
  plan.adjustBias = readFloats((size_t)adjusted);
  expect(wordsLeft == 0 && numbersLeft == 0, "extra words or numbers at the end");
  return plan;
}

}  // namespace quire
