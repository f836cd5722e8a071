"""A second process that computes the gradients of half of each batch.

Two single-threaded processes synchronize twice per step. Two threads of one process would synchronize at every operation,
which is slow when the machine runs other work. Weights and gradients are in shared memory. Both processes generate the
same batches from the same seed, so they exchange no data besides weights and gradients.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.multiprocessing as multiprocessing
from torch import Tensor

import batches
import tokenizer as tok
from model import Config, Llama


@dataclass
class SharedState:
    """The state shared by both processes."""

    config: Config
    weights: dict[str, Tensor]
    gradients: list[Tensor]
    barrier: object
    running: object


def loss_of_half(model: Llama, ids: Tensor, flags: Tensor, part: int) -> Tensor | None:
    """Returns the contribution of every second row to the mean loss of the batch; None if these rows have no targets."""
    targets = flags[:, 1:].sum()
    ids, flags = ids[part::2], flags[part::2]
    if not flags[:, 1:].any():
        return None
    hidden = model(ids[:, :-1])[flags[:, 1:]]
    total = torch.nn.functional.cross_entropy(model.head(hidden), ids[:, 1:][flags[:, 1:]], reduction="sum")
    return total / targets


class Partner:
    """Computes the gradients of the odd rows in a second process."""

    def __init__(self, model: Llama, source: tuple, skip: int):
        model.share_memory()
        context = multiprocessing.get_context("spawn")
        gradients = [torch.zeros_like(p).share_memory_() for p in model.parameters()]
        self.share = SharedState(model.config, dict(model.named_parameters()), gradients, context.Barrier(2), context.Value("b", 1))
        self.model = model
        self.process = context.Process(target=_compute_odd_rows, args=(self.share, source, skip), daemon=True)
        self.process.start()

    def gradients(self, ids: Tensor, flags: Tensor) -> float:
        """Stores the gradients of the whole batch in the model and returns the mean loss of the even rows."""
        self.share.barrier.wait()
        self.model.zero_grad(set_to_none=True)
        loss = loss_of_half(self.model, ids, flags, 0)
        loss.backward()
        self.share.barrier.wait()
        for weight, other in zip(self.model.parameters(), self.share.gradients):
            weight.grad.add_(other)
        return loss.item() * float(flags[:, 1:].sum()) / max(1.0, float(flags[::2, 1:].sum()))

    def stop(self) -> None:
        self.share.running.value = 0
        self.share.barrier.wait()
        self.process.join()


def _compute_odd_rows(share: SharedState, source: tuple, skip: int) -> None:
    torch.set_num_threads(1)
    batches.retain_freed_memory()
    model = Llama(share.config)
    for name, weight in model.named_parameters():
        weight.data = share.weights[name].data
    for ids, flags in _generate_batches(source, skip):
        share.barrier.wait()
        if not share.running.value:
            return
        model.zero_grad(set_to_none=True)
        loss = loss_of_half(model, ids, flags, 1)
        if loss is not None:
            loss.backward()
        for weight, shared in zip(model.parameters(), share.gradients):
            shared.zero_() if weight.grad is None else shared.copy_(weight.grad)
        share.barrier.wait()


def _generate_batches(source: tuple, skip: int) -> Iterator[tuple[Tensor, Tensor]]:
    for _, pool in batches.generate_pools(tok.load(), *source):
        yield from pool[skip:]
        skip = 0
