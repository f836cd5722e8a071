"""Evaluates a checkpoint greedily on JSONL files of dialogues. The history of each turn contains the answers of the model.

    evaluate.py CHECKPOINT FILE... [--show 20] [--quantize]

The keys of a turn define its checks: "exact" (the correct answer, or several), "all" (one alternative of each group must
occur), "none" (texts that must not occur), "refuse" (the answer must contain a refusal). Turns without these keys are not
judged.
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
MAX_ANSWER_TOKENS = 80


def load_model(path: Path) -> Llama:
    saved = torch.load(path)
    model = Llama(Config(**saved["config"]))
    model.load_state_dict(saved["model"])
    return model.eval()


def quantize(model: Llama) -> None:
    """Rounds every matrix as Q8_0 does, in blocks of 32 values with one half-precision scale."""
    for weight in model.parameters():
        if weight.dim() == 2:
            blocks = weight.data.view(-1, 32)
            scale = (blocks.abs().amax(dim=1, keepdim=True) / 127).half().float()
            weight.data = (torch.round(blocks / scale.clamp(min=1e-12)) * scale).view_as(weight)


class ConversationBatch:
    """A batch of conversations, whose lengths may differ."""

    def __init__(self, model: Llama, rows: int):
        self.model = model
        self.caches: list[Cache] = model.new_caches(rows)
        self.lengths = torch.zeros(rows, dtype=torch.long)
        self.rows = rows

    def feed(self, pieces: list[list[int]]) -> Tensor:
        """Appends one piece to each row and returns the logits after the last token of each row. Pieces may be empty."""
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
        for _ in range(MAX_ANSWER_TOKENS):
            best = logits.argmax(dim=-1).tolist()
            next_pieces: list[list[int]] = []
            for row, token in enumerate(best):
                next_pieces.append([token] if active[row] else [])
                if active[row]:
                    answers[row].append(token)
                    active[row] = token != tok.END
            if not any(next_pieces):
                break
            logits = self.feed(next_pieces)
        return answers


@torch.no_grad()
def generate_answers(model: Llama, vocabulary, dialogues: list[dict]) -> list[list[str]]:
    batch = ConversationBatch(model, len(dialogues))
    result: list[list[str]] = [[] for _ in dialogues]
    for turn in range(max(len(dialogue["turns"]) for dialogue in dialogues)):
        pieces = []
        for dialogue in dialogues:
            piece: list[int] = []
            if turn < len(dialogue["turns"]):
                if turn == 0 and dialogue.get("system"):
                    piece += [tok.SYSTEM, *vocabulary.encode(dialogue["system"]).ids, tok.END]
                piece += [tok.USER, *vocabulary.encode(dialogue["turns"][turn]["user"]).ids, tok.END, tok.ASSISTANT]
            pieces.append(piece)
        for row, ids in enumerate(batch.answer(pieces)):
            if pieces[row]:
                result[row].append(vocabulary.decode([i for i in ids if i != tok.END]))
    return result


def passes_checks(turn: dict, answer: str) -> bool | None:
    """Returns whether the answer passes all checks of the turn; None if the turn has no checks."""
    if not any(key in turn for key in ("exact", "all", "none", "refuse")):
        return None
    lower = answer.lower().replace("’", "'")
    if "exact" in turn:
        exact = turn["exact"] if isinstance(turn["exact"], list) else [turn["exact"]]
        if answer.strip() not in exact:
            return False
    if any(not any(alternative.lower() in lower for alternative in group) for group in turn.get("all", [])):
        return False
    if any(word.lower() in lower for word in turn.get("none", [])):
        return False
    return not turn.get("refuse") or any(refusal in lower for refusal in REFUSALS)


def report(path: Path, model: Llama, vocabulary, show: int) -> None:
    dialogues = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    counts: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    shown = 0
    for start in range(0, len(dialogues), 60):
        part = dialogues[start:start + 60]
        for dialogue, answers in zip(part, generate_answers(model, vocabulary, part)):
            all_correct = True
            for turn, answer in zip(dialogue["turns"], answers):
                correct = passes_checks(turn, answer)
                if correct is None:
                    continue
                all_correct &= correct
                names = ["turns"] + (["depends on earlier"] if turn.get("dependsOnEarlier") else []) + ([turn["kind"]] if "kind" in turn else [])
                for name in names:
                    counts[dialogue["lang"], name][0] += correct
                    counts[dialogue["lang"], name][1] += 1
                if not correct and shown < show:
                    shown += 1
                    print(f"[{dialogue.get('id')}] {turn['user']}\n      got  {answer}\n      want {turn.get('exact') or turn.get('all') or 'refusal'}")
            counts[dialogue["lang"], "whole dialogues"][0] += all_correct
            counts[dialogue["lang"], "whole dialogues"][1] += 1
    print(path.name)
    for (lang, name), (correct, total) in sorted(counts.items()):
        print(f"  {lang} {name:20} {correct:5} / {total:5}  {100 * correct / total:5.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--quantize", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, vocabulary = load_model(args.checkpoint), tok.load()
    if args.quantize:
        quantize(model)
    for path in args.files:
        report(path, model, vocabulary, args.show)


if __name__ == "__main__":
    main()
