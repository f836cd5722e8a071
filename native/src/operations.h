// Operations, each with its fields as a tape has them, and the enumerations that TypeScript counts alike. Made by
// tools/native/operations-header.ts from src/program/operations.ts: change the table, then make this file again.
#pragma once
#include <cstddef>
#include <cstdint>

namespace quire {

enum class OpKind : int32_t { EMBED, RMS_NORM, LAYER_NORM, QUANTIZE, LINEAR, ROPE, ATTENTION, ADD, MUL, ACTIVATION,
    GATED, GATHER_ROWS, SELECT, COUNT };
enum class WeightType : int32_t { F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K, COUNT };
enum class KvType : int32_t { F32, F16, BF16, INT8, COUNT };
enum class Outcome : int32_t { CHOSEN, NO_TOKEN_ALLOWED, BAD_LOGITS, COUNT };
enum class EmbedBy : int32_t { TOKEN, POSITION, COUNT };
enum class Activation : int32_t { SILU, RELU, GELU_TANH, GELU, COUNT };

constexpr int32_t ABSENT = -1;  // an optional field that is not there

struct EmbedOp {
  static constexpr OpKind KIND = OpKind::EMBED;
  int32_t table;  // weight [entries, width]
  EmbedBy by;
  int32_t output;  // f32 [T, width]
};

struct RmsNormOp {
  static constexpr OpKind KIND = OpKind::RMS_NORM;
  int32_t input;  // f32 [rows, width]
  int32_t weight;  // weight [size]
  int32_t size;  // 1 to 268435456
  float epsilon;
  int32_t output;  // f32 or q8 [rows, width]
};

struct LayerNormOp {
  static constexpr OpKind KIND = OpKind::LAYER_NORM;
  int32_t input;  // f32 [rows, width]
  int32_t weight;  // weight [width]
  int32_t bias;  // weight [width]
  float epsilon;
  int32_t output;  // f32 or q8 [rows, width]
};

struct QuantizeOp {
  static constexpr OpKind KIND = OpKind::QUANTIZE;
  int32_t input;  // f32 [rows, width]
  int32_t output;  // q8 [rows, width]
};

struct LinearOp {
  static constexpr OpKind KIND = OpKind::LINEAR;
  int32_t input;  // f32 or q8 [rows, columns]
  int32_t weight;  // weight [outputs, columns]
  int32_t bias;  // weight [outputs] or ABSENT
  int32_t residual;  // f32 [rows, outputs] or ABSENT
  int32_t output;  // f32 [rows, outputs]
};

struct RopeOp {
  static constexpr OpKind KIND = OpKind::ROPE;
  int32_t input;  // f32 [T, heads*headDim]
  int32_t heads;  // 1 to 268435456
  int32_t headDim;  // 1 to 268435456
  int32_t rope;  // rope of headDim
  int32_t output;  // f32 [T, heads*headDim]
};

struct AttentionOp {
  static constexpr OpKind KIND = OpKind::ATTENTION;
  int32_t query;  // f32 [T, heads*headDim]
  int32_t key;  // f32 [T, kvHeads*headDim]
  int32_t value;  // f32 [T, kvHeads*headDim]
  int32_t group;  // 0 to 65536
  int32_t layerInGroup;  // 0 to 65536
  int32_t heads;  // 1 to 4096
  int32_t kvHeads;  // 1 to 4096
  int32_t headDim;  // 1 to 512
  float scale;
  int32_t window;  // 1 to 2147483647 or ABSENT
  int32_t rope;  // rope of headDim or ABSENT
  int32_t output;  // f32 [T, heads*headDim]
};

struct AddOp {
  static constexpr OpKind KIND = OpKind::ADD;
  int32_t left;  // f32 [rows, width]
  int32_t right;  // f32 [rows, width]
  int32_t output;  // f32 [rows, width]
};

struct MulOp {
  static constexpr OpKind KIND = OpKind::MUL;
  int32_t left;  // f32 [rows, width]
  int32_t right;  // f32 [rows, width]
  int32_t output;  // f32 [rows, width]
};

struct ActivationOp {
  static constexpr OpKind KIND = OpKind::ACTIVATION;
  Activation name;
  int32_t input;  // f32 [rows, width]
  int32_t output;  // f32 [rows, width]
};

struct GatedOp {
  static constexpr OpKind KIND = OpKind::GATED;
  Activation name;
  int32_t gate;  // f32 [rows, width]
  int32_t up;  // f32 [rows, width]
  int32_t output;  // f32 or q8 [rows, width]
};

struct GatherRowsOp {
  static constexpr OpKind KIND = OpKind::GATHER_ROWS;
  int32_t input;  // f32 [T, width]
  int32_t output;  // f32 [R, width]
};

struct SelectOp {
  static constexpr OpKind KIND = OpKind::SELECT;
  int32_t input;  // f32 [R, vocabSize]
};

template <class... Fields> struct OpList {};
using AllOps = OpList<EmbedOp, RmsNormOp, LayerNormOp, QuantizeOp, LinearOp, RopeOp, AttentionOp, AddOp, MulOp,
    ActivationOp, GatedOp, GatherRowsOp, SelectOp>;

enum class FieldType : int32_t { INPUT, OUTPUT, MATRIX, VECTOR, INTEGER, FLOAT, CHOICE, ROPE };

/** What the word of a field may be, and which sizes of an operation must agree. */
struct Field {
  const char* name;
  FieldType type;
  bool optional = false;                   // may be ABSENT
  bool floats = false, quantized = false;  // what a value may be
  bool updated = false;                    // a value that is written to as well
  bool inPlace = false;                    // a value where the output may lie too
  int32_t from = 0, to = 0;                // of an integer or a choice
  // Numbers of sizes, -1 where there are no more: rows and one or two factors of the width, rows and columns, a length,
  // the head that a rope must fit, what an integer gives. 0 and 1 are tokens and rows of logits.
  int8_t sizes[3] = {-1, -1, -1};
};

constexpr int SIZES = 5;  // at most in an operation
constexpr int OP_WORDS = 12, LEAST_OP_WORDS = 1;  // besides its kind

constexpr Field EMBED_FIELDS[] = {
    {.name = "table", .type = FieldType::MATRIX, .sizes = {2, 3, -1}},
    {.name = "by", .type = FieldType::CHOICE, .to = (int32_t)EmbedBy::COUNT - 1},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {0, 3, -1}},
};
constexpr Field RMS_NORM_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "weight", .type = FieldType::VECTOR, .sizes = {4, -1, -1}},
    {.name = "size", .type = FieldType::INTEGER, .from = 1, .to = 268435456, .sizes = {4, -1, -1}},
    {.name = "epsilon", .type = FieldType::FLOAT},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .quantized = true, .sizes = {2, 3, -1}},
};
constexpr Field LAYER_NORM_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "weight", .type = FieldType::VECTOR, .sizes = {3, -1, -1}},
    {.name = "bias", .type = FieldType::VECTOR, .sizes = {3, -1, -1}},
    {.name = "epsilon", .type = FieldType::FLOAT},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .quantized = true, .sizes = {2, 3, -1}},
};
constexpr Field QUANTIZE_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .quantized = true, .sizes = {2, 3, -1}},
};
constexpr Field LINEAR_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .quantized = true, .sizes = {2, 3, -1}},
    {.name = "weight", .type = FieldType::MATRIX, .sizes = {4, 3, -1}},
    {.name = "bias", .type = FieldType::VECTOR, .optional = true, .sizes = {4, -1, -1}},
    {.name = "residual", .type = FieldType::INPUT, .optional = true, .floats = true, .inPlace = true, .sizes = {2, 4, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {2, 4, -1}},
};
constexpr Field ROPE_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {0, 2, 3}},
    {.name = "heads", .type = FieldType::INTEGER, .from = 1, .to = 268435456, .sizes = {2, -1, -1}},
    {.name = "headDim", .type = FieldType::INTEGER, .from = 1, .to = 268435456, .sizes = {3, -1, -1}},
    {.name = "rope", .type = FieldType::ROPE, .sizes = {3, -1, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {0, 2, 3}},
};
constexpr Field ATTENTION_FIELDS[] = {
    {.name = "query", .type = FieldType::INPUT, .floats = true, .updated = true, .sizes = {0, 2, 3}},
    {.name = "key", .type = FieldType::INPUT, .floats = true, .updated = true, .sizes = {0, 4, 3}},
    {.name = "value", .type = FieldType::INPUT, .floats = true, .sizes = {0, 4, 3}},
    {.name = "group", .type = FieldType::INTEGER, .from = 0, .to = 65536},
    {.name = "layerInGroup", .type = FieldType::INTEGER, .from = 0, .to = 65536},
    {.name = "heads", .type = FieldType::INTEGER, .from = 1, .to = 4096, .sizes = {2, -1, -1}},
    {.name = "kvHeads", .type = FieldType::INTEGER, .from = 1, .to = 4096, .sizes = {4, -1, -1}},
    {.name = "headDim", .type = FieldType::INTEGER, .from = 1, .to = 512, .sizes = {3, -1, -1}},
    {.name = "scale", .type = FieldType::FLOAT},
    {.name = "window", .type = FieldType::INTEGER, .optional = true, .from = 1, .to = 2147483647},
    {.name = "rope", .type = FieldType::ROPE, .optional = true, .sizes = {3, -1, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {0, 2, 3}},
};
constexpr Field ADD_FIELDS[] = {
    {.name = "left", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "right", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {2, 3, -1}},
};
constexpr Field MUL_FIELDS[] = {
    {.name = "left", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "right", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {2, 3, -1}},
};
constexpr Field ACTIVATION_FIELDS[] = {
    {.name = "name", .type = FieldType::CHOICE, .to = (int32_t)Activation::COUNT - 1},
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {2, 3, -1}},
};
constexpr Field GATED_FIELDS[] = {
    {.name = "name", .type = FieldType::CHOICE, .to = (int32_t)Activation::COUNT - 1},
    {.name = "gate", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "up", .type = FieldType::INPUT, .floats = true, .sizes = {2, 3, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .quantized = true, .sizes = {2, 3, -1}},
};
constexpr Field GATHER_ROWS_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {0, 2, -1}},
    {.name = "output", .type = FieldType::OUTPUT, .floats = true, .sizes = {1, 2, -1}},
};
constexpr Field SELECT_FIELDS[] = {
    {.name = "input", .type = FieldType::INPUT, .floats = true, .sizes = {1, 2, -1}},
};

struct OpRow {
  const char* name;
  const Field* fields;
  int count;
};

/** By kind. */
constexpr OpRow OPERATIONS[] = {
    {"embed", EMBED_FIELDS, 3},
    {"rmsNorm", RMS_NORM_FIELDS, 5},
    {"layerNorm", LAYER_NORM_FIELDS, 5},
    {"quantize", QUANTIZE_FIELDS, 2},
    {"linear", LINEAR_FIELDS, 5},
    {"rope", ROPE_FIELDS, 5},
    {"attention", ATTENTION_FIELDS, 12},
    {"add", ADD_FIELDS, 3},
    {"mul", MUL_FIELDS, 3},
    {"activation", ACTIVATION_FIELDS, 3},
    {"gated", GATED_FIELDS, 4},
    {"gatherRows", GATHER_ROWS_FIELDS, 2},
    {"select", SELECT_FIELDS, 1},
};
static_assert(sizeof OPERATIONS / sizeof *OPERATIONS == (size_t)OpKind::COUNT);
static_assert(sizeof(EmbedOp) == 3 * sizeof(int32_t));
static_assert(sizeof(RmsNormOp) == 5 * sizeof(int32_t));
static_assert(sizeof(LayerNormOp) == 5 * sizeof(int32_t));
static_assert(sizeof(QuantizeOp) == 2 * sizeof(int32_t));
static_assert(sizeof(LinearOp) == 5 * sizeof(int32_t));
static_assert(sizeof(RopeOp) == 5 * sizeof(int32_t));
static_assert(sizeof(AttentionOp) == 12 * sizeof(int32_t));
static_assert(sizeof(AddOp) == 3 * sizeof(int32_t));
static_assert(sizeof(MulOp) == 3 * sizeof(int32_t));
static_assert(sizeof(ActivationOp) == 3 * sizeof(int32_t));
static_assert(sizeof(GatedOp) == 4 * sizeof(int32_t));
static_assert(sizeof(GatherRowsOp) == 2 * sizeof(int32_t));
static_assert(sizeof(SelectOp) == 1 * sizeof(int32_t));

}  // namespace quire
