"""Evaluates a checkpoint greedily on JSONL files of dialogues, with the model's answers as the history.

    evaluate.py CHECKPOINT FILE... [--show 20] [--quantize]

The checks of a turn are its keys: "exact" (one or several right answers), "all" (of each group, one alternative must
occur), "none" (must not occur), "refuse" (must contain a refusal). A turn without these keys is not judged.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch
from torch import Tensor

import tokenizer as tok
from model import Cache, Config, Llama

REFUSALS = ("i don't know", "i can't", "不知道", "无法")
MAX_ANSWER = 80


def load(path: Path) -> Llama:
    saved = torch.load(path)
    model = Llama(Config(**saved["config"]))
    model.load_state_dict(saved["model"])
    return model.eval()


def quantize(model: Llama) -> None:
    """Rounds every matrix as Q8_0 does: blocks of 32 with one half-precision scale."""
    for weight in model.parameters():
        if weight.dim() == 2:
            blocks = weight.data.view(-1, 32)
            scale = (blocks.abs().amax(dim=1, keepdim=True) / 127).half().float()
            weight.data = (torch.round(blocks / scale.clamp(min=1e-12)) * scale).view_as(weight)


class Batch:
    """A batch of conversations whose lengths in the cache differ."""

    def __init__(self, model: Llama, rows: int):
        self.model = model
        self.caches: list[Cache] = model.new_caches(rows)
        self.lengths = torch.zeros(rows, dtype=torch.long)
        self.rows = rows

    def feed(self, pieces: list[list[int]]) -> Tensor:
        """Appends one piece per row (may be empty) and returns the logits after each row's last token."""
        longest = max(1, max(len(piece) for piece in pieces))
        ids = torch.tensor([piece + [tok.PAD] * (longest - len(piece)) for piece in pieces])
        positions = (self.lengths[:, None] + torch.arange(longest)).clamp(max=self.model.config.context - 1)
        hidden = self.model(ids, self.caches, positions)
        counts = torch.tensor([len(piece) for piece in pieces])
        self.lengths += counts
        return self.model.head(hidden[torch.arange(self.rows), (counts - 1).clamp(min=0)])

    def answer(self, pieces: list[list[int]]) -> list[list[int]]:
        logits = self.feed(pieces)
        answers: list[list[int]] = [[] for _ in pieces]
        active = [bool(piece) for piece in pieces]
        for _ in range(MAX_ANSWER):
            best = logits.argmax(dim=-1).tolist()
            nexts: list[list[int]] = []
            for row, token in enumerate(best):
                nexts.append([token] if active[row] else [])
                if active[row]:
                    answers[row].append(token)
                    active[row] = token != tok.END
            if not any(nexts):
                break
            logits = self.feed(nexts)
        return answers


@torch.no_grad()
def answers_of(model: Llama, vocabulary, dialogues: list[dict]) -> list[list[str]]:
    batch = Batch(model, len(dialogues))
    result: list[list[str]] = [[] for _ in dialogues]
    for turn in range(max(len(d["turns"]) for d in dialogues)):
        pieces = []
        for d in dialogues:
            piece: list[int] = []
            if turn < len(d["turns"]):
                if turn == 0 and d.get("system"):
                    piece += [tok.SYSTEM, *vocabulary.encode(d["system"]).ids, tok.END]
                piece += [tok.USER, *vocabulary.encode(d["turns"][turn]["user"]).ids, tok.END, tok.ASSISTANT]
            pieces.append(piece)
        for row, ids in enumerate(batch.answer(pieces)):
            if pieces[row]:
                result[row].append(vocabulary.decode([i for i in ids if i != tok.END]))
    return result


def verdict(turn: dict, answer: str) -> bool | None:
    """Returns whether the answer passes all checks; None if the turn has none."""
    if not any(key in turn for key in ("exact", "all", "none", "refuse")):
        return None
    low = answer.lower().replace("’", "'")
    if "exact" in turn:
        exact = turn["exact"] if isinstance(turn["exact"], list) else [turn["exact"]]
        if answer.strip() not in exact:
            return False
    if any(not any(alternative.lower() in low for alternative in group) for group in turn.get("all", [])):
        return False
    if any(word.lower() in low for word in turn.get("none", [])):
        return False
    return not turn.get("refuse") or any(mark in low for mark in REFUSALS)


def report(path: Path, model: Llama, vocabulary, show: int) -> None:
    dialogues = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    counts: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    shown = 0
    for start in range(0, len(dialogues), 60):
        part = dialogues[start:start + 60]
        for d, answers in zip(part, answers_of(model, vocabulary, part)):
            whole = True
            for turn, answer in zip(d["turns"], answers):
                right = verdict(turn, answer)
                if right is None:
                    continue
                whole &= right
                names = ["turns"] + (["depends on earlier"] if turn.get("dependsOnEarlier") else []) + ([turn["kind"]] if "kind" in turn else [])
                for name in names:
                    counts[d["lang"], name][0] += right
                    counts[d["lang"], name][1] += 1
                if not right and shown < show:
                    shown += 1
                    print(f"[{d.get('id')}] {turn['user']}\n      got  {answer}\n      want {turn.get('exact') or turn.get('all') or 'refusal'}")
            counts[d["lang"], "whole dialogues"][0] += whole
            counts[d["lang"], "whole dialogues"][1] += 1
    print(path.name)
    for (lang, name), (right, total) in sorted(counts.items()):
        print(f"  {lang} {name:20} {right:5} / {total:5}  {100 * right / total:5.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--quantize", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, vocabulary = load(args.checkpoint), tok.load()
    if args.quantize:
        quantize(model)
    for path in args.files:
        report(path, model, vocabulary, args.show)


if __name__ == "__main__":
    main()
