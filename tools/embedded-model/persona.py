"""Rewrites the answers of generated dialogues in the style of a persona. Facts and refusals keep their sentences.

A persona file has one object per language. The keys fact, statement, recall and refusal contain the texts before and after
the answer of the base model; hello, thanks, bye, who, how and ok contain whole answers. For example, with `captain.json`:

    what's the longest river     Aye, sailor! The longest river in the world is the Nile. Fair winds!
"""

import json
import re
from pathlib import Path

from dialogue import Dialogue
from domain.smalltalk import ANSWERS
from domain.state import Turn
from evaluate import REFUSALS

STATEMENTS = ("tell", "correct", "weather-tell")
RECALLS = ("recall", "recall2", "everything", "weather-told")
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")


class Persona:
    def __init__(self, path: Path):
        self.texts: dict[str, dict] = json.loads(path.read_text())

    def rewrite_dialogue(self, generated: Dialogue) -> Dialogue:
        turns = [Turn(turn.user, self.answer(turn), turn.kind, turn.depends) for turn in generated.turns]
        return Dialogue(generated.lang, generated.system, turns)

    def answer(self, turn: Turn) -> str:
        lang = "zh" if HAN.match(turn.answer) else "en"  # values may be in the other language, but never come first
        small = next((name for name, answers in ANSWERS.items() if answers[lang] == turn.answer), None)
        if small is not None and LATIN.search(turn.user) and not HAN.search(turn.user):
            lang = "en"  # the generator also uses "Hello" and "thanks" in Chinese dialogues
        texts = self.texts[lang]
        if small in texts:
            return texts[small]
        before, after = texts[style(turn)]
        return before + (ANSWERS[small][lang] if small else turn.answer) + after


def style(turn: Turn) -> str:
    """Returns the key of the texts around the answer. Answers to two questions may contain a refusal and a fact."""
    if turn.kind in RECALLS:
        return "recall"
    if turn.kind in STATEMENTS:
        return "statement"
    is_refusal = turn.kind != "pair" and any(refusal in turn.answer.lower() for refusal in REFUSALS)
    return "refusal" if is_refusal else "fact"
