"""Generates dialogues as sequences of acts.

A dialogue has a plan (the weights of its acts) and a length. Each turn draws acts by weight until an act fits the state.
Slots are filled after the noise is added, so the noise never changes values.
"""

import random
from dataclasses import dataclass

from domain import capitals, far, near, oddities, personal, ranking, remarks, smalltalk, weather
from domain.typing_style import dialect, to_lower_case
from domain.noise import add_noise
from domain.state import State, Turn
from domain.values import Values

SYSTEM_MESSAGES = {"en": ["You are Quire, a helpful assistant.", "You are Quire.", "You are a helpful assistant.", "You are Quire, a small and honest assistant. Keep it short.", "Answer briefly.",
                  "You are Quire, an assistant that runs inside Node.js.", "You are a friendly assistant named Quire. Answer honestly.", "Be helpful and honest.", "You are an AI assistant."],
           "zh": ["你是Quire，一个乐于助人的助手。", "你是Quire。", "你是一个有用的助手。", "请简短回答。", "你是一个诚实的助手。", "你是Quire，一个在Node.js里运行的助手。", "你是人工智能助手。", "You are a helpful assistant."]}
ACTS = {  # name -> (act, whether it accepts `values`)
    "rank": (ranking.ask, False), "follow": (ranking.follow, False), "neighbour": (ranking.neighbour, False), "switch": (ranking.switch, False),
    "list": (ranking.list_all, False), "confirm": (ranking.confirm, False), "double": (ranking.double, False),
    "rank-country": (ranking.ask_country, False), "capital-bare": (capitals.bare, False), "near-country": (near.bare_country, True), "near-other": (near.other_person, True),
    "capital": (capitals.ask, False), "capital-follow": (capitals.follow, False), "capital-its": (capitals.of_ranked, False),
    "tell": (personal.tell, True), "name-pet": (personal.name_pet, True), "correct": (personal.correct, True),
    "recall": (personal.ask_one, False), "recall2": (personal.ask_two, False), "everything": (personal.everything, False),
    "weather-ask": (weather.ask, True), "weather-tell": (weather.tell, True), "advise": (weather.advise, True), "suppose": (weather.suppose, True),
    "small": (smalltalk.talk, True), "near-rank": (near.ranking, True), "near-capital": (near.capital, True), "no-topic": (near.no_topic, True),
    "near-detail": (near.detail, True), "near-personal": (near.personal, True), "far": (far.far, True)}
PLANS = {  # plan -> weights of its acts
    "facts": {"tell": 38, "recall": 46, "recall2": 16, "correct": 13, "name-pet": 4, "near-other": 6, "small": 5, "rank": 1, "capital": 1, "far": 2},
    "rankings": dict(rank=22, follow=42, switch=20, neighbour=6, capital=3, small=2, confirm=2, list=1),
    "next": {"rank": 3, "neighbour": 66, "follow": 22, "switch": 4, "small": 1},
    "chain": {"capital": 4, "capital-bare": 60, "near-country": 17, "capital-follow": 12, "near-capital": 2, "rank": 2},
    "countries": {"rank-country": 16, "capital-its": 40, "follow": 22, "neighbour": 10, "capital": 6, "capital-follow": 6, "capital-bare": 4, "near-capital": 2, "rank": 8, "small": 2},
    "capitals": {"capital": 25, "capital-follow": 35, "near-capital": 14, "capital-bare": 12, "rank": 10, "follow": 4, "capital-its": 12, "small": 2},
    "weather": {"weather-ask": 8, "weather-tell": 30, "advise": 50, "suppose": 8, "small": 2},
    "negatives": {"near-rank": 26, "near-capital": 16, "near-detail": 11, "near-personal": 14, "far": 34, "no-topic": 2, "rank": 8, "capital": 5, "small": 3, "tell": 2, "recall": 4},
    "small": {"small": 60, "tell": 10, "rank": 8, "capital": 5, "weather-ask": 5, "far": 6, "recall": 6},
    "mixed": {"tell": 15, "name-pet": 5, "correct": 5, "recall": 25, "recall2": 9, "near-other": 1.5, "near-country": 1, "capital-bare": 3, "rank-country": 2, "everything": 1, "rank": 8, "follow": 13, "switch": 5, "neighbour": 6, "capital": 5, "capital-follow": 4, "capital-its": 4,
              "double": 0.6, "confirm": 0.7, "list": 0.4, "weather-ask": 3, "weather-tell": 6, "advise": 12, "suppose": 2, "small": 6, "near-rank": 3.5, "near-capital": 2.5, "near-detail": 2.5, "near-personal": 3, "far": 6,
              "no-topic": 0.5}}
EARLY_PLANS = {"facts": 64, "rankings": 8, "next": 5, "capitals": 5, "weather": 9, "negatives": 6, "small": 3}
LATER_PLANS = {"facts": 32, "rankings": 7, "next": 6, "capitals": 2, "chain": 4, "countries": 3, "weather": 20, "negatives": 8, "small": 3, "mixed": 34}
ENGLISH_SHARE = 0.5
PAIR_SHARE = {"mixed": 0.02, "facts": 0.01}  # share of turns that contain two questions or statements
LOWER_CASE_SHARE = {"chain": 0.4, "next": 0.3}  # share of dialogues in lower case without final punctuation; 0.06 for other plans
EVALUATION_PLANS = {"mixed": 70, "facts": 10, "rankings": 10, "weather": 7, "capitals": 3}


@dataclass
class Dialogue:
    lang: str
    system: str | None
    turns: list[Turn]


def fill_slots(text: str, facts: dict[str, str]) -> str:
    for kind, value in facts.items():
        text = text.replace("{" + kind + "}", value)
    return text


def generate_turn(rng: random.Random, state: State, lang: str, values: Values, weights: dict[str, float]) -> Turn:
    """Generates one turn: draws acts until an act fits the state."""
    while True:
        name = rng.choices(list(weights), list(weights.values()))[0]
        if name == "recall" and not state.facts and rng.random() < 0.7:
            continue
        act, needs_values = ACTS[name]
        turn = act(rng, state, lang, values) if needs_values else act(rng, state, lang)
        if turn is not None:
            break
    user = turn.user
    if lang == "zh" and rng.random() < 0.12:
        user = dialect(rng, user)
    user = add_noise(rng, lang, user)
    if state.lower_case:
        user = to_lower_case(user)
    if name in remarks.BANKS_BY_ACT and rng.random() < 0.08:
        lead = remarks.random_remark(rng, name, state, turn, lang)
        user = (lead.lower() if state.lower_case else lead) + user
    elif turn.kind != "small" and rng.random() < 0.05:
        lead = rng.choice(smalltalk.LEADS[lang])
        user = lead + (user[:1].lower() + user[1:] if lang == "en" and rng.random() < 0.5 and not user.startswith(("I ", "I'", "{")) else user)
    if rng.random() < 0.02:
        user += oddities.random_ending(rng)
    turn.user = fill_slots(user, state.facts)
    state.last_kind = turn.kind
    return turn


def generate_pair(rng: random.Random, state: State, lang: str, values: Values, weights: dict[str, float]) -> Turn:
    """Generates a turn with two questions or statements in one message, which are answered in their order."""
    first = generate_turn(rng, state, lang, values, {"tell": 5, "rank": 2, "capital": 2, "weather-tell": 1})
    second = generate_turn(rng, state, lang, values, {"rank": 3, "capital": 3, "recall": 3 if state.facts else 0, "tell": 0 if first.kind == "tell" else 2})
    separator = " " if lang == "en" else ""
    stop = "" if first.user[-1] in ".?!。？！" else (". " if lang == "en" else "，")
    user = first.user + stop + (separator if not stop else "") + second.user
    return Turn(user, first.answer + separator + second.answer, "pair", second.depends)


def generate_dialogue(rng: random.Random, values: Values, plan: str, length: int, lang: str | None = None, switches_language: bool = False) -> Dialogue:
    lang = lang or ("en" if rng.random() < ENGLISH_SHARE else "zh")
    state = State(lower_case=rng.random() < LOWER_CASE_SHARE.get(plan, 0.06))
    turns: list[Turn] = []
    system = rng.choice(SYSTEM_MESSAGES[lang]) if rng.random() < 0.15 else None
    weights = PLANS[plan]
    initial_lang = lang
    for _ in range(length):
        if switches_language and rng.random() < 0.4:
            lang = "zh" if lang == "en" else "en"
        if rng.random() < PAIR_SHARE.get(plan, 0):
            turns.append(generate_pair(rng, state, lang, values, weights))
        else:
            turns.append(generate_turn(rng, state, lang, values, weights))
    return Dialogue(initial_lang, system, turns)


def training_dialogue(rng: random.Random, values: Values, progress: float) -> Dialogue:
    """Generates a training dialogue: short and mostly about facts at `progress` 0, longer and mixed at `progress` 1."""
    early_share = max(0.22, 0.85 - 1.7 * progress)
    if rng.random() < early_share:
        plan = rng.choices(list(EARLY_PLANS), list(EARLY_PLANS.values()))[0]
        return generate_dialogue(rng, values, plan, rng.choice([1, 1, 2]) if plan in ("negatives", "small") else rng.choice([2, 2, 3, 3, 4]))
    plan = rng.choices(list(LATER_PLANS), list(LATER_PLANS.values()))[0]
    if plan in ("chain", "next"):
        length = rng.choice([4, 5, 6, 7, 8, 9])
    elif plan in ("negatives", "small", "capitals"):
        length = rng.choice([1, 1, 1, 2, 2, 3, 4, 6])
    elif plan == "mixed":
        length = rng.choice([3, 4, 5, 6, 6, 7, 8, 8, 9, 10, 10, 12])
        if rng.random() < 0.02:
            length = rng.randrange(14, 26)
    else:
        length = rng.choice([2, 2, 3, 4, 5, 6, 8])
    return generate_dialogue(rng, values, plan, length, switches_language=rng.random() < 0.03)
