"""Initializes the weights with approximate induction heads, so that the model learns to copy within minutes.

From random weights the model needs three million tokens before it learns to repeat a stated value, which is most of
its task. Here the first layer starts with three heads that attend one, two and three tokens back and write those
tokens into separate directions of the hidden state. The next layers start with heads whose queries (this token) match
these directions as keys (the token before) and which copy the attended token. All weights are trained afterwards.

For "I live in Zorvath ... live in": layer 0 marks Zorvath as preceded by "in". A head of layer 1 attends to tokens with
this mark, finds Zorvath and copies it to the output.
"""

import torch
from torch import Tensor

from model import Llama

BACK = (1, 2, 3)  # distances at which the three heads of layer 0 attend
FAST = 4  # RoPE pairs that resolve neighbouring positions
SLOW_ANGLE = 0.02  # RoPE pairs slower than this still match content a hundred tokens apart
CONSTANT = 0.3  # one channel constant in all tokens, so that scores can depend on positions alone
SHARP = 0.55


def directions(width: int, count: int) -> Tensor:
    """[count, width], orthonormal"""
    return torch.linalg.qr(torch.randn(width, width))[0][:, :count].T.contiguous()


@torch.no_grad()
def initialize_induction_heads(model: Llama) -> None:
    config = model.config
    size, half = config.head_width, config.head_width // 2
    angles = config.theta ** (-torch.arange(half).float() / half)
    basis = directions(config.width, size * (1 + len(BACK)))
    content, marks = basis[:size], basis[size:]
    model.embed_tokens.weight[:, 0] = CONSTANT
    look_back(model, angles, content, marks)
    slow = torch.tensor([pair for pair in range(half) if angles[pair] < SLOW_ANGLE])
    matching = torch.cat((slow, slow + half))
    for layer in range(1, 4):
        match(model, layer, matching, content, marks[:size])


def look_back(model: Llama, angles: Tensor, content: Tensor, marks: Tensor) -> None:
    """Layer 0: the score of key j for query p is the sum over fast pairs of cos(angle * (p - j - back))."""
    attention, size, half = model.layers[0].self_attn, model.config.head_width, model.config.head_width // 2
    key, query = attention.k_proj.weight, attention.q_proj.weight
    key[:size] *= 0.1
    key[:size, 0] = 0
    key[:FAST, 0] = SHARP
    attention.v_proj.weight[:size] = content * 0.6
    attention.v_proj.weight[:size, 0] = 0
    for head, back in enumerate(BACK):
        first = head * size
        query[first:first + size] *= 0.1
        query[first:first + FAST, 0] = SHARP * torch.cos(angles[:FAST] * back)
        query[first + half:first + half + FAST, 0] = -SHARP * torch.sin(angles[:FAST] * back)
        attention.o_proj.weight[:, first:first + size] = marks[first:first + size].T * 0.05
    attention.o_proj.weight[0] = 0


def match(model: Llama, layer: int, matching: Tensor, content: Tensor, mark: Tensor) -> None:
    """Two heads of each KV group: the query reads this token's content, the key the mark of the previous token."""
    attention, config = model.layers[layer].self_attn, model.config
    size, group, count = config.head_width, config.heads // config.kv_heads, len(matching)
    for kv in range(config.kv_heads):
        part = slice(0, count) if kv == 0 else slice(-count, None)
        attention.k_proj.weight[kv * size + matching] += mark[part]
        passed = directions(config.width, size)
        attention.v_proj.weight[kv * size:(kv + 1) * size] += passed * 0.5
        for head in range(kv * group, kv * group + 2):
            attention.q_proj.weight[head * size + matching] += content[part]
            attention.o_proj.weight[:, head * size:(head + 1) * size] += passed.T * 0.15
