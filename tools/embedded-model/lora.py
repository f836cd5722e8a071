"""LoRA matrices on all linear layers of the embedded model: base weights from its GGUF, and the format of PEFT.

A layer `W x` becomes `W x + alpha / rank * B (A x)` (Hu et al. 2021). Only A and B are trained. B is zero at the start, so
that the training starts from the answers of the base model.
"""

import json
import os
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn

from export import gguf_name
from model import Config, Llama


class LoraLinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base, self.scale = base, alpha / rank
        self.lora_A = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + F.linear(F.linear(x, self.lora_A), self.lora_B * self.scale)


def split_halves(weight: np.ndarray, heads: int) -> np.ndarray:
    """Reorders the rows of each head from the interleaved to the half-split RoPE layout: the inverse of `export.interleave`."""
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def load_base(path: Path) -> Llama:
    """Returns the model of a GGUF of `export.py`, with dequantized weights."""
    tensors = {tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in gguf.GGUFReader(path).tensors}
    model = Llama(Config(vocab=tensors["token_embd.weight"].shape[0]))
    for name, parameter in model.named_parameters():
        weight = tensors[gguf_name(name)]
        if "q_proj" in name or "k_proj" in name:
            weight = split_halves(weight, model.config.heads if "q_proj" in name else model.config.kv_heads)
        parameter.data = torch.tensor(weight, dtype=torch.float32)
    return model


def add_lora(model: Llama, rank: int, alpha: float) -> list[nn.Parameter]:
    """Freezes the model, adds matrices to all linear layers of its blocks and returns them."""
    model.requires_grad_(False)
    parts = [part for block in model.layers for part in (block.self_attn, block.mlp)]
    for part in parts:
        for name, layer in list(part.named_children()):
            setattr(part, name, LoraLinear(layer, rank, alpha))
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def save_adapter(model: Llama, folder: Path, rank: int, alpha: float, base_name: str) -> None:
    """Writes the files that PEFT writes, with matrices of F16."""
    folder.mkdir(parents=True, exist_ok=True)
    matrices = {f"base_model.model.model.{name}.weight": parameter.detach().half().contiguous()
                for name, parameter in model.named_parameters() if "lora_" in name}
    targets = sorted({name.split(".")[-3] for name in matrices})
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base_name, "inference_mode": True,
              "r": rank, "lora_alpha": alpha, "lora_dropout": 0.0, "bias": "none", "fan_in_fan_out": False, "target_modules": targets}
    temporary = folder / "adapter_model.part"
    save_file(matrices, temporary, metadata={"format": "pt"})
    os.replace(temporary, folder / "adapter_model.safetensors")
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in config.items()]  # one line per key
    (folder / "adapter_config.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
