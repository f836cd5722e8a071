"""What transformers computes: logits of every position, and greedy tokens with the margin of each choice."""

from dataclasses import dataclass

import torch


@dataclass
class Greedy:
    tokens: list[int]
    margins: list[float]  # how far each chosen token leads the next best

    @property
    def margin(self) -> float:
        return min(self.margins)


def logits(model, tokens: list[int]) -> torch.Tensor:
    """[positions, vocabulary], float32, computed in one pass without a cache."""
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0].float()


def greedy(model, prompt: list[int], count: int) -> Greedy:
    """`count` tokens; an end token does not end them."""
    tokens: list[int] = []
    margins: list[float] = []
    for _ in range(count):
        values, ids = logits(model, prompt + tokens)[-1].topk(2)
        margins.append(float(values[0] - values[1]))
        tokens.append(int(ids[0]))
    return Greedy(tokens, margins)


def clear_greedy(model, prompts, count: int, wanted: int, margin: float, ends: set[int] = frozenset()):
    """The first `wanted` of `prompts` whose every choice leads by `margin` and none of whose tokens ends."""
    found = []
    for prompt in prompts:
        result = greedy(model, prompt, count)
        if result.margin >= margin and not ends & set(result.tokens):
            found.append((prompt, result))
        if len(found) == wanted:
            return found
    raise SystemExit(f"only {len(found)} of {wanted} prompts have a margin of {margin}; offer more prompts")
