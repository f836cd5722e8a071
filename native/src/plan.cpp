// Reads and checks a step plan, which TypeScript encodes as 32-bit words (integers, and the bits of floats) and doubles. An
// accepted plan only refers to blocks, rows and tokens that exist.

#include <algorithm>
#include <cstring>

#include "executable.h"

namespace quire {

namespace {

void expect(bool condition, const char* reason) {
  if (!condition) fail("bad_plan", std::string("invalid step plan: ") + reason);
}

// Adds row `row` to the rows of its adapter.
void addRow(std::vector<LoraRows>& all, const Adapter* adapter, int row) {
  if (adapter == nullptr) return;
  const bool continues = !all.empty() && all.back().adapter == adapter && all.back().rows < MAX_LORA_ROWS &&
                         all.back().first + all.back().rows == row;
  if (continues) all.back().rows++;
  else all.push_back({adapter, row, 1});
}

void addLoraRows(Plan& plan) {
  std::vector<const Adapter*> adapterOf((size_t)plan.tokens);
  for (size_t s = 0; s < (size_t)plan.sequences; s++)
    for (int t = plan.queryStart[s]; t < plan.queryStart[s + 1]; t++) {
      adapterOf[(size_t)t] = plan.adapters[s].get();
      addRow(plan.loraTokens, adapterOf[(size_t)t], t);
    }
  for (int row = 0; row < plan.rows; row++)
    addRow(plan.loraRows, adapterOf[(size_t)plan.logitsRows[(size_t)row]], row);
}

}  // namespace

Plan Executable::readPlan(const int32_t* words, size_t wordCount, const double* doubles, size_t doubleCount) const {
  size_t wordsLeft = wordCount, doublesLeft = doubleCount;
  auto nextWord = [&] {
    expect(wordsLeft > 0, "unexpected end");
    wordsLeft--;
    return *words++;
  };
  auto readInts = [&](uint64_t count, int32_t min, int32_t end, const char* reason) {
    expect(count <= wordsLeft, "unexpected end");
    std::vector<int32_t> values(words, words + count);
    // Computed without branches, because a plan can contain penalties and biases for thousands of token ids.
    bool areValid = true;
    for (int32_t value : values) areValid &= value >= min && value < end;
    expect(areValid, reason);
    words += count, wordsLeft -= (size_t)count;
    return values;
  };
  auto readFloats = [&](size_t count) {
    expect(count <= wordsLeft, "unexpected end");
    std::vector<float> values(count);
    if (count > 0) memcpy(values.data(), words, count * sizeof(float));
    words += count, wordsLeft -= count;
    return values;
  };
  auto nextDouble = [&] {
    expect(doublesLeft > 0, "unexpected end of the doubles");
    doublesLeft--;
    return *doubles++;
  };
  Plan plan;
  plan.tokens = nextWord(), plan.sequences = nextWord(), plan.rows = nextWord();
  plan.maxBlocks = nextWord();
  const int groups = nextWord();
  plan.returnsLogits = nextWord() != 0;
  const int adjustmentCount = nextWord();
  const int vectorCount = nextWord();
  expect(plan.tokens >= 1 && plan.tokens <= tape_.tokens, "number of tokens out of range");
  expect(plan.rows >= 0 && plan.rows <= tape_.rows, "number of rows out of range");
  expect(plan.sequences >= 1 && plan.sequences <= plan.tokens, "number of sequences out of range");
  // A block table has an entry for each block of the context, even if a sliding window retains only the last blocks.
  expect(adjustmentCount >= 0 && plan.maxBlocks >= 1 && plan.maxBlocks <= options_.contextLength, "count out of range");
  expect(vectorCount >= 0 && vectorCount <= plan.tokens, "number of vectors out of range");
  expect(vectorCount == 0 || tape_.vectorWidth > 0, "the tape returns no vectors");
  expect(groups == (int)kv_.size(), "the number of layer groups is not that of the program");
  const size_t tokens = (size_t)plan.tokens, sequences = (size_t)plan.sequences, rows = (size_t)plan.rows;
  plan.tokenIds = readInts(tokens, 0, std::min(tape_.tokenLimit, 1 << 28), "token id out of range");
  const int positionEnd = std::min(tape_.positionLimit, options_.contextLength);
  plan.positions = readInts(tokens, 0, positionEnd, "position out of range");
  plan.queryStart = readInts(sequences + 1, 0, plan.tokens + 1, "query start out of range");
  plan.contextLength = readInts(sequences, 1, options_.contextLength + 1, "context length out of range");
  for (const int32_t slot : readInts(sequences, ABSENT, MAX_ADAPTERS, "adapter out of range")) {
    plan.adapters.push_back(slot == ABSENT || (size_t)slot >= adapters_.size() ? nullptr : adapters_[(size_t)slot]);
    expect(slot == ABSENT || plan.adapters.back() != nullptr, "the adapter does not exist");
  }
  for (const int blocks : options_.blocks) {
    plan.blockTable.push_back(readInts((uint64_t)sequences * (uint64_t)plan.maxBlocks, 0, blocks, "block out of range"));
    const int copies = nextWord();
    expect(copies >= 0, "count out of range");
    plan.copies.push_back(readInts(2 * (size_t)copies, 0, blocks, "copied block out of range"));
  }
  plan.logitsRows = readInts(rows, 0, plan.tokens, "row of logits out of range");
  plan.vectorRows = readInts((uint64_t)vectorCount, 0, plan.tokens, "row of vectors out of range");
  expect(plan.queryStart[0] == 0 && plan.queryStart[sequences] == plan.tokens,
         "the query starts do not cover all tokens");
  for (size_t s = 0; s < sequences; s++) {
    const int from = plan.queryStart[s], to = plan.queryStart[s + 1];
    expect(from < to, "a sequence has no tokens");
    for (int t = from; t < to; t++)
      expect(plan.positions[(size_t)t] / options_.blockSize < plan.maxBlocks, "a position is beyond the block table");
  }
  addLoraRows(plan);
  plan.firstLogprob.push_back(0), plan.firstTopToken.push_back(0);
  for (size_t row = 0; row < rows; row++) {
    Selection s;
    s.topK = nextWord(), s.logprobs = nextWord(), s.adjustmentStart = nextWord(), s.adjustmentCount = nextWord();
    expect(s.logprobs >= -1 && s.logprobs <= tape_.vocab && s.topK >= 0, "sampling parameter out of range");
    const int64_t adjustmentEnd = (int64_t)s.adjustmentStart + s.adjustmentCount;
    expect(s.adjustmentStart >= 0 && s.adjustmentCount >= 0 && adjustmentEnd <= adjustmentCount,
           "adjustments out of range");
    s.temperature = nextDouble(), s.topP = nextDouble(), s.minP = nextDouble(), s.typicalP = nextDouble();
    s.uniform = nextDouble();
    const auto isFraction = [](double value) { return value >= 0 && value <= 1; };
    expect(s.temperature >= 0 && isFraction(s.topP) && isFraction(s.minP) && isFraction(s.typicalP) &&
               isFraction(s.uniform),
           "sampling parameter out of range");
    plan.selections.push_back(s);
    const size_t topTokens = (size_t)std::max(s.logprobs, 0);
    plan.firstLogprob.push_back(plan.firstLogprob.back() + (s.logprobs < 0 ? 0 : 1 + topTokens));
    plan.firstTopToken.push_back(plan.firstTopToken.back() + topTokens);
  }
  plan.adjustTokens = readInts((size_t)adjustmentCount, 0, tape_.vocab, "adjusted token id out of range");
  plan.adjustPenalty = readFloats((size_t)adjustmentCount);
  plan.adjustBias = readFloats((size_t)adjustmentCount);
  expect(wordsLeft == 0 && doublesLeft == 0, "extra values at the end");
  return plan;
}

}  // namespace quire
