"""Initializes the weights with approximate induction heads, so that the model learns to copy within minutes.

With random initial weights the model needs three million tokens before it learns to repeat a stated value, which is most
of its task. Here layer 0 starts with three heads that attend to the tokens one, two and three positions before and write
these tokens to separate directions of the hidden state. The next three layers start with heads that compare the current
token with the previous token of each position and copy the token of the matching position. All weights are trained
afterwards.

For "I live in Zorvath ... live in", layer 0 writes "in" to the hidden state of Zorvath as its previous token. A head of
layer 1 finds Zorvath as the position whose previous token is "in", and copies it to the output.
"""

import torch
from torch import Tensor

from model import Llama

DISTANCES = (1, 2, 3)  # how many positions back the three heads of layer 0 attend
FAST_PAIRS = 4  # number of RoPE pairs whose angles distinguish adjacent positions
SLOW_ANGLE = 0.02  # RoPE pairs with smaller angles can match tokens a hundred positions apart
CONSTANT = 0.3  # value of channel 0 in every embedding, so that scores can depend on positions only
POSITION_WEIGHT = 0.55  # a larger value concentrates the attention of layer 0 on one position


def orthonormal_vectors(width: int, count: int) -> Tensor:
    """Returns `count` orthonormal vectors, [count, width]."""
    return torch.linalg.qr(torch.randn(width, width))[0][:, :count].T.contiguous()


@torch.no_grad()
def initialize_induction_heads(model: Llama) -> None:
    config = model.config
    size, half = config.head_width, config.head_width // 2
    angles = config.theta ** (-torch.arange(half).float() / half)
    basis = orthonormal_vectors(config.width, size * (1 + len(DISTANCES)))
    content, marks = basis[:size], basis[size:]
    model.embed_tokens.weight[:, 0] = CONSTANT
    initialize_previous_token_heads(model, angles, content, marks)
    slow = torch.tensor([pair for pair in range(half) if angles[pair] < SLOW_ANGLE])
    matching = torch.cat((slow, slow + half))
    for layer in range(1, 4):
        initialize_matching_heads(model, layer, matching, content, marks[:size])


def initialize_previous_token_heads(model: Llama, angles: Tensor, content: Tensor, marks: Tensor) -> None:
    """Layer 0: the score of key j for query p is the sum of cos(angle * (p - j - distance)) over the fast pairs."""
    attention, size, half = model.layers[0].self_attn, model.config.head_width, model.config.head_width // 2
    key, query = attention.k_proj.weight, attention.q_proj.weight
    key[:size] *= 0.1
    key[:size, 0] = 0
    key[:FAST_PAIRS, 0] = POSITION_WEIGHT
    attention.v_proj.weight[:size] = content * 0.6
    attention.v_proj.weight[:size, 0] = 0
    for head, distance in enumerate(DISTANCES):
        first = head * size
        query[first:first + size] *= 0.1
        query[first:first + FAST_PAIRS, 0] = POSITION_WEIGHT * torch.cos(angles[:FAST_PAIRS] * distance)
        query[first + half:first + half + FAST_PAIRS, 0] = -POSITION_WEIGHT * torch.sin(angles[:FAST_PAIRS] * distance)
        attention.o_proj.weight[:, first:first + size] = marks[first:first + size].T * 0.05
    attention.o_proj.weight[0] = 0


def initialize_matching_heads(model: Llama, layer: int, matching: Tensor, content: Tensor, mark: Tensor) -> None:
    """Two heads of each KV group: the query reads the content of a token, the key reads the mark of its previous token."""
    attention, config = model.layers[layer].self_attn, model.config
    size, group, count = config.head_width, config.heads // config.kv_heads, len(matching)
    for kv in range(config.kv_heads):
        part = slice(0, count) if kv == 0 else slice(-count, None)
        attention.k_proj.weight[kv * size + matching] += mark[part]
        copied = orthonormal_vectors(config.width, size)
        attention.v_proj.weight[kv * size:(kv + 1) * size] += copied * 0.5
        for head in range(kv * group, kv * group + 2):
            attention.q_proj.weight[head * size + matching] += content[part]
            attention.o_proj.weight[:, head * size:(head + 1) * size] += copied.T * 0.15
