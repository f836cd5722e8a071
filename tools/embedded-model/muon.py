"""The Muon optimizer for the hidden matrices (Jordan et al., 2024).

The update is the momentum with all singular values moved close to 1. With Muon this model needs about half as many
training tokens as with AdamW. Embeddings and norms use AdamW. Matrices of the same shape are stacked, so that a step
computes a few batched products.
"""

import torch
from torch import Tensor


def orthogonalize(stack: Tensor, steps: int = 5) -> Tensor:
    """Approximates the nearest orthogonal matrices by Newton-Schulz iteration. stack: [count, rows, columns]"""
    a, b, c = 3.4445, -4.7750, 2.0315
    is_tall = stack.shape[1] > stack.shape[2]
    x = stack.transpose(1, 2) if is_tall else stack
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if is_tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr: float, momentum: float = 0.95, decay: float = 0.05):
        super().__init__(list(parameters), dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for weight in group["params"]:
                shapes.setdefault(weight.shape, []).append(weight)
            for shape, weights in shapes.items():
                updates = orthogonalize(torch.stack([self.update_momentum(weight, group["momentum"]) for weight in weights]))
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for weight, update in zip(weights, updates):
                    weight.mul_(1 - group["lr"] * group["decay"]).add_(update, alpha=-scale)

    def update_momentum(self, weight: Tensor, momentum: float) -> Tensor:
        state = self.state[weight]
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(weight)
        state["buffer"].lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(state["buffer"], momentum)
