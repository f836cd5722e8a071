"""Writes a tiny model as GGUF with the `gguf` package, in the same way as the converter of llama.cpp.

Tensors have their GGUF names. The Q and K rows of llama, mistral (stored as llama), smollm3 and granite are permuted to the
interleaved RoPE layout, including layers without rotary embedding. The Conv1D weights of GPT-2 are transposed. 1 is added
to the weights of Gemma's norms. Vectors and position embeddings are stored in F32.
"""

import copy
import json
import math
from pathlib import Path

import gguf
import numpy as np
import torch

TYPES = {
    "F32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
    "F16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "BF16": (gguf.GGMLQuantizationType.BF16, gguf.LlamaFileType.MOSTLY_BF16),
    "Q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "Q4_0": (gguf.GGMLQuantizationType.Q4_0, gguf.LlamaFileType.MOSTLY_Q4_0),
    "Q4_1": (gguf.GGMLQuantizationType.Q4_1, gguf.LlamaFileType.MOSTLY_Q4_1),
    "Q5_0": (gguf.GGMLQuantizationType.Q5_0, gguf.LlamaFileType.MOSTLY_Q5_0),
    "Q5_1": (gguf.GGMLQuantizationType.Q5_1, gguf.LlamaFileType.MOSTLY_Q5_1),
}
ARCHITECTURES = {
    "llama": gguf.MODEL_ARCH.LLAMA,
    "mistral": gguf.MODEL_ARCH.LLAMA,
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
    "smollm3": gguf.MODEL_ARCH.SMOLLM3,
    "granite": gguf.MODEL_ARCH.GRANITE,
    "olmo2": gguf.MODEL_ARCH.OLMO2,
    "gemma2": gguf.MODEL_ARCH.GEMMA2,
    "gemma3_text": gguf.MODEL_ARCH.GEMMA3,
    "phi3": gguf.MODEL_ARCH.PHI3,
    "gpt2": gguf.MODEL_ARCH.GPT2,
}
PERMUTED = ("llama", "mistral", "smollm3", "granite")
GEMMA = ("gemma2", "gemma3_text")
CONV1D = (".c_attn.weight", ".c_proj.weight", ".c_fc.weight")


def write(model, tokenizer, path: Path, type_name: str):
    """Writes `path` and returns a copy of `model` in float32, with weights rounded to the stored type."""
    family = model.config.model_type
    names = gguf.get_tensor_name_map(ARCHITECTURES[family], model.config.num_hidden_layers)
    quantization, file_type = TYPES[type_name]
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[ARCHITECTURES[family]])
    writer.add_name(path.stem.replace("phi3", "phi"))  # by the name, llama.cpp would require the special tokens of Phi 3
    writer.add_file_type(file_type)
    _add_config(writer, model.config)
    _add_tokenizer(writer, tokenizer, family)
    stored = copy.deepcopy(model)
    parameters = dict(stored.named_parameters())
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        gguf_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if gguf_name is None:
            raise SystemExit(f"gguf has no name for {name}")
        array = _to_gguf(name, tensor.numpy(), model.config)
        is_f32 = array.ndim == 1 or "position_embd" in gguf_name
        kind = gguf.GGMLQuantizationType.F32 if is_f32 else quantization
        data = gguf.quants.quantize(np.ascontiguousarray(array), kind)
        writer.add_tensor(gguf_name, data, raw_dtype=kind)
        read_back = gguf.quants.dequantize(data, kind).reshape(array.shape)
        with torch.no_grad():
            parameters[name].copy_(torch.from_numpy(_from_gguf(name, read_back, model.config)))
    rope = _rope_of(model.config)
    if rope.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", _llama3_factors(rope, model.config.head_dim))
    if rope.get("rope_type") == "longrope":
        for kind in ("long", "short"):
            writer.add_tensor(f"rope_factors_{kind}.weight", np.array(rope[f"{kind}_factor"], dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return stored


def _rope_of(config) -> dict:
    """Returns the rotary settings of the layers without a window."""
    rope = getattr(config, "rope_parameters", None) or {}
    return rope.get("full_attention", rope)


def _to_gguf(name: str, array: np.ndarray, config) -> np.ndarray:
    if config.model_type in GEMMA:
        return array + 1 if name.endswith("norm.weight") else array
    if config.model_type == "gpt2":
        return array.T if name.endswith(CONV1D) else array
    heads = _rotary_heads(name, config)
    if heads is None:
        return array
    return array.reshape(heads, 2, -1, *array.shape[1:]).swapaxes(1, 2).reshape(array.shape)


def _from_gguf(name: str, array: np.ndarray, config) -> np.ndarray:
    if config.model_type in GEMMA:
        return array - 1 if name.endswith("norm.weight") else array
    if config.model_type == "gpt2":
        return np.ascontiguousarray(array.T) if name.endswith(CONV1D) else array
    heads = _rotary_heads(name, config)
    if heads is None:
        return array
    return array.reshape(heads, -1, 2, *array.shape[1:]).swapaxes(1, 2).reshape(array.shape)


def _rotary_heads(name: str, config) -> int | None:
    if config.model_type not in PERMUTED:
        return None
    if name.endswith(("q_proj.weight", "q_proj.bias")):
        return config.num_attention_heads
    return config.num_key_value_heads if name.endswith(("k_proj.weight", "k_proj.bias")) else None


def _add_config(writer: gguf.GGUFWriter, config) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    if config.model_type == "gpt2":
        writer.add_feed_forward_length(4 * config.hidden_size)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    rope = _rope_of(config)
    writer.add_rope_dimension_count(int(config.head_dim * rope.get("partial_rotary_factor", 1)))
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    if config.model_type in ("mistral", *GEMMA) and config.sliding_window:
        writer.add_sliding_window(config.sliding_window)
    if config.model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if config.model_type == "granite":
        writer.add_attention_scale(config.attention_multiplier)
        writer.add_embedding_scale(config.embedding_multiplier)
        writer.add_residual_scale(config.residual_multiplier)
        writer.add_logit_scale(config.logits_scaling)
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] in ("yarn", "longrope"):
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if rope["rope_type"] == "longrope":
        original = rope["original_max_position_embeddings"]
        scale = config.max_position_embeddings / original
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(scale) / math.log(original)) if scale > 1 else 1.0)


def _llama3_factors(rope: dict, dim: int) -> np.ndarray:
    """Returns the divisor of each rotary frequency, which llama.cpp stores in the tensor rope_freqs."""
    factor, low, high = rope["factor"], rope["low_freq_factor"], rope["high_freq_factor"]
    context = rope["original_max_position_embeddings"]
    factors = []
    for pair in range(dim // 2):
        rotations = context * rope["rope_theta"] ** (-2 * pair / dim) / (2 * np.pi)
        smooth = np.clip((rotations - low) / (high - low), 0, 1)
        factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors, dtype=np.float32)


def _add_tokenizer(writer: gguf.GGUFWriter, tokenizer, family: str) -> None:
    definition = json.loads(tokenizer.backend_tokenizer.to_str())
    ids = tokenizer.get_vocab()
    special = {entry["content"] for entry in definition["added_tokens"] if entry["special"]}
    tokens = sorted(ids, key=ids.__getitem__)
    merges = definition["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2" if family == "gpt2" else "qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens]
    )
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_bos_token(family != "gpt2")
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)
