"""Trains the embedded model on generated dialogues. Resumes from the last checkpoint if there is one.

Loss and output head are computed for assistant tokens only. Training uses float32, because many CPUs have no fast bfloat16.

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

LOG_INTERVAL, SAVE_INTERVAL = 25, 250  # steps
WARM_UP_STEPS, FINAL_RATE = 60, 0.02


def parse_options() -> argparse.Namespace:
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


def create_optimizers(model: Llama, args: argparse.Namespace) -> list[torch.optim.Optimizer]:
    hidden = [p for name, p in model.named_parameters() if p.dim() == 2 and "embed" not in name]
    embedding = [model.embed_tokens.weight]
    norms = [p for p in model.parameters() if p.dim() == 1]
    adam = [{"params": embedding, "weight_decay": 0.0, "lr": args.adam_rate}, {"params": norms, "weight_decay": 0.0, "lr": args.adam_rate}]
    if args.optimizer == "adamw":
        return [torch.optim.AdamW([*adam, {"params": hidden, "weight_decay": 0.1, "lr": args.adam_rate}], betas=(0.9, 0.98))]
    return [torch.optim.AdamW(adam, betas=(0.9, 0.98)), Muon(hidden, lr=args.muon_rate)]


def rate_factor(step: int, progress: float) -> float:
    """Returns the factor of the learning rate: warm-up, plateau, then linear decay in the second half."""
    warm_up = min(1.0, (step + 1) / WARM_UP_STEPS)
    return warm_up * min(1.0, FINAL_RATE + (1 - FINAL_RATE) * 2 * (1 - progress))


@torch.no_grad()
def held_out_loss(model: Llama, vocabulary) -> dict[str, float]:
    """Returns the mean loss of the answer tokens for each kind of turn, with held-out values."""
    rng, values = random.Random(77), Values(evaluation=True)
    sums: dict[str, list[float]] = {}
    for _ in range(80):
        generated = dialogue.generate_dialogue(rng, values, "mixed", 6)
        ids, flags = batches.encode_dialogue(vocabulary, generated)
        losses = F.cross_entropy(model.head(model(torch.tensor([ids[:-1]]))[0]), torch.tensor(ids[1:]), reduction="none")
        at = 0
        for turn in generated.turns:
            while not flags[at]:
                at += 1
            while at < len(flags) and flags[at]:
                sums.setdefault(turn.kind, []).append(float(losses[at - 1]))
                at += 1
    return {kind: round(sum(kind_losses) / len(kind_losses), 4) for kind, kind_losses in sorted(sums.items())}


def save_checkpoint(path: Path, model: Llama, optimizers: list, state: dict) -> None:
    """Writes a temporary file and renames it, so that the previous checkpoint remains valid if the process is killed."""
    temporary = path.with_suffix(".part")
    torch.save({"config": model.config.__dict__, "model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers],
                "torch_rng": torch.get_rng_state(), "state": state}, temporary)
    os.replace(temporary, path)


def main() -> None:
    args = parse_options()
    batches.retain_freed_memory()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    vocabulary = tok.load()
    model = Llama(Config(vocab=vocabulary.get_vocab_size()))
    if not args.plain_start:
        initialize_induction_heads(model)
    optimizers = create_optimizers(model, args)
    state = {"step": 0, "tokens": 0, "pool": 0, "batch": 0, "pool_tokens": 0, "seconds": 0.0}
    path = args.run / "checkpoint.pt"
    args.run.mkdir(parents=True, exist_ok=True)
    initial_rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    if path.exists() or args.start:
        saved = torch.load(path if path.exists() else args.start)
        model.load_state_dict(saved["model"])
        for optimizer, saved_state in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(saved_state)
        if path.exists():
            torch.set_rng_state(saved["torch_rng"])
            state = saved["state"]
            initial_rates = state["bases"]
    state["bases"] = initial_rates
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, from step {state['step']}", flush=True)
    train(args, model, optimizers, vocabulary, state, path)


def progress_of(args: argparse.Namespace, state: dict) -> float:
    return max(state["tokens"] / args.tokens, state["seconds"] / (args.minutes * 60))


def train(args, model: Llama, optimizers: list, vocabulary, state: dict, path: Path) -> None:
    recent_losses: list[float] = []
    logged_at, logged_tokens = time.time(), state["tokens"]
    source = (args.seed, state["pool_tokens"], state["pool"], args.tokens, args.batch_tokens, model.config.context)
    partner = Partner(model, source, state["batch"])
    for number, pool in batches.generate_pools(vocabulary, *source):
        if number != state["pool"]:
            state.update(pool=number, batch=0, pool_tokens=state["tokens"])
        for ids, flags in pool[state["batch"]:]:
            started = time.time()
            progress = progress_of(args, state)
            if progress >= 1:
                partner.stop()
                finish(model, optimizers, vocabulary, state, path)
                return
            for optimizer, base in zip(optimizers, state["bases"]):
                for group, lr in zip(optimizer.param_groups, base):
                    group["lr"] = lr * rate_factor(state["step"], progress)
            recent_losses.append(partner.gradients(ids, flags))
            torch.set_num_threads(2)  # the second process waits during the optimizer step
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer in optimizers:
                optimizer.step()
            torch.set_num_threads(1)
            state["step"] += 1
            state["batch"] += 1
            state["tokens"] += int((ids != tok.PAD).sum())
            state["seconds"] += time.time() - started
            if state["step"] % LOG_INTERVAL == 0:
                speed = (state["tokens"] - logged_tokens) / (time.time() - logged_at)
                seconds_left = min((args.tokens - state["tokens"]) / speed, args.minutes * 60 - state["seconds"])
                print(f"step {state['step']} tokens {state['tokens'] / 1e6:.2f}M loss {sum(recent_losses) / len(recent_losses):.4f} "
                      f"{speed:.0f} tok/s, {state['seconds'] / 60:.1f} min, {seconds_left / 60:.0f} min left", flush=True)
                recent_losses, logged_at, logged_tokens = [], time.time(), state["tokens"]
            if state["step"] % SAVE_INTERVAL == 0:
                save_checkpoint(path, model, optimizers, state)
                print("held out", json.dumps(held_out_loss(model, vocabulary)), flush=True)


def finish(model: Llama, optimizers: list, vocabulary, state: dict, path: Path) -> None:
    save_checkpoint(path, model, optimizers, state)
    print("held out", json.dumps(held_out_loss(model, vocabulary)))
    print(f"done: {state['step']} steps, {state['tokens']:,} tokens, {state['seconds'] / 60:.1f} minutes")


if __name__ == "__main__":
    main()
