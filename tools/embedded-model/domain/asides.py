"""Everyday sentences next to a fact, a weather report or a question. The model must ignore them."""

import random

EN = """It was a long week at work|The train was late again today|I slept badly last night|My neighbours are painting their house|I just finished my coffee|The shops were crowded this morning|I've been cleaning the kitchen all day|We had guests over the weekend|I'm learning to cook|
My phone battery is nearly empty|I read a nice book yesterday|The kids are at school|I started a new job in May|It took me an hour to get home|I should really do some sport|My shoes got dirty|I'm waiting for a parcel|There was a lot of traffic|I'm on holiday at last|I forgot my keys this morning|
We watched an old film|The garden needs some care|I'm a little nervous, it's my first chat|I have an exam next week|The internet was down for a while|Dinner is almost ready|I grew tomatoes this year|My back hurts from sitting|I've never used a chatbot before|The bus never comes on time|
I was born in the nineties|I bought a new lamp|My sister is visiting me|I'm typing with one hand|The heating is broken|I take the stairs every day|My team lost last night|We are planning a trip|It's my day off|I work from home on Fridays""".replace("\n", "").split("|")
ZH = """这周上班好累|今天地铁又晚点了|昨晚没睡好|邻居家在装修|刚喝完一杯咖啡|早上超市人特别多|我打扫了一天厨房|周末家里来了客人|我正在学做饭|手机快没电了|昨天看了一本好书|孩子们都上学去了|我五月份换了新工作|回家花了一个小时|我真该多运动运动|鞋子弄脏了|
我在等快递|路上堵得厉害|终于放假了|早上忘带钥匙了|我们看了一部老电影|院子该收拾了|我第一次跟你聊天，有点紧张|下周要考试|网断了好一会儿|晚饭快做好了|今年我种了番茄|坐久了腰疼|我以前没用过聊天机器人|公交车从来不准时|我是九零后|我买了一盏新台灯|
我妹妹来看我了|我一只手在打字|暖气坏了|我每天都走楼梯|昨晚球队输了|我们打算出去旅行|今天我休息|周五我在家办公|最近忙得团团转|刚下班回到家|这几天嗓子不太舒服|我在阳台上坐着|外卖还没到|楼下在修路|我刚从外地回来|孩子正在写作业""".replace("\n", "").split("|")


def add_asides(rng: random.Random, lang: str, text: str) -> str:
    """Adds an aside before `text`, after it, or both."""
    bank = EN if lang == "en" else ZH
    position = rng.choice(["before", "before", "after", "both"])
    lead, tail = rng.sample(bank, 2)
    if lang == "en":
        body = text if text[-1:] in ".!?" else text + "."
        before = lead + rng.choice([". ", ". ", ", and ", " but "]) if position != "after" else ""
        if before.endswith(". ") or not before:
            body = body if body.startswith("{") else body[:1].upper() + body[1:]
        return before + body + (" " + tail + rng.choice([".", "!", ""]) if position != "before" else "")
    before = lead + rng.choice(["。", "，", "，", "！"]) if position != "after" else ""
    body = text if position == "before" or text[-1:] in "。！，" else text + rng.choice(["，", "。"])
    return before + body + (tail + rng.choice(["。", ""]) if position != "before" else "")
