"""Acts about facts that the user states: state facts, correct one, ask for one, two or all.

The acknowledgement repeats the value exactly, so that later answers can copy it from the question or the acknowledgement.
"""

import random

from . import asides, bundles, pet_phrases, personal_phrases as ph, value_lists
from .near_words import RELATIVES_EN, RELATIVES_ZH
from .state import State, Turn
from .value_lists import is_plausible
from .values import Values

KINDS = ["name", "city", "pet", "petname", "colour", "food"]
TELL = ["name", "city", "pet", "pet+petname", "colour", "food"]
TELL_WEIGHTS = [26, 20, 8, 20, 16, 16]
RECALL = {"en": {"city": "Your city is {city}.", "colour": "Your favourite colour is {colour}.", "food": "Your favourite food is {food}."},
       "zh": {"city": "你的城市是{city}。", "colour": "你最喜欢的颜色是{colour}。", "food": "你最喜欢的食物是{food}。"}}
MISSING = {
    "en": {"name": "You haven't told me your name, so I don't know it.", "city": "You haven't told me your city, so I don't know it.",
           "pet": "You haven't told me about a pet, so I don't know.", "petname": "You haven't told me your pet's name, so I don't know it.",
           "colour": "You haven't told me your favourite colour, so I don't know it.",
           "food": "You haven't told me your favourite food, so I don't know it."},
    "zh": {"name": "你没有告诉过我你的名字，所以我不知道。", "city": "你没有告诉过我你的城市，所以我不知道。",
           "pet": "你没有告诉过我你的宠物，所以我不知道。", "petname": "你没有告诉过我宠物的名字，所以我不知道。",
           "colour": "你没有告诉过我你最喜欢的颜色，所以我不知道。", "food": "你没有告诉过我你最喜欢的食物，所以我不知道。"}}
NOTHING = {"en": "You haven't told me anything about yourself, so I don't know.", "zh": "你没有告诉过我你的事，所以我不知道。"}


def recall_sentence(lang: str, facts: dict[str, str], kind: str) -> str:
    """Returns the answer to a question about one fact."""
    if kind not in facts:
        return MISSING[lang][kind]
    if kind == "name":
        return f"Your name is {facts['name']}." if lang == "en" else f"你叫{facts['name']}。"
    if kind in ("pet", "petname"):
        return pet_sentence(lang, facts)
    return RECALL[lang][kind].format(**facts)


def pet_sentence(lang: str, facts: dict[str, str]) -> str:
    pet, name = facts.get("pet"), facts.get("petname")
    if lang == "en":
        if name is None:
            return f"You have a {pet}."
        return f"Your {pet or 'pet'} is called {name}."
    if name is None:
        return f"你的宠物是{pet}。"
    return f"你的{pet or '宠物'}叫{name}。"


def statement_answer(lang: str, facts: dict[str, str], stated: list[str]) -> str:
    """Acknowledges the stated facts in their order; a name is answered with a greeting."""
    parts = []
    for kind in stated:
        if kind == "name":
            parts.append(f"Nice to meet you, {facts['name']}." if lang == "en" else f"很高兴认识你，{facts['name']}。")
        else:
            parts.append(recall_sentence(lang, facts, "pet" if kind == "pet+petname" else kind))
    if stated[0] != "name":
        parts.insert(0, "Noted." if lang == "en" else "记住了。")
    return (" " if lang == "en" else "").join(parts)


def article(text: str, value: str) -> str:
    if value[:1].lower() in "aeiou":
        return text.replace("a {pet}", "an {pet}").replace("a {old}", "an {old}") if value[0] in "aeio" else text
    return text


def tell(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    if rng.random() < 0.2:
        return tell_bundle(rng, state, lang, values)
    count = rng.choices([1, 2, 3, 4], [48, 33, 15, 4])[0]
    stated: list[str] = []
    while len(stated) < count:
        kind = rng.choices(TELL, TELL_WEIGHTS)[0]
        if kind not in stated and not ("pet" in kind and any("pet" in other for other in stated)):
            stated.append(kind)
    if "name" in stated and rng.random() < 0.8:
        stated.sort(key=lambda kind: kind != "name")
    clauses = [clause(rng, state, lang, values, kind) for kind in stated]
    if rng.random() < 0.08:
        clauses.insert(rng.randrange(len(clauses) + 1), other_people(rng, state, lang, values))
    text = join(rng, lang, clauses)
    if rng.random() < 0.14:
        return Turn(asides.add_asides(rng, lang, text), acknowledge(lang, state, stated), "tell", False)
    prefix = rng.choice(ph.EN_PREFIX if lang == "en" else ph.ZH_PREFIX)
    suffix = rng.choice(ph.EN_SUFFIX if lang == "en" else ph.ZH_SUFFIX)
    if prefix.endswith(("! ", ". ")):
        text = capital(text)
    return Turn((prefix + text + suffix), acknowledge(lang, state, stated), "tell", False)


def tell_bundle(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    """States several facts in one sentence."""
    text = rng.choice(bundles.EN if lang == "en" else bundles.ZH)
    stated = bundles.kinds_stated(text)
    for kind in stated:
        draw_fact(rng, state, lang, values, kind)
    if lang == "en" and "pet" in state.facts:
        text = article(text, state.facts["pet"])
    if rng.random() < 0.1:
        text = join(rng, lang, [text, other_people(rng, state, lang, values)])
    if rng.random() < 0.2:
        return Turn(asides.add_asides(rng, lang, text), acknowledge(lang, state, stated), "tell", False)
    suffix = rng.choice(ph.EN_SUFFIX if lang == "en" else ph.ZH_SUFFIX)
    return Turn(text + suffix, acknowledge(lang, state, stated), "tell", False)


def acknowledge(lang: str, state: State, stated: list[str]) -> str:
    """Answers stated facts. A single fact becomes the subject, which the next turn can correct without naming its kind."""
    state.subject = stated[0] if len(stated) == 1 and stated[0] in KINDS else None
    state.corrected.difference_update(part for kind in stated for part in kind.split("+"))
    return statement_answer(lang, state.facts, stated)


def other_people(rng: random.Random, state: State, lang: str, values: Values) -> str:
    state.mentions_others = True
    rel = rng.choice(RELATIVES_EN if lang == "en" else RELATIVES_ZH).replace("-", " ")
    return rng.choice(bundles.OTHER_PEOPLE[lang]).format(rel=rel, v=values.draw(rng, "name", lang))


def draw_fact(rng: random.Random, state: State, lang: str, values: Values, kind: str) -> None:
    """Draws the value of one kind, or of a pet and its name, and stores it in the state."""
    for part in kind.split("+"):
        state.facts[part] = values.draw(rng, part, lang)
    if kind == "pet":
        state.facts.pop("petname", None)


def clause(rng: random.Random, state: State, lang: str, values: Values, kind: str) -> str:
    """Draws a value and returns a sentence with its slot, which `fill_slots` replaces later."""
    draw_fact(rng, state, lang, values, kind)
    text = rng.choice((ph.EN_CLAUSES if lang == "en" else ph.ZH_CLAUSES)[kind])
    plain = kind in ("colour", "food") and is_plausible(state.facts[kind], kind, lang) and not values.evaluation
    if plain and rng.random() < 0.25:  # "I like violet" would be ambiguous with an invented word
        text = rng.choice((ph.EN_PLAIN if lang == "en" else ph.ZH_PLAIN)[kind])
    return article(text, state.facts["pet"]) if lang == "en" and "pet" in kind and "pet" in state.facts else text


def join(rng: random.Random, lang: str, clauses: list[str]) -> str:
    text = clauses[0]
    for more in clauses[1:]:
        glue = rng.choice(ph.EN_JOIN if lang == "en" else ph.ZH_JOIN)
        text += glue + (capital(more) if glue.endswith(". ") else more)
    return text


def capital(text: str) -> str:
    return text if text.startswith("{") else text[:1].upper() + text[1:]


def name_pet(rng: random.Random, state: State, lang: str, values: Values) -> Turn | None:
    """"Its name is Momo." when a pet was stated without a name."""
    if "pet" not in state.facts or "petname" in state.facts or state.mentions_others or state.last_kind not in ("tell", "small", "recall", "missing"):
        return None
    text = clause(rng, state, lang, values, "petname") + ("." if lang == "en" else "。")
    return Turn(text, acknowledge(lang, state, ["petname"]), "tell", True)


def correct(rng: random.Random, state: State, lang: str, values: Values) -> Turn | None:
    kinds = [kind for kind in KINDS if kind in state.facts]
    if not kinds:
        return None
    kind = rng.choice(kinds)
    is_short = state.subject in kinds and state.last_kind in ("tell", "recall", "correct") and rng.random() < 0.5
    if is_short:
        kind = state.subject
    old = state.facts[kind]
    while state.facts[kind] == old:
        state.facts[kind] = values.draw(rng, kind, lang)
    text = short_correction(rng, lang, kind) if is_short else full_correction(rng, state, lang, kind)
    if lang == "en" and kind == "pet":
        text = article(text, state.facts["pet"])
        text = text.replace("a {old}", "an {old}") if old[0] in "aeio" else text
    text = text.replace("{old}", old) + ("." if lang == "en" else "。")
    answer = acknowledge(lang, state, [kind])
    state.corrected.add(kind)
    return Turn(text, answer, "correct", is_short or kind in ("petname", "pet"))


def short_correction(rng: random.Random, lang: str, kind: str) -> str:
    """Returns a correction of the fact of the previous turn: "No wait, it's actually Momo"."""
    slot = "{" + kind + "}"
    if lang == "en" and kind == "pet":
        return rng.choice(ph.EN_FIX_SHORT).replace("{v}", "a {pet}").replace("{old}", "a {old}")
    return rng.choice(ph.EN_FIX_SHORT if lang == "en" else ph.ZH_FIX_SHORT).replace("{v}", slot)


def full_correction(rng: random.Random, state: State, lang: str, kind: str) -> str:
    """Returns a correction that names the kind of fact; for a pet with a name, it changes the species only."""
    if rng.random() < 0.45 or (kind == "pet" and "petname" in state.facts):
        text = rng.choice((ph.EN_FIX_OLD if lang == "en" else ph.ZH_FIX_OLD)[kind])
        if rng.random() < 0.7:
            return text
        return rng.choice(ph.EN_FIX if lang == "en" else ph.ZH_FIX).format(clause=text[:1].lower() + text[1:] if text[0] != "I" else text)
    words = rng.choice((ph.EN_CLAUSES if lang == "en" else ph.ZH_CLAUSES)[kind])
    return rng.choice(ph.EN_FIX if lang == "en" else ph.ZH_FIX).format(clause=words)


def ask_one(rng: random.Random, state: State, lang: str) -> Turn:
    """Asks for a fact, which was mostly stated before."""
    known = [kind for kind in KINDS if kind in state.facts]
    state.subject = None
    if "petname" in state.facts and rng.random() < 0.05:
        return other_pet(rng, state, lang)
    special = by_name_or_pronoun(rng, state, lang)
    if special:
        return special
    kind = rng.choice(known + [kind for kind in known if kind in state.corrected]) if known and rng.random() < 0.82 else rng.choice(KINDS)
    state.subject = kind if kind in state.facts and not (kind == "pet" and "petname" in state.facts) else None
    more = state.last_kind in ("recall", "missing") and rng.random() < 0.4
    bank = (ph.EN_MORE if more else ph.EN_ASK) if lang == "en" else (ph.ZH_MORE if more else ph.ZH_ASK)
    text = fill_pet(rng, lang, state, rng.choice(bank[kind]))
    if kind == "name" and "name" in state.facts and rng.random() < 0.04:
        text = "Is my name {name}?" if lang == "en" else "我叫{name}吗？"
    if not more:
        prefix = rng.choice(ph.EN_RECALL_PREFIX if lang == "en" else ph.ZH_RECALL_PREFIX)
        text = prefix + (text[:1].lower() + text[1:] if prefix and not prefix.endswith(". ") else text)
    return Turn(text, recall_sentence(lang, state.facts, kind), "recall" if kind in state.facts else "missing", kind in state.facts)


def by_name_or_pronoun(rng: random.Random, state: State, lang: str) -> Turn | None:
    """"And her name?" if it is unambiguous, or "who is Momo?"."""
    en, dice = lang == "en", rng.random()
    if dice < 0.07 and "petname" in state.facts and not state.mentions_others and state.last_kind in ("tell", "correct", "recall", "recall2", "small", "missing"):
        kind, bank = "petname", pet_phrases.EN_BY_PRONOUN if en else pet_phrases.ZH_BY_PRONOUN
    elif 0.1 < dice < 0.17 and "petname" in state.facts:
        kind, bank = "petname", pet_phrases.EN_BY_NAME if en else pet_phrases.ZH_BY_NAME
    elif 0.2 < dice < 0.22 and "name" in state.facts:
        kind, bank = "name", pet_phrases.EN_OWN_NAME if en else pet_phrases.ZH_OWN_NAME
    else:
        return None
    return Turn(rng.choice(bank), recall_sentence(lang, state.facts, kind), "recall", True)


def other_pet(rng: random.Random, state: State, lang: str) -> Turn:
    """Asks for the name of a pet that was not stated, such as the name of a dog if the stated pet is a cat."""
    pet = any_pet(rng, lang)
    while not pet_phrases.is_different_animal(state.facts.get("pet", ""), pet):
        pet = any_pet(rng, lang)
    bank = [text for text in (ph.EN_ASK if lang == "en" else ph.ZH_ASK)["petname"] if "{pet}" in text]
    return Turn(rng.choice(bank).replace("{pet}", pet), MISSING[lang]["petname"], "missing", False)


def any_pet(rng: random.Random, lang: str) -> str:
    """Draws a species from the same distribution as `tell`; otherwise the model could infer from the species that the pet was not stated."""
    return value_lists.plausible(rng, "pet", lang)


def fill_pet(rng: random.Random, lang: str, state: State, text: str) -> str:
    """Keeps the slot {pet}, or replaces it with a wider species, if a pet was stated; otherwise fills in a random species."""
    if "pet" in state.facts:
        wider = pet_phrases.WIDER.get(state.facts["pet"])
        return text.replace("{pet}", wider) if wider and rng.random() < 0.25 else text
    return text.replace("{pet}", any_pet(rng, lang))


def ask_two(rng: random.Random, state: State, lang: str) -> Turn | None:
    known = [kind for kind in KINDS if kind in state.facts and not (kind == "pet" and "petname" in state.facts)]
    if len(known) < 2:
        return None
    a, b = rng.sample(known, 2)
    if rng.random() < 0.1:
        b = rng.choice([kind for kind in KINDS if kind not in (a, "pet", "petname")])
    answer = (" " if lang == "en" else "").join(recall_sentence(lang, state.facts, kind) for kind in (a, b))
    if rng.random() < 0.45:
        bank = ph.EN_ASK if lang == "en" else ph.ZH_ASK
        one, two = rng.choice(bank[a]).rstrip(".?？。"), rng.choice(bank[b])
        glue = rng.choice([" and ", ", and ", "? "] if lang == "en" else ["？", "，", "，还有"])
        text = one + glue + (two if glue == "? " else two[:1].lower() + two[1:])
    else:
        nouns = ph.EN_NOUN if lang == "en" else ph.ZH_NOUN
        text = rng.choice(ph.EN_TWO if lang == "en" else ph.ZH_TWO).format(a=rng.choice(nouns[a]), b=rng.choice(nouns[b]))
        text = capital(text)
    return Turn(fill_pet(rng, lang, state, text), answer, "recall2", a in state.facts or b in state.facts)


def everything(rng: random.Random, state: State, lang: str) -> Turn:
    text = rng.choice(ph.EN_EVERYTHING if lang == "en" else ph.ZH_EVERYTHING)
    kinds = [kind for kind in KINDS if kind in state.facts and not (kind == "petname" and "pet" in state.facts)]
    if not kinds:
        return Turn(text, NOTHING[lang], "missing", False)
    answer = (" " if lang == "en" else "").join(recall_sentence(lang, state.facts, kind) for kind in kinds)
    return Turn(text, answer, "recall2", True)
