"""Typing styles: lower case without punctuation throughout a dialogue, and colloquial or dialect Chinese.

Slots in braces are not changed, because answers repeat their values exactly.
"""

import random

from .noise import change_outside_slots

DIALECT = [("怎么样", ["咋样", "咋个样"]), ("为什么", ["为啥"]), ("什么", ["啥", "啥", "嘛"]), ("哪里", ["哪儿", "哪", "哪块儿"]), ("知道", ["晓得"]), ("怎么", ["咋"]), ("吗？", ["不？", "么？", "嘛？", "没？"]), ("呢？", ["嘞？", "咧？", "捏？"]),
           ("告诉我", ["跟我说说", "给我讲讲", "说说"]), ("我", ["俺", "俺", "咱", "咱"])]


def dialect(rng: random.Random, text: str) -> str:
    """Replaces each listed word with probability 0.6; all occurrences of a word are replaced by the same variant."""
    for word, variants in DIALECT:
        if word in text and rng.random() < 0.6:
            variant = rng.choice(variants)
            text = change_outside_slots(text, lambda part: part.replace(word, variant))
    return text


def to_lower_case(text: str) -> str:
    """Returns the text in lower case without final punctuation."""
    return change_outside_slots(text, str.lower).rstrip(".?!。？！") or text
