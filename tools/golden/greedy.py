"""Computes logits and greedy tokens with a model of transformers."""

from dataclasses import dataclass

import torch


@dataclass
class Greedy:
    tokens: list[int]
    margins: list[float]  # for each token: its logit minus the second largest logit

    @property
    def min_margin(self) -> float:
        return min(self.margins)


def logits(model, tokens: list[int]) -> torch.Tensor:
    """Returns [positions, vocabulary] in float32, computed in one forward pass without a cache."""
    with torch.no_grad():
        return model(torch.tensor([tokens]), use_cache=False).logits[0].float()


def greedy(model, prompt: list[int], count: int) -> Greedy:
    """Generates `count` tokens. End tokens do not end the generation."""
    tokens: list[int] = []
    margins: list[float] = []
    for _ in range(count):
        values, ids = logits(model, prompt + tokens)[-1].topk(2)
        margins.append(float(values[0] - values[1]))
        tokens.append(int(ids[0]))
    return Greedy(tokens, margins)


def prompts_with_clear_margins(model, prompts, count: int, wanted: int, margin: float, excluded: set[int] = frozenset()):
    """Returns the first `wanted` prompts for which all margins are at least `margin` and no `excluded` token is generated."""
    found = []
    for prompt in prompts:
        result = greedy(model, prompt, count)
        if result.min_margin >= margin and not excluded & set(result.tokens):
            found.append((prompt, result))
        if len(found) == wanted:
            return found
    raise SystemExit(f"only {len(found)} of {wanted} prompts have a margin of {margin}; add prompts or lower the margin")
