"""Writes tests/golden/fixtures/tokenizers.json: small tokenizer.json files with the token ids that the library
`tokenizers` returns for texts, and split patterns with the offsets at which the library splits texts.

    python tools/golden/tokenizers_cases.py
"""

import json
import random
from pathlib import Path

from tokenizers import Regex, Tokenizer
from tokenizers.pre_tokenizers import ByteLevel as ByteLevelAlphabet
from tokenizers.pre_tokenizers import Split

FIXTURE = Path(__file__).parents[2] / "tests/golden/fixtures/tokenizers.json"
SPACE = "\u2581"


def model(pieces, merges, **changes):
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {piece: token for token, piece in enumerate(pieces)},
        "merges": merges,
        **changes,
    }


def definition(**parts):
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": None,
        **parts,
    }


def byte_level(add_prefix_space):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": True, "use_regex": True}


def byte_level_definition(**parts):
    alphabet = sorted(ByteLevelAlphabet.alphabet())
    return definition(
        **{"pre_tokenizer": byte_level(False), "decoder": byte_level(True), "model": model(alphabet, []), **parts}
    )


def character_definition(pieces, merges, changes=None, **parts):
    decoders = [
        {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
        {"type": "ByteFallback"},
        {"type": "Fuse"},
    ]
    return definition(
        **{
            "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": SPACE},
            "decoder": {"type": "Sequence", "decoders": decoders},
            "model": model(pieces, merges, **(changes or {})),
            **parts,
        }
    )


def added_token(token, content, special=False, lstrip=False, rstrip=False):
    return {
        "id": token,
        "content": content,
        "single_word": False,
        "lstrip": lstrip,
        "rstrip": rstrip,
        "normalized": False,
        "special": special,
    }


def after_digits(step):
    return {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, step]}


def metaspace(scheme):
    step = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": True}
    pieces = [SPACE, "a", "b", "1", "2", SPACE + "a", SPACE + "1"]
    return character_definition(pieces, [[SPACE, "a"], [SPACE, "1"]], normalizer=None, pre_tokenizer=after_digits(step))


TOKENIZERS = {
    "ByteLevel with a prefix space after Digits": (
        byte_level_definition(pre_tokenizer=after_digits(byte_level(True))),
        ["a1b22", "12", " 1 2", "a b1"],
    ),
    "Metaspace always after Digits": (metaspace("always"), ["a1b2", "a 1", " 12"]),
    "Metaspace first after Digits": (metaspace("first"), ["a1b2", "1a 1"]),
    "StripAccents": (
        byte_level_definition(normalizer={"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}),
        ["\u0939\u093f\u0928\u094d\u0926\u0940", "\u00e9", "\u0b95\u0bbe", "a\u20dd"],
    ),
    "an added token with U+2581": (
        character_definition([SPACE, "a", "b"], [], added_tokens=[added_token(3, SPACE * 3), added_token(4, f"<{SPACE}x>")]),
        [f"a{SPACE * 3}b", f"a<{SPACE}x>"],
    ),
    "characters that nothing stands for": (
        character_definition(["a", "b", "x", "ab"], [["a", "b"]]),
        ["xa?b", "?x", "a??b?", "a\U0001f600b"],
    ),
    "characters that nothing stands for, words taken whole": (
        character_definition(["a", "b", "x", "ab", "ax"], [["a", "b"]], {"ignore_merges": True}),
        ["a?b", "ax", "a?x"],
    ),
    "special and added tokens that begin alike": (
        byte_level_definition(added_tokens=[added_token(256, "<a>", True), added_token(257, "<a>b"), added_token(258, "<a"), added_token(259, "<")]),
        ["<a>b<a>", "x<a>b", "<a<a>"],
    ),
    "an added token after one that swallows white space": (
        byte_level_definition(
            added_tokens=[
                added_token(256, "<a>", True, rstrip=True),
                added_token(257, "\n"),
                added_token(258, "<b>", lstrip=True),
            ]
        ),
        ["<a>\nb", "<a>  <b>", "x  <b> y"],
    ),
}

PATTERNS = [
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+".encode().decode("unicode_escape"),
    r"\p{N}{1,3}",
    r"\d{1,3}(?=(?:\d{3})*\b)",
    r"(?=(\d{3})+(?!\d))",
    r"\s+$",
    r"^\s+",
    r" ?[^(\s|[.,!?\u2026])]+",
    r"(?i)hello|w+",
    r"a(?i)b|c",
    r"(?i)[k-s]+",
    r"(?i)\p{Lu}+",
    r"(?i)[^a]+",
    r"\p{^L}+",
    r"\P{L}",
    r"\R",
    r"\R+",
    r"(?x) \p{L}+ # letters",
    r"(?x: a b )c",
    r"\w+|[^\w\s]+",
    r"\h+",
    r"[[:alpha:]]+",
    r"[[:punct:]]",
    r"[[:^space:]]+",
    r"[a-z&&[^aeiou]]+",
    r"[\p{L}&&[^\p{Lu}]]+",
    r"(?>a+)b",
    r"a++b|a",
    r"\p{L}++|\s*+\n",
    r"a*?b",
    r"a+?",
    r"a{2}",
    r"a{,2}b",
    r"a{2,}",
    r"\p{N}{1,2}+",
    r"(?<=a)b",
    r"(?<!\s)\s+",
    r"(?<=ab|c)d?",
    r"\bword\b",
    r"\Ba",
    r"\Aa",
    r"a\z",
    r"a\Z",
    r".",
    r".+",
    r"(?m).+",
    r"[^\n]+|\n+",
    r"(?:ab|a)(?:c|bcd)",
    r"(a+)+$",
    r"(a|aa)+b",
    r"(?:\p{L}\p{M}*)+",
    r"[\]\-^]+",
    r"[]a]+",
    r"[a-]+",
    r"[-a]+",
    r"\x{1F600}|\x41|\u00e9",
    r"\t|\.",
    r"a|",
    r"|a",
    r"(?:)",
    r"x*",
    r"\p{Han}+",
    r"\p{Hiragana}+",
    r"\p{Alpha}+",
    r"\p{greek}+",
    r"[\p{Han}a]+",
    r"\p{Letter}+",
    r"\S+",
    r"\D+",
    r"\W+",
    r"[^\S\n]+",
    r"{a",
    r"a{b",
    r"a{,}",
    r"(?<name>a)b",
    r"(?#note)a",
    r"a(?#note)+",
    r"[a[bc]d]+",
    r"[^a[b]]+",
    r"(?i:é)",
    r"[\d\-x]+",
    r"\e|\a|\f|\v",
    r"(?-i)a",
    r"(?i-m:A)",
    r"(?<=\n)a",
    r"(?!a).",
    r"(?=.b)a",
]

UNITS = [
    "a",
    "b",
    "c",
    "d",
    "ab",
    "abc",
    "A",
    "B",
    "S",
    "K",
    "k",
    "s",
    "\u017f",
    "\u212a",
    "1",
    "2",
    "12",
    "1234567",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "\u3000",
    "'s",
    "'S",
    "'ll",
    "'RE",
    "\u00e9",
    "e\u0301",
    "\u00df",
    "SS",
    "\u4e2d",
    "\u6587",
    "\u3042",
    "\u30a2",
    "\u03b1",
    "\u0939\u093f",
    "\U0001f600",
    "\U0001f468\u200d\U0001f469",
    ".",
    "-",
    "_",
    "]",
    "^",
    "{",
    "hello",
    "Hello",
    "WORD",
    "word",
    "\u2028",
    "\x85",
    "/",
    "!",
    "\u20ac",
    "\u2167",
    "\u0660",
    "x",
    "(",
    ")",
    "\\",
    "aaaa",
    "aab",
    "\u01c5",
]


def compute_case(case):
    tokenizer_definition, texts = case
    tokenizer = Tokenizer.from_str(json.dumps(tokenizer_definition))
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    decoded = [tokenizer.decode(tokens) for tokens in ids]
    return {"definition": tokenizer_definition, "texts": texts, "ids": ids, "decoded": decoded}


def split_offsets(pattern, texts):
    split = Split(Regex(pattern), "isolated")
    return [[end for _, (_, end) in split.pre_tokenize_str(text)] for text in texts]


def main():
    random.seed(7)
    texts = ["".join(random.choice(UNITS) for _ in range(random.randint(4, 24))) for _ in range(24)]
    fixture = {
        "tokenizers": {name: compute_case(case) for name, case in TOKENIZERS.items()},
        "texts": texts,
        "patterns": {pattern: split_offsets(pattern, texts) for pattern in PATTERNS},
    }
    FIXTURE.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")


main()
