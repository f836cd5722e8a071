#include "tape.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace quire {

namespace {

constexpr int32_t MAGIC = 0x51524532;  // "QRE2"
constexpr int32_t MAX_VALUE = 1 << 28;
constexpr int32_t MAX_ROWS = 1 << 20;

[[noreturn]] void reject(const std::string& reason) { fail("bad_tape", "invalid tape: " + reason); }
void expect(bool condition, const char* reason) {
  if (!condition) reject(reason);
}

/** Reads words in order; the methods throw at the end of the words. */
class WordReader {
 public:
  WordReader(const int32_t* words, size_t count) : words_(words), remaining_(count) {}
  int32_t next() {
    expect(remaining_ > 0, "unexpected end");
    remaining_--;
    return *words_++;
  }
  int32_t nextInRange(int32_t from, int32_t to, const char* reason) {
    const int32_t value = next();
    expect(value >= from && value <= to, reason);
    return value;
  }
  uint64_t nextUint64() {
    const uint64_t low = (uint32_t)next(), high = (uint32_t)next();
    return high << 32 | low;
  }
  float nextFloat() {
    const int32_t word = next();
    float x;
    memcpy(&x, &word, 4);
    return x;
  }
  /** Reads the number of the items that follow, each of at least `minWords` words. */
  int32_t nextCount(int32_t minWords) {
    const int32_t value = next();
    expect(value >= 0 && (uint64_t)value * (uint64_t)minWords <= remaining_, "a count exceeds the remaining words");
    return value;
  }
  bool isAtEnd() const { return remaining_ == 0; }

 private:
  const int32_t* words_;
  size_t remaining_;
};

Op readOp(WordReader& words) {
  Op op{};
  op.kind = (OpKind)words.nextInRange(0, (int32_t)OpKind::COUNT - 1, "unknown operation");
  for (int i = 0; i < op.info().count; i++) op.words[i] = words.next();
  return op;
}

// Checks operations against the table of operations and, with `checkConstraints`, against further constraints.
class Checker {
 public:
  Checker(Tape& tape, const Weights& weights) : tape_(tape), weights_(weights), written_(tape.buffers.size()) {}

  void check(const Op& op) {
    std::fill(std::begin(sizes_), std::end(sizes_), UNKNOWN);
    sizes_[0] = TOKENS, sizes_[1] = LOGITS;
    const OpInfo& info = op.info();
    // Integers are checked first, because sizes of other fields may depend on them.
    for (int i = 0; i < info.count; i++) setContext(info, i), checkNumber(info.fields[i], op.words[i]);
    for (int i = 0; i < info.count; i++) setContext(info, i), checkOperand(info.fields[i], op.words[i]);
    for (int i = 0; i < info.count; i++)
      if (info.fields[i].type == FieldType::OUTPUT) setContext(info, i), checkOutput(op, op.words[i]);
    operation_ = info.name;
    CONSTRAINT_CHECKS[(size_t)op.kind](*this, op);
  }

 private:
  static constexpr int64_t UNKNOWN = -1, TOKENS = 0, LOGITS = 1;

  // Sets the operation and field that error messages name.
  void setContext(const OpInfo& info, int field) { operation_ = info.name, field_ = info.fields[field].name; }
  void expect(bool condition, const char* reason) const {
    if (condition) return;
    const std::string field = field_ == nullptr ? "" : std::string(".") + field_;
    reject(operation_ + field + ": " + reason);
  }

  static bool isAbsent(const Field& field, int32_t word) { return field.isOptional && word == ABSENT; }

  void checkNumber(const Field& field, int32_t word) {
    const bool isChoice = field.type == FieldType::CHOICE;
    if ((!isChoice && field.type != FieldType::INTEGER) || isAbsent(field, word)) return;
    expect(word >= field.from && word <= field.to, isChoice ? "unknown enumeration value" : "out of range");
    if (field.sizes[0] >= 0) sizes_[field.sizes[0]] = word;
  }

  void checkOperand(const Field& field, int32_t word) {
    if (isAbsent(field, word)) return;
    switch (field.type) {
      case FieldType::INPUT:
      case FieldType::OUTPUT: return checkValue(field, word);
      case FieldType::MATRIX:
      case FieldType::VECTOR: return checkWeight(field, word);
      case FieldType::ROPE: return checkRope(field, word);
      case FieldType::INTEGER:
      case FieldType::FLOAT:
      case FieldType::CHOICE: return;
    }
  }

  void checkValue(const Field& field, int32_t id) {
    expect(id >= 0 && id < (int32_t)tape_.buffers.size(), "unknown value");
    if (field.type == FieldType::INPUT) expect(written_[(size_t)id], "a value is read before it is written");
    const Buffer& value = buffer(id);
    expect(value.isQuantized ? field.acceptsQuantized : field.acceptsFloats, "wrong type of value");
    matchSize(field.sizes[0], value.isPerToken ? TOKENS : LOGITS, "row counts differ");
    if (field.sizes[2] < 0) matchSize(field.sizes[1], value.width, "widths differ");
    else expect(sizes_[field.sizes[1]] * sizes_[field.sizes[2]] == value.width,
                "heads times head size is not the row width");
  }

  void checkWeight(const Field& field, int32_t id) {
    expect(id >= 0 && id < (int32_t)tape_.weights.size(), "unknown weight");
    const WeightHandle& weight = tape_.weights[(size_t)id];
    const bool isVector = field.type == FieldType::VECTOR;
    expect(weight.isVector == isVector, isVector ? "expected a vector" : "expected a matrix");
    matchSize(field.sizes[0], weight.rows, "weight shapes differ");
    if (!isVector) matchSize(field.sizes[1], weight.columns, "weight shapes differ");
  }

  void checkRope(const Field& field, int32_t index) const {
    expect(index >= 0 && index < (int32_t)tape_.ropes.size(), "unknown rope table");
    expect(tape_.ropes[(size_t)index].dim <= sizes_[field.sizes[0]], "the rope table is longer than a head");
  }

  // The first field with this size determines the value; the other fields must have the same value.
  void matchSize(int8_t size, int64_t value, const char* reason) {
    if (sizes_[size] == UNKNOWN) sizes_[size] = value;
    expect(sizes_[size] == value, reason);
  }

  void checkOutput(const Op& op, int32_t id) {
    const Buffer& out = buffer(id);
    const OpInfo& info = op.info();
    for (int i = 0; i < info.count; i++) {
      const Field& field = info.fields[i];
      if (field.type != FieldType::INPUT || isAbsent(field, op.words[i])) continue;
      const Buffer& input = buffer(op.words[i]);
      const bool isInPlace = field.allowsInPlace && input.offset == out.offset && input.width == out.width;
      expect(isInPlace || !overlap(input, out), "the output overlaps an input");
    }
    written_[(size_t)id] = true;
  }

  // Check constraints between fields that the table cannot express; most operations have none.
  template <class Fields> void checkConstraints(const Fields&) {}

  void checkConstraints(const EmbedOp& op) {
    int32_t& limit = op.ids == EmbedIds::TOKEN ? tape_.tokenLimit : tape_.positionLimit;
    limit = std::min(limit, tape_.weights[(size_t)op.table].rows);
  }
  void checkConstraints(const RmsNormOp& op) {
    const Buffer& out = buffer(op.output);
    expect(out.width % op.size == 0, "the size does not divide the row width");
    expect(!out.isQuantized || op.size == out.width, "a quantized output must be normalized over the entire row");
  }
  void checkConstraints(const LinearOp& op) {
    const WeightHandle& weight = tape_.weights[(size_t)op.weight];
    const WeightType type = weights_.matrices[(size_t)weight.index].shape.type;
    expect(buffer(op.input).isQuantized == (blockElements(type) > 1),
           "quantized activations are required for quantized weights only");
    expect((op.lora == ABSENT) == (op.target == ABSENT), "a target without an input, or an input without a target");
    if (op.target == ABSENT) return;
    const auto down = loraTargets_.find(op.lora);
    expect(down != loraTargets_.end() && down->second == op.target, "the input for adapters belongs to another target");
    if (tape_.loraTargets.size() <= (size_t)op.target) tape_.loraTargets.resize((size_t)op.target + 1);
    LoraTarget& target = tape_.loraTargets[(size_t)op.target];
    expect(target.rows == 0, "two layers have the same target");
    target = {weight.rows, weight.columns};
  }
  void checkConstraints(const LoraDownOp& op) {
    tape_.loraRank = std::min(tape_.loraRank, buffer(op.output).width);
    loraTargets_[op.output] = op.target;
  }
  void checkConstraints(const AttentionOp& op) {
    expect(op.group < (int32_t)tape_.groups.size(), "unknown layer group");
    const KvGroup& group = tape_.groups[(size_t)op.group];
    expect(op.layerInGroup < group.layers, "unknown layer");
    expect(op.kvHeads == group.kvHeads && op.headDim == group.headDim, "the heads do not match the group");
    expect(op.heads % op.kvHeads == 0, "the number of heads is not a multiple of kvHeads");
    expect(quire::isAbsent(op.softCap) || (op.softCap > 0 && op.softCap < __builtin_inff()),
           "the limit of the scores is not a number above 0");
    expect((int64_t)op.heads * tape_.tokens < 1 << 30, "too many heads");
    expect(usedLayers_.insert({op.group, op.layerInGroup}).second, "two attention operations use the same layer");
    if (op.rope == ABSENT) return;  // with a rope table, query and key are rotated in place
    const Buffer &query = buffer(op.query), &key = buffer(op.key), &value = buffer(op.value);
    expect(!overlap(query, key) && !overlap(query, value) && !overlap(key, value), "query, key and value overlap");
  }
  void checkConstraints(const SelectOp& op) { tape_.vocab = buffer(op.input).width; }
  void checkConstraints(const ReadRowsOp& op) {
    expect(tape_.vectorWidth == 0, "more than one operation returns vectors");
    tape_.vectorWidth = buffer(op.input).width;
  }

  using ConstraintCheck = void (*)(Checker&, const Op&);
  template <class Fields> static void checkConstraintsOf(Checker& checker, const Op& op) {
    checker.field_ = nullptr;
    checker.checkConstraints(op.as<Fields>());
  }
  template <class... Fields>
  static constexpr std::array<ConstraintCheck, sizeof...(Fields)> allConstraintChecks(OpList<Fields...>) {
    return {checkConstraintsOf<Fields>...};
  }
  static const std::array<ConstraintCheck, (size_t)OpKind::COUNT> CONSTRAINT_CHECKS;

  const Buffer& buffer(int32_t id) const { return tape_.buffers[(size_t)id]; }
  static bool overlap(const Buffer& a, const Buffer& b) {
    return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
  }

  Tape& tape_;
  const Weights& weights_;
  std::vector<bool> written_;
  int64_t sizes_[SIZES];  // sizes of the operation, by the numbers in the table
  const char *operation_ = nullptr, *field_ = nullptr;
  std::map<int32_t, int32_t> loraTargets_;                 // of the outputs of loraDown
  std::set<std::pair<int32_t, int32_t>> usedLayers_;  // layer groups and layers of the attention operations so far
};

constexpr std::array<Checker::ConstraintCheck, (size_t)OpKind::COUNT> Checker::CONSTRAINT_CHECKS =
    allConstraintChecks(AllOps{});

// Sets `waits`: an operation waits for all earlier ones if its inputs were written, or its outputs were read or written,
// after the last operation that waits.
void setWaits(Tape& tape) {
  struct ByteRange { uint64_t from, to; };
  std::vector<ByteRange> reads, writes;
  auto overlap = [](const std::vector<ByteRange>& ranges, ByteRange r) {
    for (const ByteRange& other : ranges)
      if (r.from < other.to && other.from < r.to) return true;
    return false;
  };
  for (Op& op : tape.ops) {
    std::vector<ByteRange> newReads, newWrites;
    for (int i = 0; i < op.info().count; i++) {
      const Field& field = op.info().fields[i];
      const bool isInput = field.type == FieldType::INPUT, isOutput = field.type == FieldType::OUTPUT;
      if ((!isInput && !isOutput) || op.words[i] == ABSENT) continue;
      const Buffer& b = tape.buffers[(size_t)op.words[i]];
      if (isInput) newReads.push_back({b.offset, b.offset + b.bytes});
      if (isOutput || field.isUpdated) newWrites.push_back({b.offset, b.offset + b.bytes});
    }
    op.waits = op.kind == OpKind::SELECT;
    for (const ByteRange& r : newReads) op.waits = op.waits || overlap(writes, r);
    for (const ByteRange& r : newWrites) op.waits = op.waits || overlap(writes, r) || overlap(reads, r);
    if (op.waits) reads.clear(), writes.clear();
    reads.insert(reads.end(), newReads.begin(), newReads.end());
    writes.insert(writes.end(), newWrites.begin(), newWrites.end());
  }
}

// The matrices of an adapter fit the layer of their target; the inputs of `loraDown` must fit it too.
void checkLoraInputs(const Tape& tape) {
  for (const Op& op : tape.ops) {
    if (op.kind != OpKind::LORA_DOWN) continue;
    const LoraDownOp lora = op.as<LoraDownOp>();
    const bool isTarget = (size_t)lora.target < tape.loraTargets.size();
    expect(isTarget && tape.loraTargets[(size_t)lora.target].columns == tape.buffers[(size_t)lora.input].width,
           "loraDown.target: the layer has another input");
  }
}

void readBuffers(WordReader& words, Tape& tape) {
  const int32_t count = words.nextCount(5);
  for (int32_t i = 0; i < count; i++) {
    Buffer b;
    b.isPerToken = words.nextInRange(0, 1, "unknown kind of rows") == 0;
    b.width = words.nextInRange(1, MAX_VALUE, "width out of range");
    b.isQuantized = words.nextInRange(0, 1, "unknown type of value") == 1;
    b.offset = words.nextUint64();
    const uint64_t rows = (uint64_t)(b.isPerToken ? tape.tokens : tape.rows);
    expect(!b.isQuantized || b.width % GROUP_SIZE == 0, "the width of a quantized value is not a multiple of 32");
    b.bytes = rows * (b.isQuantized ? (uint64_t)b.width + (uint64_t)b.width / GROUP_SIZE * 16 : (uint64_t)b.width * 4);
    expect(b.offset % 64 == 0 && b.offset <= tape.arenaBytes && b.bytes <= tape.arenaBytes - b.offset,
           "a value is outside the arena");
    tape.buffers.push_back(b);
  }
}

void readWeights(WordReader& words, Tape& tape, const Weights& weights) {
  const int32_t count = words.nextCount(2);
  for (int32_t i = 0; i < count; i++) {
    WeightHandle handle;
    handle.isVector = words.nextInRange(0, 1, "unknown kind of weight") == 1;
    const size_t available = handle.isVector ? weights.vectors.size() : weights.matrices.size();
    handle.index = words.nextInRange(0, MAX_VALUE, "weight index out of range");
    expect((size_t)handle.index < available, "a weight was not loaded");
    if (handle.isVector) {
      handle.rows = (int32_t)weights.vectors[(size_t)handle.index].size() - 16;
      handle.columns = 1;
    } else {
      const PackedShape& shape = weights.matrices[(size_t)handle.index].shape;
      handle.rows = shape.rows, handle.columns = shape.columns;
    }
    tape.weights.push_back(handle);
  }
}

void readRopes(WordReader& words, Tape& tape) {
  const int32_t count = words.nextCount(3);
  for (int32_t i = 0; i < count; i++) {
    RopeTable rope;
    rope.splitsHalves = words.nextInRange(0, 1, "unknown rope layout") == 0;
    rope.dim = words.nextInRange(2, 1 << 16, "rope size out of range");
    expect(rope.dim % 2 == 0, "odd rope size");
    rope.magnitude = words.nextFloat();
    for (int32_t pair = 0; pair < rope.dim / 2; pair++) rope.frequencies.push_back(words.nextFloat());
    tape.ropes.push_back(std::move(rope));
  }
}

void readGroups(WordReader& words, Tape& tape) {
  const int32_t count = words.nextCount(3);
  for (int32_t i = 0; i < count; i++) {
    KvGroup group;
    group.layers = words.nextInRange(1, 1 << 16, "number of layers out of range");
    group.kvHeads = words.nextInRange(1, 1 << 12, "number of KV heads out of range");
    group.headDim = words.nextInRange(1, 512, "head size is not from 1 to 512");
    tape.groups.push_back(group);
  }
}

}  // namespace

Tape readTape(const int32_t* data, size_t count, const Weights& weights) {
  WordReader words(data, count);
  Tape tape{};
  tape.tokenLimit = tape.positionLimit = tape.loraRank = MAX_VALUE;
  expect(words.next() == MAGIC, "wrong magic number");
  tape.tokens = words.nextInRange(1, MAX_ROWS, "capacity out of range");
  tape.rows = words.nextInRange(1, MAX_ROWS, "capacity out of range");
  tape.arenaBytes = words.nextUint64();
  expect(tape.arenaBytes <= (uint64_t)1 << 40, "arena size out of range");
  readBuffers(words, tape);
  readWeights(words, tape, weights);
  readRopes(words, tape);
  readGroups(words, tape);
  const int32_t ops = words.nextCount(1 + MIN_OP_WORDS);
  Checker checker(tape, weights);
  for (int32_t i = 0; i < ops; i++) {
    const Op op = readOp(words);
    checker.check(op);
    tape.ops.push_back(op);
  }
  expect(words.isAtEnd(), "extra words at the end");
  expect(!tape.ops.empty() && tape.ops.back().kind == OpKind::SELECT, "the last operation is not select");
  for (size_t i = 0; i + 1 < tape.ops.size(); i++)
    expect(tape.ops[i].kind != OpKind::SELECT, "more than one select operation");
  checkLoraInputs(tape);
  setWaits(tape);
  return tape;
}

}  // namespace quire
