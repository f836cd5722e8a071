"""Writes a checkpoint as GGUF (Q8_0) and optionally as a Hugging Face folder for comparison.

    export.py CHECKPOINT MODEL.gguf [--hf FOLDER]

The rows of Q and K are permuted from the half-split to the interleaved RoPE layout, which the GGUF architecture `llama`
requires. The file is written under a temporary name in the same folder and then renamed.
"""

import argparse
import json
import os
from pathlib import Path

import gguf
import numpy as np
import torch

import tokenizer as tok
from model import Config

NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}


def gguf_name(name: str) -> str:
    if name == "embed_tokens.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, layer, rest = name.split(".", 2)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def interleave(weight: np.ndarray, heads: int) -> np.ndarray:
    """Reorders the rows of each head so that rows of the first half and of the second half alternate."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def write_metadata(writer: gguf.GGUFWriter, config: Config) -> None:
    writer.add_name("Quire Embedded")
    writer.add_description("Small English and Chinese chat model for a fixed domain, trained from scratch on synthetic dialogues")
    writer.add_license("mit")
    writer.add_languages(["en", "zh"])
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.ffn)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_layer_norm_rms_eps(config.epsilon)
    writer.add_rope_freq_base(config.theta)
    writer.add_rope_dimension_count(config.head_width)
    writer.add_vocab_size(config.vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_float32("general.sampling.temp", 0.0)  # greedy by default, because answers are facts; requests can override this


def write_tokenizer(writer: gguf.GGUFWriter) -> None:
    model = json.loads(tok.PATH.read_text())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].get)
    types = [gguf.TokenType.CONTROL if piece in tok.SPECIALS else gguf.TokenType.NORMAL for piece in pieces]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(pieces)
    writer.add_token_types(types)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_eos_token_id(tok.END)
    writer.add_pad_token_id(tok.PAD)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(tok.TEMPLATE)


def write_gguf(saved: dict, path: Path) -> None:
    config = Config(**saved["config"])
    temporary = path.with_suffix(".part")
    writer = gguf.GGUFWriter(temporary, "llama")
    write_metadata(writer, config)
    write_tokenizer(writer)
    for name, tensor in saved["model"].items():
        weight = tensor.numpy().astype(np.float32)
        if "q_proj" in name or "k_proj" in name:
            weight = interleave(weight, config.heads if "q_proj" in name else config.kv_heads)
        if weight.ndim == 1:
            writer.add_tensor(gguf_name(name), weight)
        else:
            packed = gguf.quants.quantize(weight, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(gguf_name(name), packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(temporary, path)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def write_folder(saved: dict, folder: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    config = Config(**saved["config"])
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=config.vocab, hidden_size=config.width, intermediate_size=config.ffn, num_hidden_layers=config.layers,
        num_attention_heads=config.heads, num_key_value_heads=config.kv_heads, max_position_embeddings=config.context,
        rms_norm_eps=config.epsilon, rope_parameters={"rope_type": "default", "rope_theta": config.theta}, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=tok.END, pad_token_id=tok.PAD))
    state = {f"model.{name}": tensor for name, tensor in saved["model"].items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and missing in ([], ["lm_head.weight"]), (missing, unexpected)
    model.tie_weights()
    model.save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(tok.PATH), eos_token="<|end|>", pad_token="<|pad|>",
                                   clean_up_tokenization_spaces=False)
    tokenizer.chat_template = tok.TEMPLATE
    tokenizer.save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("--hf", type=Path)
    args = parser.parse_args()
    saved = torch.load(args.checkpoint)
    args.gguf.parent.mkdir(parents=True, exist_ok=True)
    write_gguf(saved, args.gguf)
    if args.hf:
        write_folder(saved, args.hf)


if __name__ == "__main__":
    main()
