"""Values that a user may state: mostly random, so that the model learns to copy them instead of memorizing names.

The model memorizes lists of plausible values, but not strings of random vocabulary pieces or random Han characters.
Whether an invented value is held out for evaluation depends on its hash, so the split is the same in every run.
"""

import hashlib
import random
from pathlib import Path

from tokenizers import Tokenizer

from . import value_lists

TOKENIZER = Path(__file__).parent.parent / "tokenizer.json"
COMMON_HAN = [bytes((row, cell)).decode("gb2312") for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF)]
RARE_HAN = [bytes((row, cell)).decode("gb2312") for row in range(0xD8, 0xF7) for cell in range(0xA1, 0xFF)]
ONSETS = "b c d f g h j k l m n p r s t v w y z br ch cr dr fl gr kl pr sh sk st th tr zh".split()
NUCLEI = "a e i o u aa ai ea ee ia ie io oo ou ue é ö ü á".split()
CODAS = ["", "", "", "", "n", "r", "s", "l", "m", "k", "t", "nd", "rn", "x", "sh", "ck"]
SIMILAR_KINDS = {"name": ["city", "petname", "food"], "city": ["name", "food", "petname"], "petname": ["food", "colour", "name", "city"], "colour": ["food", "petname"], "food": ["petname", "city", "colour"]}
RANDOM_SHARE = {"name": 0.75, "city": 0.72, "petname": 0.75, "pet": 0.30, "colour": 0.55, "food": 0.65}


def is_held_out(value: str) -> bool:
    """Returns whether an invented value is held out, as a tenth of them are. Real words are never held out."""
    return hashlib.sha1(value.lower().encode()).digest()[0] < 26


def vocabulary_pieces() -> tuple[list[str], list[str]]:
    """Returns the ASCII words and the Han characters that are single tokens; empty lists if there is no tokenizer yet."""
    if not TOKENIZER.exists():
        return [], []
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    pieces = {tokenizer.decode([token]).strip() for token in range(tokenizer.get_vocab_size())}
    words = sorted(piece for piece in pieces if piece.isascii() and piece.isalpha())
    return words, sorted(piece for piece in pieces if len(piece) == 1 and "\u4e00" <= piece <= "\u9fff")


class Values:
    def __init__(self, evaluation: bool, random_share: float | None = None):
        self.evaluation = evaluation
        self.random_share = random_share
        self.pieces, self.known_han = vocabulary_pieces()

    def draw(self, rng: random.Random, kind: str, lang: str) -> str:
        share = self.random_share if self.random_share is not None and kind != "pet" else RANDOM_SHARE[kind]
        if rng.random() >= share:
            return self.plausible(rng, kind, lang)
        while True:
            value = self.invent(rng, kind, lang)
            if is_held_out(value) == self.evaluation:
                return value

    def plausible(self, rng: random.Random, kind: str, lang: str) -> str:
        if self.random_share is None and kind in SIMILAR_KINDS and rng.random() < 0.2:  # such as a dog named Sushi: the model must infer the kind from the sentence
            kind = rng.choice(SIMILAR_KINDS[kind])
        value = value_lists.plausible(rng, kind, lang)
        if lang == "en" and kind in ("name", "city", "petname") and rng.random() < 0.15:
            value = value.lower()
        return value

    def invent(self, rng: random.Random, kind: str, lang: str) -> str:
        if lang == "zh" and rng.random() < (0.9 if kind != "petname" else 0.8):
            return self.han(rng, kind)
        return self.latin(rng, kind)

    def han(self, rng: random.Random, kind: str) -> str:
        length = rng.choice([1, 2, 2, 2, 3]) if kind in ("pet", "colour") else rng.choice([2, 2, 2, 3, 3, 4])
        return "".join(self.han_character(rng) for _ in range(length))

    def han_character(self, rng: random.Random) -> str:
        dice = rng.random()
        if dice < 0.45 and self.known_han:
            return rng.choice(self.known_han)
        if dice < 0.85:
            return rng.choice(COMMON_HAN)
        return rng.choice(RARE_HAN) if dice < 0.95 else chr(rng.randrange(0x4E00, 0x9FA0))

    def latin(self, rng: random.Random, kind: str) -> str:
        words = 1 if kind in ("pet", "colour") or rng.random() < 0.85 else 2
        text = " ".join(self.latin_word(rng) for _ in range(words))
        is_proper_noun = kind in ("name", "city", "petname")
        if rng.random() < (0.85 if is_proper_noun else 0.1):
            text = text.title() if rng.random() < 0.98 else text.upper()
        return text

    def latin_word(self, rng: random.Random) -> str:
        if self.pieces and rng.random() < 0.7:
            word = "".join(rng.choice(self.pieces) for _ in range(rng.choice([2, 2, 2, 3])))
        else:
            word = "".join(rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS)
                           for _ in range(rng.choice([1, 2, 2, 3])))
        return word[:14] if len(word) > 3 else word + rng.choice(ONSETS) + rng.choice(NUCLEI)  # at least four letters, because shorter strings are often existing words
