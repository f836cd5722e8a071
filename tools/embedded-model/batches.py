"""Generates training batches without end. Dialogues are generated in pools, sorted by length, and grouped into batches.

A pool depends only on the seed, its number and the training progress, so that a resumed training uses the same batches as
an uninterrupted training.
"""

import ctypes
import random
from collections.abc import Iterator

import torch
from torch import Tensor

import dialogue
import tokenizer as tok
from domain.values import Values

POOL_TOKENS = 260_000


def retain_freed_memory() -> None:
    """Makes glibc reuse freed memory. Allocating new pages for every large tensor took a third of the time."""
    trim_threshold, mmap_max = -1, -4
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


def encode_dialogue(vocabulary, generated: dialogue.Dialogue) -> tuple[list[int], list[int]]:
    """Returns the token ids and a target flag for each token: 1 if the model has to generate the token."""
    ids: list[int] = []
    flags: list[int] = []
    if generated.system is not None:
        ids += [tok.SYSTEM, *vocabulary.encode(generated.system, add_special_tokens=False).ids, tok.END]
    flags += [0] * len(ids)
    for turn in generated.turns:
        user = [tok.USER, *vocabulary.encode(turn.user, add_special_tokens=False).ids, tok.END, tok.ASSISTANT]
        answer = [*vocabulary.encode(turn.answer, add_special_tokens=False).ids, tok.END]
        ids += user + answer
        flags += [0] * len(user) + [1] * len(answer)
    return ids, flags


def copy_drill(rng: random.Random, vocabulary, values: Values) -> tuple[list[int], list[int]]:
    """Returns the tokens and target flags of a random string and its repetitions among random tokens, to train copying.

    In dialogues only a sixth of the tokens are copied values, in drills half of them. A drill has no role tokens, so it
    does not change how the model answers. The first token of a repetition is never a target, because it is unpredictable.
    """
    lang = rng.choice(["en", "zh"])
    text: list[int] = []
    for _ in range(rng.randrange(2, 9)):
        text += vocabulary.encode((" " if lang == "en" else "") + values.draw(rng, "city", lang), add_special_tokens=False).ids
    ids, flags = list(text), [0] * len(text)
    for _ in range(rng.choice([1, 2, 3])):
        gap = [rng.randrange(len(tok.SPECIALS), vocabulary.get_vocab_size()) for _ in range(rng.randrange(6))]
        start = rng.randrange(max(1, len(text) - 4))
        part = text[start:start + rng.randrange(3, 40)]
        ids += gap + part
        flags += [0] * (len(gap) + 1) + [1] * (len(part) - 1)
    return ids, flags


def drill_share(progress: float) -> float:
    """Returns the share of drill rows, which falls from a third at the start to 0 after a third of the training."""
    return max(0.0, 0.33 - progress)


def pad_rows(rows: list[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor]:
    """Returns ids and flags as tensors [rows, length], padded on the right to a multiple of 16 so that shapes repeat."""
    longest = -(-max(len(ids) for ids, _ in rows) // 16) * 16
    ids = torch.tensor([row + [tok.PAD] * (longest - len(row)) for row, _ in rows])
    flags = torch.tensor([row + [0] * (longest - len(row)) for _, row in rows], dtype=torch.bool)
    return ids, flags


def generate_pool(vocabulary, values: Values, seed: int, number: int, progress: float, budget: int, context: int) -> list[tuple[Tensor, Tensor]]:
    rng = random.Random(seed * 1_000_003 + number)
    rows, total = [], 0
    while total < POOL_TOKENS:
        if rng.random() < drill_share(progress):
            ids, flags = copy_drill(rng, vocabulary, values)
        else:
            ids, flags = encode_dialogue(vocabulary, dialogue.training_dialogue(rng, values, progress))
        if len(ids) <= context:
            rows.append((ids, flags))
            total += len(ids)
    return group_rows(rng, rows, budget)


def group_rows(rng: random.Random, rows: list[tuple[list[int], list[int]]], budget: int) -> list[tuple[Tensor, Tensor]]:
    """Returns the rows, sorted by length, as batches of at most `budget` tokens, in random order. Rows are sorted in place."""
    rows.sort(key=lambda row: len(row[0]))
    batches, start = [], 0
    for at in range(len(rows) + 1):
        if at == len(rows) or (at - start + 1) * len(rows[at][0]) > budget:
            if at > start:
                batches.append(pad_rows(rows[start:at]))
            start = at
    rng.shuffle(batches)
    return batches


def generate_pools(vocabulary, seed: int, tokens_seen: int, number: int, total_tokens: int, budget: int, context: int) -> Iterator[tuple[int, list]]:
    """Yields pool numbers and their batches. The kinds of dialogues in a pool depend on the share of tokens trained before."""
    values = Values(evaluation=False)
    while True:
        pool = generate_pool(vocabulary, values, seed, number, min(1.0, tokens_seen / total_tokens), budget, context)
        yield number, pool
        tokens_seen += sum(int((ids != tok.PAD).sum()) for ids, _ in pool)
        number += 1
