"""Trains the embedded model on newly generated dialogues; resumes from the last checkpoint if there is one.

Loss and output head are computed for assistant tokens only. Batches use float32: many CPUs have no fast bfloat16.

    train.py --run runs/main [--tokens 21e6] [--minutes 72] [--seed 1] [--start other/checkpoint.pt]
"""

import argparse
import json
import os
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import batches
import dialogue
import tokenizer as tok
from domain.values import Values
from model import Config, Llama
from muon import Muon
from partner import Partner
from start import initialize_induction_heads

LOG_EVERY, SAVE_EVERY = 25, 250
WARM_UP, FLOOR = 60, 0.02


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--tokens", type=float, default=21e6, help="number of training tokens")
    parser.add_argument("--minutes", type=float, default=72, help="time limit; the schedule ends with the tokens or the minutes, whichever comes first")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--muon-rate", type=float, default=0.01)
    parser.add_argument("--adam-rate", type=float, default=2e-3)
    parser.add_argument("--optimizer", choices=["muon", "adamw"], default="muon")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="checkpoint with the initial weights and optimizer state")
    parser.add_argument("--plain-start", action="store_true", help="random weights without the induction heads of start.py")
    return parser.parse_args()


def optimizers(model: Llama, args: argparse.Namespace) -> list[torch.optim.Optimizer]:
    hidden = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    embedding = [model.embed_tokens.weight]
    norms = [p for p in model.parameters() if p.dim() == 1]
    adam = [{"params": embedding, "weight_decay": 0.0, "lr": args.adam_rate}, {"params": norms, "weight_decay": 0.0, "lr": args.adam_rate}]
    if args.optimizer == "adamw":
        return [torch.optim.AdamW([*adam, {"params": hidden, "weight_decay": 0.1, "lr": args.adam_rate}], betas=(0.9, 0.98))]
    return [torch.optim.AdamW(adam, betas=(0.9, 0.98)), Muon(hidden, lr=args.muon_rate)]


def rate(step: int, progress: float) -> float:
    """Returns the learning-rate factor: warm-up, plateau, then linear decay over the last half."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return warm * min(1.0, FLOOR + (1 - FLOOR) * 2 * (1 - progress))


@torch.no_grad()
def held_out_loss(model: Llama, vocabulary) -> dict[str, float]:
    """Returns the mean loss of answer tokens by kind of turn, on held-out values."""
    rng, values = random.Random(77), Values(evaluation=True)
    sums: dict[str, list[float]] = {}
    for _ in range(80):
        made = dialogue.make(rng, values, "mixed", 6)
        ids, flags = batches.encode(vocabulary, made)
        losses = F.cross_entropy(model.head(model(torch.tensor([ids[:-1]]))[0]), torch.tensor(ids[1:]), reduction="none")
        at = 0
        for turn in made.turns:
            while not flags[at]:
                at += 1
            while at < len(flags) and flags[at]:
                sums.setdefault(turn.kind, []).append(float(losses[at - 1]))
                at += 1
    return {kind: round(sum(values_) / len(values_), 4) for kind, values_ in sorted(sums.items())}


def save(path: Path, model: Llama, optimizer_list: list, state: dict) -> None:
    """Writes a temporary file and renames it, so that a killed run leaves the previous checkpoint intact."""
    part = path.with_suffix(".part")
    torch.save({"config": model.config.__dict__, "model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizer_list],
                "torch_rng": torch.get_rng_state(), "state": state}, part)
    os.replace(part, path)


def main() -> None:
    args = options()
    batches.keep_memory()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    vocabulary = tok.load()
    model = Llama(Config(vocab=vocabulary.get_vocab_size()))
    if not args.plain_start:
        initialize_induction_heads(model)
    optimizer_list = optimizers(model, args)
    state = {"step": 0, "tokens": 0, "pool": 0, "batch": 0, "pool_tokens": 0, "seconds": 0.0}
    path = args.run / "checkpoint.pt"
    args.run.mkdir(parents=True, exist_ok=True)
    bases = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizer_list]
    if path.exists() or args.start:
        saved = torch.load(path if path.exists() else args.start)
        model.load_state_dict(saved["model"])
        for optimizer, old in zip(optimizer_list, saved["optimizers"]):
            optimizer.load_state_dict(old)
        if path.exists():
            torch.set_rng_state(saved["torch_rng"])
            state = saved["state"]
            bases = state["bases"]
    state["bases"] = bases
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, from step {state['step']}", flush=True)
    learn(args, model, optimizer_list, vocabulary, state, path)


def progress_of(args: argparse.Namespace, state: dict) -> float:
    return max(state["tokens"] / args.tokens, state["seconds"] / (args.minutes * 60))


def learn(args, model: Llama, optimizer_list: list, vocabulary, state: dict, path: Path) -> None:
    recent: list[float] = []
    clock, clock_tokens = time.time(), state["tokens"]
    source = (args.seed, state["pool_tokens"], state["pool"], args.tokens, args.batch_tokens, model.config.context)
    partner = Partner(model, source, state["batch"])
    for number, made in batches.endless(vocabulary, *source):
        if number != state["pool"]:
            state.update(pool=number, batch=0, pool_tokens=state["tokens"])
        for ids, flags in made[state["batch"]:]:
            started = time.time()
            progress = progress_of(args, state)
            if progress >= 1:
                partner.stop()
                finish(model, optimizer_list, vocabulary, state, path)
                return
            for optimizer, base in zip(optimizer_list, state["bases"]):
                for group, lr in zip(optimizer.param_groups, base):
                    group["lr"] = lr * rate(state["step"], progress)
            recent.append(partner.gradients(ids, flags))
            torch.set_num_threads(2)  # the second process is idle meanwhile
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer in optimizer_list:
                optimizer.step()
            torch.set_num_threads(1)
            state["step"] += 1
            state["batch"] += 1
            state["tokens"] += int((ids != tok.PAD).sum())
            state["seconds"] += time.time() - started
            if state["step"] % LOG_EVERY == 0:
                speed = (state["tokens"] - clock_tokens) / (time.time() - clock)
                left = min((args.tokens - state["tokens"]) / speed, args.minutes * 60 - state["seconds"])
                print(f"step {state['step']} tokens {state['tokens'] / 1e6:.2f}M loss {sum(recent) / len(recent):.4f} "
                      f"{speed:.0f} tok/s, {state['seconds'] / 60:.1f} min, {left / 60:.0f} min left", flush=True)
                recent, clock, clock_tokens = [], time.time(), state["tokens"]
            if state["step"] % SAVE_EVERY == 0:
                save(path, model, optimizer_list, state)
                print("held out", json.dumps(held_out_loss(model, vocabulary)), flush=True)


def finish(model: Llama, optimizer_list: list, vocabulary, state: dict, path: Path) -> None:
    save(path, model, optimizer_list, state)
    print("held out", json.dumps(held_out_loss(model, vocabulary)))
    print(f"done: {state['step']} steps, {state['tokens']:,} tokens, {state['seconds'] / 60:.1f} minutes")


if __name__ == "__main__":
    main()
