"""The fixed answer sentences of rankings, capitals and refusals.

Each answer repeats the rank and the topic, so that the model can answer "and the third?" from the previous answer. Every
refusal contains "I don't know" or "I can't" (不知道, 无法) and states what the model knows. No other answer contains
these words.
"""

import json
from pathlib import Path

FACTS = json.loads((Path(__file__).parent.parent / "facts.json").read_text())
TOPICS = {topic["id"]: topic for topic in FACTS["topics"]}
COUNTRIES = {row[0]: row for row in FACTS["capitals"]}  # English name -> [en, zh, capital en, capital zh]
RANK_WORDS = ["", "second ", "third ", "fourth ", "fifth "]
NUMERALS = "一二三四五六七八九十"
# Chinese phrase for the first rank; for other ranks a numeral replaces 最
ZH_SUPERLATIVE = {"mountain": "最高的山", "river": "最长的河", "ocean": "最大的海洋", "desert": "最大的沙漠",
                  "lake": "最大的湖", "island": "最大的岛", "planet": "最大的行星", "area": "面积最大的国家",
                  "population": "人口最多的国家"}

REFUSE_RANKING = {
    "en": "I don't know that. I only know the first five of nine world rankings, such as the highest mountains.",
    "zh": "这个我不知道。我只知道九种世界之最的前五名，比如最高的山。"}
REFUSE_CAPITAL = {
    "en": "I don't know that capital. I only know the capitals of 60 countries.",
    "zh": "这个首都我不知道。我只知道60个国家的首都。"}
REFUSE_PERSONAL = {
    "en": "I can't say. About people I only remember your own name, city, pet, favourite colour and food.",
    "zh": "这个我无法回答。我只记得你自己的名字、城市、宠物、最喜欢的颜色和食物。"}
REFUSE_OTHER = {
    "en": "I can't help with that. I only know some world rankings, 60 capitals, weather advice and what you tell me about yourself.",
    "zh": "这个我无法帮忙。我只知道一些世界之最、60个首都、天气建议和你告诉我的事。"}


def rank_answer(lang: str, topic: str, rank: int) -> str:
    info = TOPICS[topic]
    if rank > len(info["items"]):
        if lang == "en":
            return f"I don't know that one. I only know the first five for the {info['en']}."
        return f"这个我不知道。{info['zh']}我只知道前五名。"
    name = info["items"][rank - 1][0 if lang == "en" else 1]
    if lang == "en":
        return f"The {RANK_WORDS[rank - 1]}{info['en']} is {name}."
    subject = info["zh"] if rank == 1 else info["zh"].replace("最", f"第{NUMERALS[rank - 1]}", 1)
    return f"{subject}是{name}。"


def list_answer(lang: str, topic: str) -> str:
    names = [item[0 if lang == "en" else 1] for item in TOPICS[topic]["items"]]
    if lang == "en":
        return f"The {TOPICS[topic]['en']}, first to fifth: {', '.join(names)}."
    return f"{TOPICS[topic]['zh']}，前五名是：{'、'.join(names)}。"


def capital_answer(lang: str, country: str) -> str:
    row = COUNTRIES[country]
    if lang == "en":
        return f"The capital of {row[0]} is {row[2]}" + ("" if row[2].endswith(".") else ".")
    return f"{row[1]}的首都是{row[3]}。"
