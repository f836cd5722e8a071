"""Typing noise: lower case, missing punctuation, typos, half-width punctuation.

Slots in braces ({name}) are not changed: the answer must repeat a value character by character, including its case.
"""

import random
import re

NEIGHBOUR_KEYS = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "u": "yi", "t": "ry", "n": "bm", "s": "ad", "r": "et",
                  "l": "k", "h": "gj", "d": "sf", "c": "xv", "m": "n", "p": "o", "g": "fh", "b": "vn", "y": "tu"}
KEY_WORDS = re.compile(
    r"(?<![{\w])(highest|tallest|longest|largest|biggest|mountain|river|ocean|desert|island|planet|country|lake|"
    r"populous|population|people|capital|second|third|fourth|fifth|world|favourite|favorite|colour|color|weather|"
    r"umbrella|remember|name|what|which|where|park|sunny|tell|called|live|food|lakes|rivers|mountains)(?![}\w])", re.I)
TO_HALF_WIDTH = str.maketrans({"，": ",", "。": ".", "？": "?", "！": "!", "：": ":"})


def add_typo(rng: random.Random, word: str) -> str:
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1:]
    if kind == 1:
        return word[:at] + word[at + 1] + word[at] + word[at + 2:]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + rng.choice(NEIGHBOUR_KEYS.get(word[at].lower(), "e")) + word[at + 1:]


def change_outside_slots(text: str, change) -> str:
    return "".join(part if part.startswith("{") else change(part) for part in re.split(r"(\{\w+\})", text))


def add_noise_en(rng: random.Random, text: str) -> str:
    if rng.random() < 0.12:
        words = list(KEY_WORDS.finditer(text))
        if words:
            match = rng.choice(words)
            text = text[:match.start()] + add_typo(rng, match.group()) + text[match.end():]
    if rng.random() < 0.28:
        text = change_outside_slots(text, str.lower)
    elif rng.random() < 0.035:
        text = change_outside_slots(text, str.upper)
    if rng.random() < 0.30:
        text = text.rstrip(".?!")
    elif rng.random() < 0.05:
        text = text.rstrip(".?") + rng.choice(["??", " ?", "!", "...", "?!", "!!"])
    if rng.random() < 0.10:
        text = text.replace("'", "")
    elif rng.random() < 0.06:
        text = text.replace("'", "’")
    if rng.random() < 0.05:
        text = text.replace(",", "")
    return text


def add_noise_zh(rng: random.Random, text: str) -> str:
    if rng.random() < 0.15:
        text = text.translate(TO_HALF_WIDTH)
    if rng.random() < 0.33:
        text = text.rstrip("。？！.?!")
    elif rng.random() < 0.04:
        text = text.rstrip("。？！") + rng.choice(["？？", "?", "！", "…", "~", "呀？"])
    if rng.random() < 0.06:
        text = text.replace("，", " ")
    if rng.random() < 0.04:
        text = text.replace("哪", "那")
    if rng.random() < 0.03:
        text = text.replace("的", "得", 1)
    if rng.random() < 0.03:
        text = text.replace("你", "您")
    return text


def add_noise(rng: random.Random, lang: str, text: str) -> str:
    text = text[:1].upper() + text[1:] if lang == "en" and not text.startswith("{") else text
    return add_noise_en(rng, text) if lang == "en" else add_noise_zh(rng, text)
