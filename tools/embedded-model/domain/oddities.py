"""Unusual input: quotes, symbols, formulas, code, URLs, emoji and other scripts.

Such input is outside the domain. Training includes it so that every token occurs: a token that never occurred in
training can make the whole answer wrong.
"""

import random

QUOTES = {"en": [("“", "”"), ("\"", "\""), ("‘", "’"), ("'", "'"), ("*", "*"), ("`", "`"), ("(", ")"), ("[", "]")],
          "zh": [("“", "”"), ("「", "」"), ("『", "』"), ("《", "》"), ("【", "】"), ("（", "）"), ("\"", "\"")]}
SYMBOLS = list("!#$%&*+-/:;<=>?@[\\]^_`{|}~°±×÷√∞≈≠≤≥→←€£¥§©•…—–·、；：～％＋＝")
EMOJI = "😀 😂 🙂 😉 😊 😍 😢 😡 👍 🙏 🎉 ❤️ 🔥 ✨ 🤔 🤖 🐶 🐱 ☀️ 🌧️ 🍕 🚀".split()
SCRIPTS = [(0x0400, 0x044F), (0x0391, 0x03C9), (0x0621, 0x064A), (0x05D0, 0x05EA), (0x0E01, 0x0E30), (0x0905, 0x0939), (0x3041, 0x3096), (0x30A1, 0x30FA), (0xAC00, 0xD7A3), (0x00C0, 0x017F)]
UNITS = "km/h kg cm m² °C GHz GB USD EUR pm am % h min ml mg dpi kWh".split()
OPERATORS = ["+", "-", "*", "/", "^", "=", "<", ">", "==", "!=", "<=", "->", "&&", "||", "mod"]


def formula(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.randrange(2, 6)):
        parts.append(rng.choice(["x", "y", "n", "a", "f(x)", "sin(x)", str(rng.randrange(100)), f"{rng.randrange(10)}x", f"x^{rng.randrange(2, 9)}", f"{rng.randrange(100)}.{rng.randrange(100)}"]))
        parts.append(rng.choice(OPERATORS))
    space = rng.choice([" ", ""])
    return space.join(parts[:-1]) + rng.choice(["", " = 0", "=?", " = y"])


def code(rng: random.Random) -> str:
    name = rng.choice("i x foo data user list total get_name self item".split())
    return rng.choice(["{n} = [{i} for {n} in range({i})]", "if ({n} > {i}) {{ return {n}; }}", "def {n}(): pass", "<div class=\"{n}\">{i}</div>", "{n}.map(({n}) => {n} + {i});", "SELECT {n} FROM {n}s WHERE id = {i};", "#include <{n}.h>",
                       "{{\"{n}\": {i}, \"ok\": true}}", "npm install {n}@{i}", "$ cat {n}.txt | grep {i}", "https://{n}.com/{n}?id={i}", "{n}@{n}.org", "import {n} as {n}{i}", "@{n} #{n} {i}%"]).format(n=name, i=rng.randrange(1000))


def letters(rng: random.Random) -> str:
    low, high = rng.choice(SCRIPTS)
    return " ".join("".join(chr(rng.randrange(low, high + 1)) for _ in range(rng.randrange(2, 8))) for _ in range(rng.randrange(1, 5)))


def symbols(rng: random.Random) -> str:
    return rng.choice(["", " "]).join(rng.choice(SYMBOLS) for _ in range(rng.randrange(1, 6)))


def number(rng: random.Random) -> str:
    return rng.choice([f"{rng.randrange(24)}:{rng.randrange(60):02}", f"{rng.randrange(1000)} {rng.choice(UNITS)}", f"{rng.randrange(1900, 2100)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
                       f"{rng.randrange(10 ** 6):,}", f"{rng.random():.4f}", f"+{rng.randrange(10 ** 9)}", f"{rng.randrange(1, 20)}/{rng.randrange(1, 20)}", f"v{rng.randrange(9)}.{rng.randrange(20)}"])


def fragments(rng: random.Random, words: list[str]) -> str:
    """Returns a message of one to three random fragments: words, formulas, code, symbols, numbers or emoji."""
    generators = [formula, code, letters, symbols, number, lambda r: r.choice(EMOJI), lambda r: r.choice(words)]
    return " ".join(rng.choice(generators)(rng) for _ in range(rng.randrange(1, 4)))


def decorate(rng: random.Random, lang: str, text: str) -> str:
    """Adds one unusual element that does not change the meaning: quotes around a word, or text before or after the message."""
    draw = rng.random()
    words = text.split(" ")
    if draw < 0.45:
        left, right = rng.choice(QUOTES[lang])
        if lang == "zh":
            start = rng.randrange(len(text))
            end = min(len(text), start + rng.randrange(2, 6))
            return text[:start] + left + text[start:end] + right + text[end:]
        at = rng.randrange(len(words))
        words[at] = left + words[at] + right
        return " ".join(words)
    addition = rng.choice([formula, code, letters, symbols, number, number, lambda r: r.choice(EMOJI), lambda r: r.choice(EMOJI)])(rng)
    return f"{addition} {text}" if draw < 0.6 else f"{text} {addition}"


def random_ending(rng: random.Random) -> str:
    """Returns text that can follow any message without changing its meaning."""
    return rng.choice([" " + rng.choice(EMOJI), " " + rng.choice(EMOJI), " :)", " ;-)", " :D", " ^^", " ...", " !", " <3", "~"])
