"""Writes tests/golden/fixtures/configs.json: how transformers interprets a config.json in which fields are missing, null,
under alternative names or given twice.

    python tools/golden/configs.py
"""

import json
import tempfile
from pathlib import Path

from transformers import AutoConfig

FIXTURE = Path(__file__).parents[2] / "tests/golden/fixtures/configs.json"
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LAYERS = (["full_attention"] * 5 + ["sliding_attention"]) * 5 + ["full_attention"] * 2

FACTORS = {"short_factor": [1.0] * 48, "long_factor": [2.0] * 48}
GEMMA3_ROPES = {
    "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 9e5},
    "sliding_attention": {"rope_type": "default", "rope_theta": 8e3},
}

CONFIGS = {  # by model type: the other fields of config.json
    "llama": [
        {},
        {"num_key_value_heads": None, "head_dim": None},
        {"num_attention_heads": 8, "num_key_value_heads": 2},
        {"sliding_window": 8, "layer_types": LAYERS},
        {"rope_theta": 5e5},
        {"rope_scaling": {"type": "linear", "factor": 4.0}, "rope_theta": 700.0},
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 700.0}},
        {"rope_scaling": LLAMA3},
        {"rope_scaling": LLAMA3, "original_max_position_embeddings": 100},
        {"rope_scaling": {**LLAMA3, "original_max_position_embeddings": 90}},
        {"rope_scaling": YARN},
        {"rope_scaling": {**YARN, "factor": None}},
        {"rope_scaling": YARN, "original_max_position_embeddings": 64},
        {"rope_scaling": {"type": "yarn", "factor": 2.0, "beta_fast": 0}},
        {"rope_scaling": {}, "rope_parameters": {"rope_type": "linear", "factor": 3.0}},
        {"rope_scaling": {"type": "linear", "factor": 3.0}, "rope_parameters": {"rope_type": "default"}},
        {"rope_scaling": {"type": "linear", "rope_type": "dynamic", "factor": 3.0}},
        {"rope_scaling": None, "rope_parameters": {"rope_theta": 9.0}, "rope_theta": 8.0},
    ],
    "mistral": [
        {},
        {"sliding_window": None},
        {"sliding_window": 16},
        {"layer_types": LAYERS},
        {"layer_types": None, "sliding_window": 16},
    ],
    "ministral": [
        {},
        {"sliding_window": None},
        {"head_dim": 64, "rope_theta": 1e8, "tie_word_embeddings": True},
        {"sliding_window": 16, "layer_types": LAYERS},
    ],
    "qwen2": [
        {},
        {"num_key_value_heads": None},
        {"sliding_window": 16},
        {"use_sliding_window": True},
        {"use_sliding_window": True, "max_window_layers": 30, "sliding_window": 77},
        {"use_sliding_window": True, "max_window_layers": 0},
        {"use_sliding_window": True, "sliding_window": None},
        {"use_sliding_window": True, "layer_types": LAYERS},
    ],
    "qwen3": [
        {},
        {"hidden_size": 1024},
        {"head_dim": 64},
        {"use_sliding_window": True},
    ],
    "smollm3": [
        {},
        {"num_key_value_heads": None, "tie_word_embeddings": False},
        {"num_hidden_layers": 8, "rope_theta": 5e6, "pretraining_tp": 2, "sliding_window": None},
        {"num_hidden_layers": 8, "no_rope_layer_interval": 3},
        {"num_hidden_layers": 3, "no_rope_layers": [1, 0, 0, 1], "no_rope_layer_interval": 3},
        {"num_hidden_layers": 4, "no_rope_layers": None, "no_rope_layer_interval": 1},
        {"num_hidden_layers": 8, "sliding_window": 16},
        {"num_hidden_layers": 8, "use_sliding_window": True},
        {"num_hidden_layers": 8, "use_sliding_window": True, "sliding_window": 16},
        {"num_hidden_layers": 32, "use_sliding_window": True, "sliding_window": 16, "layer_types": LAYERS},
    ],
    "phi3": [
        {},
        {"num_key_value_heads": 8, "sliding_window": 2047, "partial_rotary_factor": 0.75},
        {"max_position_embeddings": 131072, "rope_scaling": {"type": "longrope", **FACTORS}, "rope_theta": 9e3},
        {"max_position_embeddings": 8192, "rope_scaling": {"rope_type": "yarn", "factor": 16.0, **FACTORS},
         "original_max_position_embeddings": 2048},
        {"rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 64, "attention_factor": 1.5,
                             "partial_rotary_factor": 0.5, "short_factor": [1.0] * 24, "long_factor": [2.0] * 24}},
    ],
    "gemma2": [
        {},
        {"sliding_window": 512, "sliding_window_pattern": 3, "query_pre_attn_scalar": 144, "rope_theta": 5e5},
        {"attn_logit_softcapping": None, "final_logit_softcapping": 20.0},
        {"num_hidden_layers": 32, "layer_types": LAYERS, "head_dim": 128},
    ],
    "gemma3_text": [
        {},
        {"sliding_window": 512, "sliding_window_pattern": 3, "query_pre_attn_scalar": 168},
        {"num_hidden_layers": 32, "layer_types": LAYERS, "sliding_window_pattern": 3, "tie_word_embeddings": False},
        {"rope_theta": 5e5, "rope_local_base_freq": 700.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
        {"rope_scaling": None, "rope_parameters": GEMMA3_ROPES, "rope_theta": 1.0, "rope_local_base_freq": 2.0},
        {"rope_scaling": {"rope_type": "linear", "factor": 2.0}, "rope_parameters": GEMMA3_ROPES},
        {"rope_parameters": {"full_attention": {"rope_theta": 5e5}, "sliding_attention": None}},
    ],
    "gemma3": [
        {},
        {"text_config": {"hidden_size": 2560, "num_hidden_layers": 34, "sliding_window": 1024}},
        {"text_config": {"tie_word_embeddings": False, "model_type": "gemma3_text"}},
        {"tie_word_embeddings": False, "text_config": {"tie_word_embeddings": True}},
    ],
    "gpt2": [
        {},
        {"hidden_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "max_position_embeddings": 50},
        {"n_embd": 64, "n_head": 4, "hidden_size": 96},
        {"n_embd": 64, "n_head": 4, "n_inner": 100},
    ],
}


def read_config(family, given):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps({"model_type": family, **given}))
        config = AutoConfig.from_pretrained(folder)
    tied = config.tie_word_embeddings
    config = getattr(config, "text_config", config)
    fields = {
        "vocabSize": config.vocab_size,
        "hiddenSize": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "contextLength": config.max_position_embeddings,
        "tiedEmbeddings": tied,
    }
    if family == "gpt2":
        return {**fields, "ffnSize": config.n_inner or 4 * config.n_embd, "normEpsilon": config.layer_norm_epsilon}
    if family == "smollm3":
        fields["ropeLayers"] = [rotates == 1 for rotates in config.no_rope_layers[: config.num_hidden_layers]]
    if config.model_type in ("gemma2", "gemma3_text"):
        fields["attentionScale"] = config.query_pre_attn_scalar**-0.5
    if config.model_type == "gemma2":
        limits = {"attention": config.attn_logit_softcapping, "logits": config.final_logit_softcapping}
        fields["softCaps"] = {name: limit for name, limit in limits.items() if limit is not None}
    if config.model_type == "gemma3_text":
        fields["windowRope"] = {"theta": config.rope_parameters["sliding_attention"]["rope_theta"]}
    config.standardize_rope_params()  # as the model does before it computes rotary angles
    return {
        **fields,
        "ffnSize": config.intermediate_size,
        "kvHeads": config.num_key_value_heads,
        "headDim": getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        "normEpsilon": config.rms_norm_eps,
        "rope": config.rope_parameters.get("full_attention", config.rope_parameters),
        "window": sliding_window(config, family),
    }


def sliding_window(config, family):
    if family == "llama" or config.sliding_window is None:
        return None
    if family == "smollm3" and not config.use_sliding_window:
        return None
    layer_types = getattr(config, "layer_types", None) or ["sliding_attention"] * config.num_hidden_layers
    sliding = [layer for layer, kind in enumerate(layer_types) if kind == "sliding_attention"]
    return {"size": config.sliding_window, "layers": sliding}


def main():
    rows = [
        json.dumps({"family": family, "given": given, "means": read_config(family, given)})
        for family, configs in CONFIGS.items()
        for given in configs
    ]
    FIXTURE.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    main()
