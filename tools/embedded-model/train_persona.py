"""Trains a LoRA adapter of the embedded model on generated dialogues whose answers are rewritten in the style of a persona.

    train_persona.py --persona personas/captain.json --out ../../models/persona

The same options result in the same dialogues and, on the same machine, in the same adapter.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

import batches
import dialogue
import tokenizer as tok
from domain import smalltalk
from domain.noise import add_noise
from domain.state import State
from domain.values import Values
from lora import add_lora, load_base, save_adapter
from model import Llama
from persona import Persona

BASE = Path(__file__).parent / "../../models/embedded/quire-embedded-q8_0.gguf"
BATCH_TOKENS = 4096
WARM_UP_STEPS, LOG_INTERVAL, SAVE_INTERVAL = 20, 10, 50
GREETINGS_SHARE = 0.08  # share of additional short dialogues of greetings and thanks
INTERRUPTED_SHARE = 0.2  # share of other dialogues with a greeting, thanks or the like at a random place


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persona", type=Path, required=True, help="JSON file with the texts of the persona")
    parser.add_argument("--out", type=Path, required=True, help="folder of the adapter")
    parser.add_argument("--rank", type=int, default=7)
    parser.add_argument("--alpha", type=float, default=14)
    parser.add_argument("--steps", type=int, default=400, help=f"steps of at most {BATCH_TOKENS} tokens")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def persona_dialogue(rng: random.Random, values: Values, persona: Persona) -> dialogue.Dialogue:
    if rng.random() < GREETINGS_SHARE:
        return persona.rewrite_dialogue(dialogue.generate_dialogue(rng, values, "small", rng.choice([1, 1, 2])))
    generated = dialogue.training_dialogue(rng, values, 1.0)
    if rng.random() < INTERRUPTED_SHARE:
        turn = smalltalk.talk(rng, State(), generated.lang, values)
        turn.user = add_noise(rng, generated.lang, turn.user)
        generated.turns.insert(rng.randrange(len(generated.turns) + 1), turn)
    return persona.rewrite_dialogue(generated)


def generate_batches(vocabulary, persona: Persona, seed: int, context: int) -> Iterator[tuple[Tensor, Tensor]]:
    rng, values = random.Random(seed), Values(evaluation=False)
    while True:
        rows, total = [], 0
        while total < batches.POOL_TOKENS:
            ids, flags = batches.encode_dialogue(vocabulary, persona_dialogue(rng, values, persona))
            if len(ids) <= context:
                rows.append((ids, flags))
                total += len(ids)
        yield from batches.group_rows(rng, rows, BATCH_TOKENS)


def rate_factor(step: int, steps: int) -> float:
    """Returns the factor of the learning rate: warm-up, then linear decay to 0."""
    return min(1.0, (step + 1) / WARM_UP_STEPS) * (1 - step / steps)


def loss_of(model: Llama, ids: Tensor, flags: Tensor) -> Tensor:
    """Returns the mean loss of the answer tokens. The output head is computed for these only."""
    is_target = flags[:, 1:]
    return F.cross_entropy(model.head(model(ids)[:, :-1][is_target]), ids[:, 1:][is_target])


def main() -> None:
    args = parse_options()
    batches.retain_freed_memory()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = load_base(BASE)
    parameters = add_lora(model, args.rank, args.alpha)
    optimizer = torch.optim.AdamW(parameters, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0)
    source = generate_batches(tok.load(), Persona(args.persona), args.seed, model.config.context)
    print(f"{sum(p.numel() for p in parameters):,} parameters", flush=True)
    started, tokens, recent_losses = time.time(), 0, []
    for step in range(args.steps):
        ids, flags = next(source)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * rate_factor(step, args.steps)
        optimizer.zero_grad()
        loss = loss_of(model, ids, flags)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        tokens += int((ids != tok.PAD).sum())
        recent_losses.append(loss.item())
        if (step + 1) % LOG_INTERVAL == 0:
            print(f"step {step + 1} of {args.steps}, {tokens / 1e6:.2f}M tokens, loss {sum(recent_losses) / len(recent_losses):.4f}, "
                  f"{(time.time() - started) / 60:.1f} minutes", flush=True)
            recent_losses = []
        if (step + 1) % SAVE_INTERVAL == 0 or step + 1 == args.steps:
            save_adapter(model, args.out, args.rank, args.alpha, BASE.name)


if __name__ == "__main__":
    main()
