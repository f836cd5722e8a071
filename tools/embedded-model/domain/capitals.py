"""Acts about the 60 capitals: direct questions, follow-up questions, and the capital of the country in the last answer."""

import random

from .answers import COUNTRIES, REFUSE_CAPITAL, capital_answer
from .ranking import country_of
from .state import State, Turn

CHAIN = ("capital", "capital-next", "near-capital")  # kinds of turns after which a question may consist of a country only
ALIASES = {"the United States": ["the US", "the USA", "the United States of America", "America", "USA", "United States"],
           "the United Kingdom": ["the UK", "Britain", "Great Britain", "UK", "United Kingdom"], "South Korea": ["Korea", "South Korea"],
           "the Czech Republic": ["Czechia", "Czech Republic"], "the Netherlands": ["Netherlands", "Holland"],
           "the Philippines": ["Philippines"], "Turkey": ["Türkiye"], "Brazil": ["Brasil"]}
ZH_ALIASES = {"美国": ["美利坚合众国"], "韩国": ["大韩民国"], "沙特阿拉伯": ["沙特"], "孟加拉国": ["孟加拉"], "蒙古": ["蒙古国"], "俄罗斯": ["俄国"],
              "新西兰": ["纽西兰"], "澳大利亚": ["澳洲"], "英国": ["大不列颠"], "中国": ["我国"]}
EN_ASK = ["What is the capital of {c}?", "What is the capital of {c}?", "What is the capital of {c}?", "What's the capital of {c}?",
          "What's {c}'s capital?", "What is {c}'s capital?", "The capital of {c}?", "Capital of {c}?", "capital of {c}", "{c} capital?",
          "Which city is the capital of {c}?", "What city is the capital of {c}?", "Name the capital of {c}.", "Tell me the capital of {c}.",
          "What is the capital city of {c}?", "Do you know the capital of {c}?", "Can you tell me the capital of {c}?", "{c}'s capital?",
          "Could you tell me what the capital of {c} is?", "I'd like to know the capital of {c}.", "Please tell me the capital of {c}.",
          "What is the name of the capital of {c}?", "Do you know what the capital of {c} is?", "Which is the capital of {c}?", "whats the capital of {c}",
          "I want to know the capital city of {c}.", "What's the capital city of {c}?", "Hi, what is the capital of {c}?", "And what is the capital of {c}?",
          "By the way, what is the capital of {c}?", "Now tell me the capital of {c}.", "which town is the capital of {c}?", "Give me the capital of {c}.",
          "For {c}, what is the capital?", "Which city is {c}'s capital?", "I forgot the capital of {c}.", "Thanks. And the capital of {c}?",
          "What would be the capital of {c}?", "How is the capital of {c} called?", "how is called the capital of {c}?", "which city capital of {c}", "Would you be so kind as to tell me what the capital of {c} is?", "If you don't mind, could you please tell me the name of {c}'s capital city?",
          "capital {c}", "capital city {c}?", "{c} capital", "Quick: the capital of {c}?", "Is there a capital in {c}? Which one?"]
EN_FOLLOW = ["And of {c}?", "And of {c}?", "And {c}?", "And {c}?", "What about {c}?", "What about {c}?", "How about {c}?", "And {c}'s?", "{c}?", "of {c}?",
             "And the capital of {c}?", "And that of {c}?", "And for {c}?", "What about the one of {c}?", "OK, and {c}?", "Now {c}.", "and in {c}?",
             "What about {c}'s?", "Thanks, and of {c}?", "Then {c}?", "And what about {c}?", "Good. And {c}?", "What is {c}'s?", "and what is it for {c}?"]
EN_ITS = ["What is its capital?", "And its capital?", "What's its capital?", "What is the capital of that country?", "And what is the capital there?",
          "The capital of this country?", "The capital of that country?", "and the capital of that country?", "That country's capital?", "What's that country's capital?", "And this country's capital is?", "its capital city?",
          "So what is the capital of that one?", "What city is the capital there?", "and what's the capital of it", "Interesting. And what is the capital of this country?", "capital of that country?", "What is the capital of the country you just named?",
          "Which city is its capital?", "Its capital?", "What's the capital of this country?", "Do you know its capital?", "Tell me its capital."]
ZH_ASK = ["{c}的首都是哪里？", "{c}的首都是哪里？", "{c}的首都是哪儿？", "{c}的首都是什么？", "{c}首都是哪里？", "{c}首都？", "{c}的首都？", "{c}的首都是？", "{c}的首都叫什么？",
          "请问{c}的首都是哪里？", "你知道{c}的首都吗？", "你知道{c}的首都是哪里吗？", "告诉我{c}的首都。", "哪个城市是{c}的首都？", "{c}的首都是哪个城市？", "{c}的首都在哪里？",
          "{c}首都叫什么", "能告诉我{c}的首都吗？", "我想知道{c}的首都是哪里。", "{c}的首都是哪座城市？", "那{c}的首都呢？", "{c}的首都在哪？", "{c}首都在哪儿？", "问一下，{c}首都是哪？",
          "对了，{c}的首都是哪里？", "{c}的首都是哪个？", "说出{c}的首都。", "{c}这个国家的首都是哪里？", "谢谢。{c}的首都呢？", "{c}的首都城市是哪个？", "劳驾，能不能告诉我{c}的首都是哪座城市？", "麻烦您告诉我一下{c}的首都是哪里，好吗？", "{c}首都是啥", "首都，{c}", "{c}的首都是哪儿来着？", "说说{c}首都在哪儿",
          "什么是{c}的首都？"]
ZH_FOLLOW = ["那{c}呢？", "那{c}呢？", "{c}呢？", "{c}呢？", "{c}的呢？", "那{c}的呢？", "那{c}的首都呢？", "那么{c}呢？", "还有{c}呢？", "好的，{c}呢？", "换成{c}呢？", "{c}的首都呢？",
             "{c}又是哪里？", "那{c}是哪里？", "谢谢，那{c}呢？", "再问一个，{c}呢？", "接着，{c}呢？", "{c}是哪里？"]
ZH_ITS = ["它的首都是哪里？", "那它的首都呢？", "这个国家的首都是哪里？", "那个国家的首都呢？", "它首都在哪？", "那里的首都是哪里？", "首都呢？", "它的首都叫什么？",
          "这个国家的首都呢？", "那个国家的首都是哪里？", "这国家首都在哪儿？", "那这个国家的首都是哪座城市？", "它的首都是？", "该国首都是哪里？", "你刚说的那个国家，首都是哪里？", "那它首都是啥？", "这个国家首都叫什么？"]
EN_BARE = ["{c}", "{c}", "{c}", "{c}", "{c}?", "{c}?", "and {c}", "and {c}?", "{c} then", "ok {c}", "now {c}", "{c} please", "next {c}", "also {c}", "then {c}?"]
ZH_BARE = ["{c}", "{c}", "{c}", "{c}", "{c}？", "{c}？", "{c}呢", "那{c}", "{c}的", "还有{c}", "再来{c}", "那{c}嘞", "好，{c}"]
EN_YESNO = ["Is {x} the capital of {c}?", "Isn't {x} the capital of {c}?", "The capital of {c} is {x}, right?", "I think {x} is the capital of {c}."]
ZH_YESNO = ["{x}是{c}的首都吗？", "{c}的首都是{x}吗？", "{c}的首都是不是{x}？", "{c}的首都是{x}，对吗？"]
EN_TWO = ["What are the capitals of {c} and {d}?", "Capitals of {c} and {d}?", "Tell me the capitals of {c} and {d}.", "What is the capital of {c} and of {d}?"]
ZH_TWO = ["{c}和{d}的首都分别是哪里？", "{c}和{d}的首都是哪里？", "告诉我{c}和{d}的首都。", "{c}的首都是哪里？{d}呢？"]


def country_alias(rng: random.Random, lang: str, country: str) -> str:
    if lang == "en":
        return rng.choice(ALIASES[country]) if country in ALIASES and rng.random() < 0.4 else country
    name = COUNTRIES[country][1]
    return rng.choice(ZH_ALIASES[name]) if name in ZH_ALIASES and rng.random() < 0.2 else name


def ask(rng: random.Random, state: State, lang: str) -> Turn:
    country = rng.choice(list(COUNTRIES))
    name = country_alias(rng, lang, country)
    dice = rng.random()
    if dice < 0.05:
        other = rng.choice(list(COUNTRIES))
        text = rng.choice(EN_TWO if lang == "en" else ZH_TWO).format(c=name, d=country_alias(rng, lang, other))
        answer = capital_answer(lang, country) + (" " if lang == "en" else "") + capital_answer(lang, other)
        return Turn(text, answer, "capital", False)
    if dice < 0.10:
        guess = COUNTRIES[country if rng.random() < 0.5 else rng.choice(list(COUNTRIES))][2 if lang == "en" else 3]
        text = rng.choice(EN_YESNO if lang == "en" else ZH_YESNO).format(c=name, x=guess)
    else:
        text = rng.choice(EN_ASK if lang == "en" else ZH_ASK).format(c=name)
    state.country = None
    return Turn(text, capital_answer(lang, country), "capital", False)


def follow(rng: random.Random, state: State, lang: str) -> Turn | None:
    return next_country(rng, state, lang, EN_FOLLOW if lang == "en" else ZH_FOLLOW)


def bare(rng: random.Random, state: State, lang: str) -> Turn | None:
    """A question that consists of a country only, such as "spain", in a series of questions about capitals."""
    return next_country(rng, state, lang, EN_BARE if lang == "en" else ZH_BARE)


def next_country(rng: random.Random, state: State, lang: str, bank: list[str]) -> Turn | None:
    if state.last_kind not in CHAIN:
        return None
    country = rng.choice(list(COUNTRIES))
    name = country_alias(rng, lang, country)
    text = rng.choice(bank).format(c=name.removeprefix("the ") if rng.random() < 0.4 else name)
    state.country = None
    return Turn(text, capital_answer(lang, country), "capital-next", True)


def of_ranked(rng: random.Random, state: State, lang: str) -> Turn | None:
    """"And its capital?" after an answer of a ranking; a refusal if the answer was not a country."""
    if state.last_kind not in ("rank", "next", "small"):
        return None
    country = country_of(state)
    text = rng.choice(EN_ITS if lang == "en" else ZH_ITS)
    if country is None:
        is_unsuitable = state.rank is None or state.last_kind == "small" or rng.random() < 0.9
        return None if is_unsuitable else Turn(text, REFUSE_CAPITAL[lang], "near-capital", True)
    return Turn(text, capital_answer(lang, country), "capital-next", True)
