"""A remark before the question in the same message: "Wow, I thought it was K2. Which one is third?"

The remark names another item of the same ranking, or another country, so that the model must read the question.
"""

import random

from .answers import COUNTRIES, NUMERALS, TOPICS
from .state import State, Turn

ORDINALS = ["first", "second", "third", "fourth", "fifth"]
RANKING = {
    "en": ["Wow, I thought it was {x}. ", "Never mind {x}. ", "Never mind {x}, ", "I was sure it would be {x}! ", "Really? Not {x}? ", "Forget {x}. ", "Forget about the {w}. ", "I don't care about the {w}. ", "Leave {x} aside; ",
           "My friend says {x}, haha. ", "I've seen {x} on TV. ", "Oh, I always mix it up with {x}. ", "Not the {w}. ", "So {x} was wrong, hm. ", "I've been reading about {x} all day. ", "I would have guessed {x}. "],
    "zh": ["哇，我还以为是{x}。", "哇，我以为是{x}呢。", "{x}排第几先不管，", "先不管{x}，", "不说{x}了，", "第{i}名先不管，", "先别说第{i}名，", "原来不是{x}啊。", "我一直以为是{x}，", "我朋友说是{x}，哈哈。", "{x}我在电视上见过。", "算了，不管{x}，", "我猜的是{x}，猜错了。", "别提{x}了，"]}
CAPITAL = {
    "en": ["Oh, I thought it was {city}. ", "Never mind {country}. ", "I've never been to {country}. ", "I love {city}, by the way. ", "Forget {country}, ", "My uncle lives in {city}. ", "Not {country}. ", "I always think of {city} first. "],
    "zh": ["哦，我还以为是{city}。", "先不管{country}，", "我没去过{country}。", "我很喜欢{city}。", "不说{country}了，", "我去过{city}，", "别管{country}，"]}
PLAIN = {
    "en": ["Haha, okay. ", "Ha, never mind. ", "Wow, you're quick! ", "That's more than I knew. ", "Hmm, let me think. ", "Fine, fine. ", "I'm a bit tired today. ", "My brother would love this. ", "That was easy. ", "Lol ok. ", "Something else: ", "Oh well. ", "Sorry, I was away. "],
    "zh": ["哈哈算了，", "哈哈，好吧。", "哇，真快！", "这我还真没想到。", "嗯，让我想想。", "算了算了，", "我今天有点累。", "行吧，", "说点别的，", "不好意思刚才走开了，", "厉害厉害，", "好了不闹了，", "这太简单了，"]}
BANKS_BY_ACT = {  # the phrase banks of remarks that can precede the question of an act
    "rank": (RANKING, PLAIN), "follow": (RANKING, RANKING, PLAIN), "switch": (RANKING, PLAIN), "near-rank": (RANKING, PLAIN), "capital": (CAPITAL, PLAIN), "capital-follow": (CAPITAL, PLAIN),
    "near-capital": (CAPITAL, PLAIN), "far": (RANKING, CAPITAL, PLAIN), "recall": (PLAIN,), "recall2": (PLAIN,), "advise": (PLAIN,), "tell": (PLAIN,)}


def random_remark(rng: random.Random, act: str, state: State, turn: Turn, lang: str) -> str:
    """Returns a remark for the generated turn. The remark never contains the answer of the turn."""
    column = 0 if lang == "en" else 1
    topic = state.topic or rng.choice(list(TOPICS))
    items = [item[column] for item in TOPICS[topic]["items"] if item[column] not in turn.answer]
    others = [row for row in COUNTRIES.values() if row[column] not in turn.answer and row[column + 2] not in turn.answer]
    country = rng.choice(others)
    rank = rng.choice([rank for rank in range(1, 6) if rank != state.rank])
    text = rng.choice(rng.choice(BANKS_BY_ACT[act])[lang])
    return text.format(x=rng.choice(items), w=ORDINALS[rank - 1], i=NUMERALS[rank - 1], country=country[column], city=country[column + 2])
