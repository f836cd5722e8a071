"""Messages that begin like a fact about the user, but state a complaint, a wish or a situation and then ask a question."""

import random

LEADS = {
    "en": ["I have a {a} {n} and a {b} {m}. ", "I have had a {a} {n} for {i} days. ", "My {n} makes a {a} noise. ", "My {n} is {a} since yesterday, and when I {v} the {m} it is {b}. ", "I'm {a} and {b}, and my {n} does not {v}. ", "I'm in a {a} {n}. ",
           "My {p} never {v}s and I'm {a} of it. ", "I live with a {a} {p} who likes to {v}. ", "I called my {p} about the {n}. ", "I was called {a} by my {p}. ", "I'm {i} years old. ", "I like to {v}, but my {n} is {b}. ", "I come to the {n} every day. ",
           "My {p} says that the {n} is {a}. ", "It's an {n} on {topic}. ", "I'm writing a {n} about {topic}. ", "I got a {n} from my {p}. ", "I named the {n} after {person}. ", "I eat {n} with {m} and feel {a}. ", "My favourite {n} is {a}. ", "The {n} at my home is broken. ", "My {n} leaks. ", "I can't open my {n}. ", "Our {n} stopped working. "],
    "zh": ["我有点{a}，还有个{n}。", "我的{n}从昨天开始就{a}，", "我家{n}总是{a}，", "我{p}从来不{v}，我受够了。", "我今年{i}岁，", "我喜欢{v}，可是我的{n}很{b}，", "我在写一篇关于{topic}的{n}，", "我{p}说{n}很{a}，", "我住的{n}很{a}，", "我叫了一个{n}，",
           "我家里有{i}个{n}，", "我想给{p}买个{n}，", "我吃了{n}以后很{a}，", "我最喜欢的{n}{a}了，", "人家叫我{v}，我不想去，", "我家{n}坏了，", "我家{n}漏了，", "我的{n}打不开，", "家里的{n}一直响，", "我家{n}不{v}了，", "我{p}家的{n}又{a}了，"]}
QUESTIONS = {
    "en": ["What can it be?", "What should I do?", "Should I {v} it?", "Which {m} should I take?", "Can you do my {n}?", "What do you think?", "Should I leave my {p}?", "How do I {v} it?", "Is that normal?", "Explain it like I'm {i}.", "Can you help me?", "Why?", "Does it {v}?",
           "Tell me what to {v}.", "What would you {v}?", "Where can I {v} that?", "Please {v} it for me."],
    "zh": ["怎么办？", "该吃什么药？", "你觉得呢？", "是什么问题？", "能帮我{v}吗？", "为什么？", "要不要分手？", "正常吗？", "该怎么{v}？", "你帮我{v}一下。", "去哪里{v}好？", "会不会有事？", "怎么修？", "找谁修？", "要换新的吗？", "怎么弄啊？"]}
PEOPLE = {"en": "boyfriend girlfriend boss neighbour landlord colleague doctor teacher roommate cousin husband wife son daughter".split(), "zh": "男朋友 女朋友 老板 邻居 房东 同事 医生 室友 表哥 老公 老婆 儿子 女儿".split()}
COMPLETE = {"en": ["explain {topic} like I'm {i}", "Explain {topic} like I'm five.", "Explain {topic} as if I were a child.", "Can you do my {n}? It's about {topic}.", "I'm done with {topic}.", "Call it {a}.", "I'm off to {v}.", "I'm in love with my {p}.", "I'm not {a}.", "My life is {a}.", "I have a question.", "I have {i} {n}s."],
         "zh": ["像给五岁小孩讲一样解释{topic}", "我不想{v}了", "我爱上了我的{p}", "我有个问题", "我有{i}个{n}", "我没有{n}", "我一点也不{a}", "帮我写{n}，题目是{topic}"]}


def far_personal(rng: random.Random, lang: str) -> str:
    """Returns a message in which {p} is filled in and the slots of `far.random_slots` are not."""
    person = rng.choice(PEOPLE[lang])
    if rng.random() < 0.3:
        text = rng.choice(COMPLETE[lang])
    else:
        leads = rng.sample(LEADS[lang], 2 if rng.random() < 0.15 else 1)
        text = "".join(leads) + (rng.choice(QUESTIONS[lang]) if rng.random() < 0.85 else "")
        if rng.random() < 0.25:
            text = rng.choice(QUESTIONS[lang]) + (" " if lang == "en" else "") + "".join(leads)
    return text.strip().rstrip("，").replace("{p}", person)
