"""Acts far outside the domain: arithmetic, code, poems, history, recipes, insults, gibberish, other languages."""

import random

from . import far_words as w
from . import oddities
from .answers import REFUSE_OTHER
from .far_personal import far_personal
from .state import State, Turn
from .values import Values


def random_slots(rng: random.Random, lang: str, values: Values) -> dict:
    en = lang == "en"
    nouns = w.NOUNS_EN if en else w.NOUNS_ZH

    def noun() -> str:
        return rng.choice(nouns) if rng.random() < 0.85 else values.invent(rng, "colour", lang).lower()

    adjectives = w.ADJECTIVES_EN if en else w.ADJECTIVES_ZH
    number = [rng.choice([rng.randrange(2, 20), rng.randrange(2, 100), rng.randrange(10, 10000)]) for _ in range(2)]
    return {"n": noun(), "m": noun(), "a": rng.choice(adjectives), "b": rng.choice(adjectives), "v": rng.choice(w.VERBS_EN if en else w.VERBS_ZH),
            "i": number[0], "j": number[1], "topic": rng.choice(w.TOPICS_EN if en else w.TOPICS_ZH), "person": rng.choice(w.PEOPLE_EN if en else w.PEOPLE_ZH),
            "lang": rng.choice(w.LANGUAGES_EN if en else w.LANGUAGES_ZH), "dish": rng.choice(w.DISHES_EN if en else w.DISHES_ZH), "year": rng.randrange(1200, 2031)}


def gibberish(rng: random.Random, lang: str, values: Values) -> str:
    """Returns a meaningless message of random words or random letters."""
    en = lang == "en"
    if rng.random() < 0.35:
        return (" " if en else "").join(values.invent(rng, "colour", lang) for _ in range(rng.randrange(1, 6))) + rng.choice(["", "?", "."] if en else ["", "？", "。"])
    pools = [w.NOUNS_EN, w.VERBS_EN, w.ADJECTIVES_EN] if en else [w.NOUNS_ZH, w.VERBS_ZH, w.ADJECTIVES_ZH]
    words = [rng.choice(rng.choice(pools)) for _ in range(rng.randrange(2, 9))]
    if en and rng.random() < 0.6:
        words.insert(0, rng.choice(["what", "why", "how do", "can", "who", "when", "is the", "please", "I", "the", "do you", "where is", "tell me", "explain", "give me a", "which", "how many", "show", "make", "let's"]))
    if not en and rng.random() < 0.6:
        words.insert(rng.choice([0, len(words)]), rng.choice(["什么是", "为什么", "怎么", "谁", "请", "我", "你", "哪里有", "告诉我", "是什么", "吗", "多少", "怎么办", "我想", "请解释", "可以吗"]))
    return (" " if en else "").join(words) + rng.choice(["", "?", "."] if en else ["", "？", "。"])


def far(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    dice = rng.random()
    if dice < 0.12:
        text = gibberish(rng, lang, values)
    elif dice < 0.20:
        text = oddities.fragments(rng, w.NOUNS_EN if lang == "en" else w.NOUNS_ZH)
    else:
        text = far_personal(rng, lang) if dice < 0.36 else rng.choice(w.FAR_EN if lang == "en" else w.FAR_ZH)
        if rng.random() < 0.06:
            text += " " + rng.choice(w.FAR_EN if lang == "en" else w.FAR_ZH)
        for name, value in random_slots(rng, lang, values).items():
            text = text.replace("{" + name + "}", str(value))
        if rng.random() < 0.18:
            text = oddities.decorate(rng, lang, text)
    text = text.replace("{", "(").replace("}", ")")  # braces would be read as slots
    return Turn(text, REFUSE_OTHER[lang], "far", False)
