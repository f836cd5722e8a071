"""Acts about the nine rankings: ask for a rank, ask for another rank, change the topic and return to it."""

import random

from . import ranking_phrases as ph
from .answers import COUNTRIES, NUMERALS, TOPICS, list_answer, rank_answer
from .state import State, Turn

ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth",
         9: "ninth", 10: "tenth", 11: "eleventh", 12: "twelfth", 15: "fifteenth", 20: "twentieth", 50: "fiftieth",
         100: "hundredth"}
SHORT_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}
CARDINALS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
UNKNOWN_RANKS = [6, 6, 6, 7, 7, 8, 8, 9, 10, 10, 11, 12, 15, 20, 50, 100]


def ordinal_en(rng: random.Random, rank: int) -> str:
    if rng.random() < 0.16:
        return SHORT_ORDINALS.get(rank, f"{rank}th")
    return ORDINALS.get(rank, f"{rank}th")


def number_en(rng: random.Random, rank: int) -> str:
    return str(rank) if rank not in CARDINALS or rng.random() < 0.5 else CARDINALS[rank]


def number_zh(rng: random.Random, rank: int) -> str:
    if rank <= 10 and rng.random() < 0.8:
        return NUMERALS[rank - 1]
    return str(rank)


def normalize_spaces(text: str) -> str:
    return " ".join(text.split()).replace(" ?", "?").replace(" .", ".").replace(" ,", ",")


def phrase_en(rng: random.Random, topic: str, rank: int) -> str:
    """Returns a phrase such as "second highest mountain in the world"."""
    sups, nouns, _, _ = ph.EN_TOPICS[topic]
    order = "" if rank == 1 else ordinal_en(rng, rank) + rng.choice([" ", " ", " ", "-"])
    place = rng.choice(ph.EN_PLANET_PLACES if topic == "planet" else ph.EN_PLACES)
    pattern = "{o}{s} {n} {p}"
    if topic == "area":
        pattern = rng.choice(ph.EN_AREA)
    if topic == "population":
        pattern = rng.choice(ph.EN_POPULATION)
    return normalize_spaces(pattern.format(o=order, s=rng.choice(sups), n=rng.choice(nouns), p=place))


def phrase_zh(rng: random.Random, topic: str, rank: int) -> str:
    adjective, nouns, _ = ph.ZH_TOPICS[topic]
    order = "最" if rank == 1 else f"第{number_zh(rng, rank)}"
    place = rng.choice(ph.ZH_PLANET_PLACES if topic == "planet" else ph.ZH_PLACES)
    if topic in ("area", "population"):
        return place + rng.choice(ph.ZH_AREA if topic == "area" else ph.ZH_POPULATION).format(r=order)
    noun = rng.choice(nouns)
    if topic == "mountain" and noun == "山脉的主峰":
        noun = "山峰"
        if rng.random() < 0.5:
            return place + (f"{order}高峰" if rank > 1 else "最高峰")
    if rng.random() < 0.12:
        return place + f"第{number_zh(rng, rank)}{adjective}{noun}"
    return place + f"{order}{adjective}的{noun}"


def phrase(rng: random.Random, lang: str, topic: str, rank: int) -> str:
    return phrase_en(rng, topic, rank) if lang == "en" else phrase_zh(rng, topic, rank)


def question_en(rng: random.Random, topic: str, rank: int) -> str:
    sups, nouns, plurals, dimension = ph.EN_TOPICS[topic]
    place = rng.choice(ph.EN_PLANET_PLACES if topic == "planet" else ph.EN_PLACES)
    order = "" if rank == 1 else ordinal_en(rng, rank) + " "
    slots = {"n": rng.choice(nouns), "ns": rng.choice(plurals), "s": rng.choice(sups), "p": place, "o": order,
             "os": order + rng.choice(sups), "w": ordinal_en(rng, rank), "i": number_en(rng, rank), "d": dimension}
    dice = rng.random()
    if dice < 0.22:
        if topic in ("area", "population"):
            bank = ph.EN_ASK_AREA if topic == "area" else ph.EN_ASK_POPULATION
        else:
            bank = ph.EN_ASK_NOUN
        return normalize_spaces(rng.choice(bank).format(**slots))
    if dice < 0.36 and rank > 1:
        return normalize_spaces(rng.choice(ph.EN_ASK_RANK).format(**slots))
    return normalize_spaces(rng.choice(ph.EN_ASK).format(np=phrase_en(rng, topic, rank)))


def question_zh(rng: random.Random, topic: str, rank: int) -> str:
    adjective, nouns, counter = ph.ZH_TOPICS[topic]
    place = rng.choice(ph.ZH_PLANET_PLACES if topic == "planet" else ph.ZH_PLACES)
    number = number_zh(rng, rank)
    noun = rng.choice([noun for noun in nouns if len(noun) < 4])
    slots = {"m": counter, "n": noun, "a": adjective, "p": place, "r": "最" if rank == 1 else f"第{number}",
             "i": number, "d": ph.ZH_DIMENSION[topic]}
    dice = rng.random()
    country = topic in ("area", "population")
    if dice < 0.25:
        bank = {"area": ph.ZH_ASK_AREA, "population": ph.ZH_ASK_POPULATION}.get(topic, ph.ZH_ASK_NOUN)
        return rng.choice(bank).format(**slots)
    if dice < 0.35 and rank > 1 and not country:
        return rng.choice(ph.ZH_ASK_RANK).format(**slots)
    bank = ph.ZH_ASK_COUNTRY if country and rng.random() < 0.5 else ph.ZH_ASK
    return rng.choice(bank).format(np=phrase_zh(rng, topic, rank), m=counter)


def record_answer(state: State, topic: str, rank: int) -> None:
    state.topic = topic
    state.rank = rank if rank <= 5 else None
    state.country = None
    if topic in ("area", "population") and rank <= 5:
        state.country = TOPICS[topic]["items"][rank - 1][0]


def pick_rank(rng: random.Random) -> int:
    return rng.choice([1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5])


def ask_country(rng: random.Random, state: State, lang: str) -> Turn:
    return ask(rng, state, lang, ["area", "population"])


def ask(rng: random.Random, state: State, lang: str, topics: list[str] | None = None) -> Turn:
    topic = rng.choice(topics or list(TOPICS))
    rank = pick_rank(rng) if rng.random() > 0.05 else rng.choice(UNKNOWN_RANKS)
    text = question_en(rng, topic, rank) if lang == "en" else question_zh(rng, topic, rank)
    if rng.random() < 0.06:
        text, rank = by_item(rng, lang, topic)
    record_answer(state, topic, rank)
    return Turn(text, rank_answer(lang, topic, rank), "rank", False)


def by_item(rng: random.Random, lang: str, topic: str) -> tuple[str, int]:
    """Returns a question that names the ranking by one of its items ("I know the Nile, but which one is the longest?"), and its rank."""
    rank = pick_rank(rng)
    items = [item[0 if lang == "en" else 1] for place, item in enumerate(TOPICS[topic]["items"], 1) if place != rank]
    if topic in ("area", "population"):  # a country alone does not identify the ranking: there are two
        return (question_en if lang == "en" else question_zh)(rng, topic, rank), rank
    if lang == "en":
        sups, nouns, _, _ = ph.EN_TOPICS[topic]
        order = "" if rank == 1 else ordinal_en(rng, rank) + " "
        text = rng.choice(ph.EN_BY_ITEM).format(x=rng.choice(items), os=order + rng.choice(sups), n=rng.choice(nouns))
    else:
        adjective, _, counter = ph.ZH_TOPICS[topic]
        order = "最" if rank == 1 else f"第{number_zh(rng, rank)}"
        text = rng.choice(ph.ZH_BY_ITEM).format(x=rng.choice(items), r=order, a=adjective, m=counter)
    return text, rank


def follow(rng: random.Random, state: State, lang: str) -> Turn | None:
    """"And the third?": a question that names only the rank."""
    topic = state.topic
    if topic is None:
        return None
    rank = rng.choice([1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5])
    if state.rank is not None and rng.random() < 0.35:
        rank = state.rank + 1
    if rng.random() < 0.07:
        rank = rng.choice(UNKNOWN_RANKS)
    text = follow_text(rng, lang, topic, rank)
    record_answer(state, topic, rank)
    return Turn(text, rank_answer(lang, topic, rank), "next", True)


def follow_text(rng: random.Random, lang: str, topic: str, rank: int) -> str:
    if lang == "zh":
        adjective, nouns, counter = ph.ZH_TOPICS[topic]
        bank = [text for text in ph.ZH_NEXT if rank <= 10 or "老" not in text]
        text = rng.choice(bank)
        if topic in ("area", "population") and ("{a}" in text):
            text = text.replace("第{i}{a}", ("面积" if topic == "area" else "人口") + "第{i}{a}") if rng.random() < 0.4 else text
        return text.format(i=number_zh(rng, rank), a=adjective, m=counter, n=rng.choice([n for n in nouns if len(n) < 4]))
    sups, nouns, _, _ = ph.EN_TOPICS[topic]
    word = ordinal_en(rng, rank)
    sup = rng.choice(sups)
    slots = {"w": word, "os": f"{word} {sup}", "os1": sup, "s": sup, "i": number_en(rng, rank), "n": rng.choice(nouns)}
    return rng.choice(ph.EN_NEXT).format(**slots)


def neighbour(rng: random.Random, state: State, lang: str) -> Turn | None:
    """"And the next one?" or "What comes after K2?"; the answer for a rank beyond the fifth is a refusal."""
    if state.topic is None or state.last_kind not in ("rank", "next"):
        return None
    if rng.random() < 0.2:
        return after_item(rng, state, lang)
    back = state.rank is not None and state.rank > 1 and rng.random() < 0.2
    rank = (state.rank or 6) + (-1 if back else 1)
    bank = {("en", False): ph.EN_AFTER, ("en", True): ph.EN_BEFORE, ("zh", False): ph.ZH_AFTER, ("zh", True): ph.ZH_BEFORE}
    text = rng.choice(bank[lang, back]).format(m=ph.ZH_TOPICS[state.topic][2])
    record_answer(state, state.topic, rank)
    return Turn(text, rank_answer(lang, state.topic, rank), "next", True)


def after_item(rng: random.Random, state: State, lang: str) -> Turn:
    """"What comes after Lhotse?": names the item of the last answer or another item of the same ranking."""
    named = state.rank if state.rank is not None and rng.random() < 0.7 else rng.randrange(1, 6)
    back = named > 1 and rng.random() < 0.2
    rank = named + (-1 if back else 1)
    bank = {("en", False): ph.EN_AFTER_NAME, ("en", True): ph.EN_BEFORE_NAME, ("zh", False): ph.ZH_AFTER_NAME, ("zh", True): ph.ZH_BEFORE_NAME}
    item = TOPICS[state.topic]["items"][named - 1][0 if lang == "en" else 1]
    text = rng.choice(bank[lang, back]).format(x=item, m=ph.ZH_TOPICS[state.topic][2])
    record_answer(state, state.topic, rank)
    return Turn(text, rank_answer(lang, state.topic, rank), "next", True)


def switch(rng: random.Random, state: State, lang: str) -> Turn | None:
    """Changes the ranking: "What about the longest river?"."""
    if state.topic is None:
        return None
    topic = rng.choice([name for name in TOPICS if name != state.topic])
    dice = rng.random()
    if dice < 0.12 and {topic, state.topic} == {"area", "population"} and state.rank == 1:
        return other_measure(rng, state, lang, topic)
    if dice < 0.2 and state.rank == 1 and topic not in ("area", "population"):
        rank, text = 1, topic_text(rng, lang, topic)
    elif dice < 0.4:
        rank = rng.choice([2, 3, 4, 5])
        text = back_text(rng, lang, topic, rank)
    else:
        rank = pick_rank(rng)
        np = phrase(rng, lang, topic, rank)
        text = rng.choice(ph.EN_SWITCH if lang == "en" else ph.ZH_SWITCH).format(np=np, m=ph.ZH_TOPICS[topic][2])
    record_answer(state, topic, rank)
    return Turn(text, rank_answer(lang, topic, rank), "rank", False)


def topic_text(rng: random.Random, lang: str, topic: str) -> str:
    """Returns "And rivers?", which asks for the first rank of the new topic."""
    if lang == "en":
        return rng.choice(ph.EN_TOPIC).format(ns=rng.choice(ph.EN_TOPICS[topic][2]))
    return rng.choice(ph.ZH_TOPIC).format(n=rng.choice([n for n in ph.ZH_TOPICS[topic][1] if len(n) < 4]))


def back_text(rng: random.Random, lang: str, topic: str, rank: int) -> str:
    if topic in ("area", "population"):
        return rng.choice(ph.EN_SWITCH if lang == "en" else ph.ZH_SWITCH).format(np=phrase(rng, lang, topic, rank), m="个")
    if lang == "en":
        sups, nouns, plurals, _ = ph.EN_TOPICS[topic]
        return rng.choice(ph.EN_BACK).format(ns=rng.choice(plurals), n=rng.choice(nouns), s=rng.choice(sups), w=ordinal_en(rng, rank))
    adjective, nouns, counter = ph.ZH_TOPICS[topic]
    noun = rng.choice([n for n in nouns if len(n) < 4])
    return rng.choice(ph.ZH_BACK).format(n=noun, i=number_zh(rng, rank), a=adjective, m=counter)


def other_measure(rng: random.Random, state: State, lang: str, topic: str) -> Turn:
    """"And by population?" after a question about the largest country by area, or the reverse."""
    en = {"population": ["And by population?", "What about by population?", "and in terms of population?"],
          "area": ["And by area?", "What about by area?", "and by size?"]}
    zh = {"population": ["那按人口呢？", "人口最多的呢？", "那人口呢？"], "area": ["那按面积呢？", "面积最大的呢？", "那面积呢？"]}
    record_answer(state, topic, 1)
    return Turn(rng.choice((en if lang == "en" else zh)[topic]), rank_answer(lang, topic, 1), "next", True)


def list_all(rng: random.Random, state: State, lang: str) -> Turn:
    topic = rng.choice(list(TOPICS))
    if lang == "en":
        sups, _, plurals, _ = ph.EN_TOPICS[topic]
        place = rng.choice(ph.EN_PLANET_PLACES if topic == "planet" else ph.EN_PLACES)
        text = normalize_spaces(rng.choice(ph.EN_LIST).format(s=sups[0], ns=plurals[0], p=place))
    else:
        adjective, nouns, counter = ph.ZH_TOPICS[topic]
        place = rng.choice(ph.ZH_PLANET_PLACES if topic == "planet" else ph.ZH_PLACES)
        text = rng.choice(ph.ZH_LIST).format(p=place, a=adjective, m=counter, n=nouns[0])
        if topic in ("area", "population"):
            text = text.replace("最", "面积最" if topic == "area" else "人口最")
    record_answer(state, topic, 1)
    state.country = None
    return Turn(text, list_answer(lang, topic), "list", False)


def confirm(rng: random.Random, state: State, lang: str) -> Turn:
    """"Is K2 the highest mountain?", which is answered with the correct fact."""
    topic, rank = rng.choice(list(TOPICS)), pick_rank(rng)
    column = 0 if lang == "en" else 1
    guess = rng.choice(TOPICS[topic]["items"])[column]
    text = rng.choice(ph.EN_YESNO if lang == "en" else ph.ZH_YESNO).format(x=guess, np=phrase(rng, lang, topic, rank))
    record_answer(state, topic, rank)
    return Turn(text, rank_answer(lang, topic, rank), "rank", False)


def double(rng: random.Random, state: State, lang: str) -> Turn:
    first, second = rng.sample(list(TOPICS), 2)
    a, b = phrase(rng, lang, first, 1), phrase(rng, lang, second, 1)
    en = ["What are the {a} and the {b}?", "What is the {a} and what is the {b}?", "Tell me the {a} and the {b}."]
    zh = ["{a}和{b}分别是什么？", "{a}是什么？{b}呢？", "告诉我{a}和{b}。"]
    record_answer(state, second, 1)
    joint = " " if lang == "en" else ""
    return Turn(rng.choice(en if lang == "en" else zh).format(a=a, b=b),
                rank_answer(lang, first, 1) + joint + rank_answer(lang, second, 1), "rank", False)


def country_of(state: State) -> str | None:
    return state.country if state.country in COUNTRIES else None
