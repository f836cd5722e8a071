"""The Llama architecture in PyTorch, without code that is slow on a CPU.

Weight names and the RoPE layout (half-split) are those of LlamaForCausalLM of Hugging Face, so that checkpoints can be
compared; `export.py` permutes Q and K for GGUF. The output head and the embedding share their weights.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    vocab: int
    width: int = 256
    layers: int = 5
    heads: int = 8
    kv_heads: int = 2
    ffn: int = 448
    context: int = 1024
    theta: float = 10_000.0
    epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        return self.width // self.heads


@dataclass
class Cache:
    """Keys and values of one layer, [rows, kvHeads, context, headWidth]; rows may have different lengths."""

    keys: Tensor
    values: Tensor


def rope_table(config: Config) -> tuple[Tensor, Tensor]:
    """Returns the cosine and sine tables, [context, headWidth]."""
    frequency = config.theta ** (-torch.arange(0, config.head_width, 2).float() / config.head_width)
    angle = torch.outer(torch.arange(config.context).float(), frequency)
    angle = torch.cat((angle, angle), dim=-1)
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class Norm(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.width))
        self.epsilon = config.epsilon

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight, self.epsilon)


class Attention(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.heads, self.kv_heads, self.head_width = config.heads, config.kv_heads, config.head_width
        kv = config.kv_heads * config.head_width
        self.q_proj = nn.Linear(config.width, config.width, bias=False)
        self.k_proj = nn.Linear(config.width, kv, bias=False)
        self.v_proj = nn.Linear(config.width, kv, bias=False)
        self.o_proj = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: Cache | None, positions: Tensor | None) -> Tensor:
        rows, length, width = x.shape
        q = self.q_proj(x).view(rows, length, self.heads, self.head_width).transpose(1, 2)
        k = self.k_proj(x).view(rows, length, self.kv_heads, self.head_width).transpose(1, 2)
        v = self.v_proj(x).view(rows, length, self.kv_heads, self.head_width).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        group = self.heads // self.kv_heads
        if cache is None:
            k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            out = self.with_cache(q, k, v, cache, positions, group)
        return self.o_proj(out.transpose(1, 2).reshape(rows, length, width))

    def with_cache(self, q: Tensor, k: Tensor, v: Tensor, cache: Cache, positions: Tensor, group: int) -> Tensor:
        """Concatenates the query heads of a KV group along the sequence, so that cached keys and values are not repeated."""
        rows, _, length, size = q.shape
        index = positions[:, None, :, None].expand(-1, self.kv_heads, -1, size)
        cache.keys.scatter_(2, index, k)
        cache.values.scatter_(2, index, v)
        cached_length = int(positions.max()) + 1
        mask = (torch.arange(cached_length) <= positions[:, :, None])[:, None].repeat(1, 1, group, 1)
        grouped = q.reshape(rows, self.kv_heads, group * length, size)
        out = F.scaled_dot_product_attention(grouped, cache.keys[:, :, :cached_length], cache.values[:, :, :cached_length], attn_mask=mask)
        return out.view(rows, self.heads, length, size)


class Mlp(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.gate_proj = nn.Linear(config.width, config.ffn, bias=False)
        self.up_proj = nn.Linear(config.width, config.ffn, bias=False)
        self.down_proj = nn.Linear(config.ffn, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.input_layernorm, self.post_attention_layernorm = Norm(config), Norm(config)
        self.self_attn, self.mlp = Attention(config), Mlp(config)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: Cache | None, positions: Tensor | None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, cache, positions)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab, config.width)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = Norm(config)
        cos, sin = rope_table(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                writes_to_residual = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, std=0.02 if not writes_to_residual else 0.02 / (2 * config.layers) ** 0.5)

    def forward(self, ids: Tensor, caches: list[Cache] | None = None, positions: Tensor | None = None) -> Tensor:
        """Returns the hidden states, [rows, length, width]."""
        if positions is None:
            cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        else:
            cos, sin = self.cos[positions][:, None], self.sin[positions][:, None]
        x = self.embed_tokens(ids)
        for number, block in enumerate(self.layers):
            x = block(x, cos, sin, caches[number] if caches else None, positions)
        return self.norm(x)

    def head(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embed_tokens.weight)

    def new_caches(self, rows: int) -> list[Cache]:
        config = self.config
        shape = (rows, config.kv_heads, config.context, config.head_width)
        return [Cache(torch.zeros(shape), torch.zeros(shape)) for _ in range(config.layers)]
