"""Runs a transformers model: logits of every position, and greedy tokens with the margin of each choice."""

from dataclasses import dataclass

import torch


@dataclass
class Greedy:
    tokens: list[int]
    margins: list[float]  # logit of the chosen token minus that of the second best

    @property
    def margin(self) -> float:
        return min(self.margins)


def logits(model, tokens: list[int]) -> torch.Tensor:
    """Returns [positions, vocabulary] in float32, computed in one forward pass without a cache."""
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0].float()


def greedy(model, prompt: list[int], count: int) -> Greedy:
    """Generates `count` tokens; an end token does not stop the generation."""
    tokens: list[int] = []
    margins: list[float] = []
    for _ in range(count):
        values, ids = logits(model, prompt + tokens)[-1].topk(2)
        margins.append(float(values[0] - values[1]))
        tokens.append(int(ids[0]))
    return Greedy(tokens, margins)


def clear_greedy(model, prompts, count: int, wanted: int, margin: float, ends: set[int] = frozenset()):
    """Returns the first `wanted` prompts whose every choice has at least `margin` and which generate none of `ends`."""
    found = []
    for prompt in prompts:
        result = greedy(model, prompt, count)
        if result.margin >= margin and not ends & set(result.tokens):
            found.append((prompt, result))
        if len(found) == wanted:
            return found
    raise SystemExit(f"only {len(found)} of {wanted} prompts have a margin of {margin}; add prompts or lower the margin")
