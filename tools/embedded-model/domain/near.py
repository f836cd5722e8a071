"""Acts just outside the domain: other adjectives, nouns and places, unlisted capitals, other people, details.

Some questions contain random words as adjectives, nouns and countries, because the model must answer only the listed
combinations.
"""

import random

from . import near_words as w
from .answers import COUNTRIES, REFUSE_CAPITAL, REFUSE_OTHER, REFUSE_PERSONAL, REFUSE_RANKING, TOPICS
from .capitals import CHAIN, EN_ASK as EN_CAPITAL, EN_BARE as EN_COUNTRY, EN_FOLLOW, ZH_ASK as ZH_CAPITAL, ZH_BARE as ZH_COUNTRY, ZH_FOLLOW
from .far_words import ADJECTIVES_EN as MORE_ADJECTIVES, NOUNS_EN as MORE_NOUNS, NOUNS_ZH as MORE_NOUNS_ZH
from .ranking import number_en, number_zh, ordinal_en, normalize_spaces
from .ranking_phrases import EN_ASK, EN_PLACES, EN_SWITCH, ZH_ASK, ZH_PLACES
from .state import State, Turn
from .values import Values

EN_NOUN_ASK = ["Which {n} is the {a} {p}?", "What {n} is the {a} {p}?", "Which {n} {p} is the {a}?", "Tell me which {n} is the {a}.", "Do you know which {n} is the {a}?", "Of all {n}s, which is the {a}?"]
EN_BARE = ["And the {a}?", "And the {a} one?", "What about the {a}?", "And which is the {a}?", "What is the {a} one?", "The {a}?", "And what is the {a} one?", "{a}?", "what's the {a} then?", "Which one is the {a}?", "and the {a} of them?", "Not that, the {a}.", "I meant the {a}.", "Which of them is {a}?"]
ZH_BARE = ["最{a}的呢？", "那最{a}的呢？", "最{a}的是哪个？", "那最{a}的是什么？", "最{a}的？", "哪个最{a}？", "那哪个最{a}？", "我说的是最{a}的。", "其中最{a}的呢？", "反过来，最{a}的呢？"]
EN_OTHER_RANKING = ["How many {n}s are there in the world?", "How many {k}s are there {r}?", "What {n} is near me?", "Which {k} do you like most?", "Name a {k}.", "Name a small {k}.", "Tell me about {k}s.", "What is a {k}?",
                    "Which {k} has no {n}?", "Which country has the most {n}s?", "Which country has the {a} {n}?", "Which country has the most lakes?", "Which country has the longest coastline?", "Which country has the highest GDP?",
                    "What is the richest country?", "What is the largest city?", "What is the population of {c}?", "How large is {c}?", "How many people live in {c}?", "What is the area of {c}?", "Is {c} bigger than {d}?",
                    "Which is bigger, {c} or {d}?", "Which is longer, the Nile or the Amazon?", "How many countries are there?", "How many planets are there?", "How many oceans are there?", "Which planet is closest to the sun?",
                    "Which planet has rings?", "What's the hottest planet?", "Which ocean is the deepest?", "What is the deepest point of the ocean?", "Which desert is the hottest?", "Which country is the oldest?", "What is the largest city in {c}?",
                    "What is the longest river {r}?", "What is the highest mountain {r}?", "What is the largest lake {r}?", "the biggest island {r}", "Which is the largest country {r}?", "What is the most populous city {r}?", "What is the tallest building {r}?",
                    "Is Pluto a planet?", "Who discovered {x}?", "Is {x} larger than {y}?", "When was {x} discovered?", "Does {x} freeze in winter?", "Can I swim in {x}?", "What does {x} look like?", "Have you been to {x}?", "What animals live in {x}?"]
ZH_OTHER_RANKING = ["世界上有多少{n}？", "{r}有多少{k}？", "附近有什么{n}？", "你最喜欢哪个{k}？", "说一个{k}的名字。", "介绍一下{k}。", "什么是{k}？", "哪个国家的{n}最多？", "哪个国家{n}最{a}？", "哪个国家海岸线最长？", "哪个国家GDP最高？", "最富有的国家是哪个？", "世界上最大的城市是哪个？",
                    "{c}有多少人口？", "{c}有多大？", "{c}的面积是多少？", "{c}比{d}大吗？", "{c}和{d}哪个大？", "尼罗河和亚马孙河哪个长？", "世界上有多少个国家？", "太阳系有几颗行星？", "有几个大洋？", "哪颗行星离太阳最近？", "哪颗行星有光环？", "最热的行星是哪颗？", "哪个大洋最深？",
                    "海洋最深处在哪里？", "{c}最大的城市是哪里？", "{r}最长的河是什么？", "{r}最高的山是什么？", "{r}最大的湖是哪个？", "{r}最大的岛是哪个？", "{r}最大的国家是哪个？", "{r}人口最多的城市是哪个？", "{r}最高的楼是什么？", "冥王星是行星吗？", "谁发现了{x}？", "{x}比{y}大吗？", "{x}是什么时候发现的？",
                    "{x}冬天会结冰吗？", "可以在{x}游泳吗？", "{x}长什么样？", "你去过{x}吗？", "{x}里有什么动物？"]
EN_DETAIL = ["How high is it?", "How long is it?", "How big is it?", "How deep is it?", "Where is it?", "Where is that?", "How tall is it?", "In which country is it?", "Which country is it in?", "What country does it belong to?", "Who discovered it?",
             "Who climbed it first?", "How many people live there?", "How old is it?", "Why?", "Why is that?", "How do you know that?", "Tell me more about it.", "What else do you know about it?", "What language do they speak there?", "How far is it from here?",
             "Can I visit it?", "How do I get there?", "What is it famous for?", "How large is its area?", "How many meters is it?", "What is its population?", "Are you sure?", "What does it look like?", "Is it dangerous?", "When was it discovered?", "Give me more details.",
             "What is the weather like there in summer?", "Who lives there?", "Where does it begin?", "Where does it flow into?", "How wide is it?", "How many people have climbed it?", "What currency do they use there?", "Is it beautiful?", "What is special about it?",
             "Which continent is it on?", "What is the name of its president?", "how many km is it", "What's the flag look like?", "And how high is that one?", "How cold is it there?", "What can I see there?", "Where exactly is it located?", "how far away is it"]
EN_DETAIL_OF = ["How high is {x}?", "How tall is {x}?", "Where is {x}?", "How long is {x}?", "How deep is {x}?", "In which country is {x}?", "Tell me about {x}.", "Tell me more about {x}.", "What is {x} famous for?", "Who first climbed {x}?", "How large is {x}?", "How old is {x}?",
                "What do you know about {x}?", "Describe {x}.", "How do I get to {x}?", "Why is {x} famous?", "When was {x} founded?", "How big is {x}?", "How many people live in {x}?", "Which continent is {x} on?", "What language is spoken in {x}?",
                "What currency is used in {x}?", "Who is the president of {x}?", "Who is the king of {x}?", "What is the flag of {x}?", "What should I see in {x}?", "How far is {x}?", "What time is it in {x}?", "What do people eat in {x}?", "What is the history of {x}?",
                "Is {x} a nice place?", "Which country is {x} the capital of?", "{x} is the capital of which country?", "What country does {x} belong to?", "How is life in {x}?", "What countries border {x}?", "What is the largest city of {x}?", "Recommend a hotel in {x}.",
                "What is the national animal of {x}?", "How many provinces does {x} have?", "What is the former capital of {x}?", "What was the old capital of {x}?", "What is the second largest city in {x}?", "What is the climate of {x}?", "What is the national anthem of {x}?"]
ZH_DETAIL = ["它有多高？", "它有多长？", "它有多大？", "它有多深？", "它在哪里？", "那是在哪儿？", "在哪个国家？", "它属于哪个国家？", "谁发现的？", "谁最先登顶的？", "那里住着多少人？", "它有多古老？", "为什么？", "你怎么知道的？", "再说说它。", "多介绍一点。", "那里说什么语言？", "离这里多远？", "我能去看看吗？", "怎么去？",
             "它因什么出名？", "面积多大？", "多少米？", "有多少人口？", "你确定吗？", "它长什么样？", "危险吗？", "什么时候发现的？", "那里冷吗？", "流经哪些国家？", "它发源于哪里？", "有多少人登上过？", "那里用什么货币？", "漂亮吗？", "有什么特别的？", "在哪个洲？", "总统是谁？", "国旗是什么样的？", "海拔多少？", "它有多宽？", "有什么好玩的？", "具体在什么位置？"]
ZH_DETAIL_OF = ["{x}有多高？", "{x}在哪里？", "{x}有多长？", "{x}有多深？", "{x}在哪个国家？", "介绍一下{x}。", "{x}有什么特别的？", "谁最先登上{x}？", "{x}有多大？", "{x}的历史有多久？", "你对{x}了解多少？", "描述一下{x}。", "怎么去{x}？", "{x}为什么出名？", "{x}是什么时候建立的？", "{x}有多少人？",
                "{x}在哪个洲？", "{x}说什么语言？", "{x}用什么货币？", "{x}的总统是谁？", "{x}的国王是谁？", "{x}的国旗是什么样的？", "{x}有什么好玩的？", "{x}离这里多远？", "{x}现在几点？", "{x}人吃什么？", "{x}的历史是怎样的？", "{x}是个好地方吗？", "{x}是哪个国家的首都？", "哪个国家的首都是{x}？", "{x}属于哪个国家？",
                "{x}和哪些国家接壤？", "{x}最大的城市是哪里？", "推荐{x}的酒店。", "{x}有多少个省？", "{x}以前的首都是哪里？", "{x}的第二大城市是哪里？", "{x}气候怎么样？", "{x}的国歌是什么？", "{x}的国花是什么？", "{x}的省会是哪里？"]
EN_PERSONAL = ["What is my {at}?", "What's my {at}?", "Do you know my {at}?", "Do you remember my {at}?", "Tell me my {at}.", "My {at}?", "My {at} is {v}.", "my {at} is {v}", "And my {at}?", "What is my {rel}'s name?", "What's my {rel}'s name?", "What is the name of my {rel}?",
               "Who is my {rel}?", "How old am I?", "How old is my {rel}?", "Where does my {rel} live?", "My {rel} is called {v}.", "My {rel}'s name is {v}.", "I have a {rel} called {v}.", "My {rel} lives in {v}.", "When is my birthday?", "When was I born?",
               "Where do I work?", "What do I do for a living?", "Where did I go to school?", "What is my {rel}'s {at}?", "What is my {rel}'s favourite colour?", "What does my {rel} like to eat?", "What's my {rel} called?", "Do you know my {rel}?", "I am {num} years old.",
               "I work as a {job}.", "I'm a {job}.", "What did I do yesterday?", "What will I do tomorrow?", "How many siblings do I have?", "How many children do I have?", "Am I married?", "How tall am I?", "What am I thinking?", "What car do I drive?", "What did I have for breakfast?",
               "Where did I put my keys?", "Where was I yesterday?", "What do I look like?", "What is your favourite colour?", "What is your favorite food?", "Where do you live?", "How old are you?", "Do you have a pet?", "Where are you from?", "Do you have a family?",
               "What's {v}'s name?", "Who is {v}?", "Do you know {v}?", "Where does {v} live?", "What is {v}'s favourite food?", "What does my {rel} do?", "Which school do I go to?", "What time do I get up?", "Who is my best friend?", "What languages do I speak?", "What is my job?",
               "Do I like coffee?", "Do I have children?", "What is my {rel}'s job?", "When is my {rel}'s birthday?", "What is my {rel}'s pet called?", "What pet does my {rel} have?", "What's your {at}?", "What is your {rel}'s name?", "Do you have a {rel}?"]
ZH_PERSONAL = ["我的{at}是什么？", "我的{at}是多少？", "你知道我的{at}吗？", "你记得我的{at}吗？", "告诉我我的{at}。", "我的{at}呢？", "我的{at}是{v}。", "我{rel}叫什么？", "我{rel}叫什么名字？", "我{rel}的名字是什么？", "我{rel}是谁？", "我多大了？", "我几岁？", "我{rel}多大了？", "我{rel}住在哪里？",
               "我{rel}叫{v}。", "我{rel}的名字是{v}。", "我有一个{rel}叫{v}。", "我{rel}住在{v}。", "我的生日是哪天？", "我是哪年出生的？", "我在哪里工作？", "我是做什么工作的？", "我在哪里上学？", "我{rel}的{at}是什么？", "我{rel}最喜欢的颜色是什么？", "我{rel}喜欢吃什么？", "你认识我{rel}吗？", "我今年{num}岁。",
               "我是{job}。", "我的工作是{job}。", "我昨天做了什么？", "我明天要做什么？", "我有几个兄弟姐妹？", "我有几个孩子？", "我结婚了吗？", "我有多高？", "我在想什么？", "我开什么车？", "我早饭吃了什么？", "我的钥匙在哪里？", "我昨天在哪？", "我长什么样？", "你最喜欢什么颜色？", "你喜欢吃什么？", "你住在哪里？",
               "你几岁了？", "你有宠物吗？", "你是哪里人？", "你有家人吗？", "{v}是谁？", "你认识{v}吗？", "{v}住在哪里？", "{v}喜欢吃什么？", "我{rel}做什么工作？", "我在哪个学校？", "我几点起床？", "我最好的朋友是谁？", "我会说什么语言？", "我喜欢喝咖啡吗？", "我{rel}的生日是哪天？", "我{rel}养了什么宠物？", "你的{at}是什么？", "你{rel}叫什么？"]
EN_OTHERS = ["My {rel}'s name is {v}.", "My {rel} is called {v}.", "I have a {rel} named {v}.", "My {rel} {v} is visiting me today.", "Do you know my {rel} {v}?", "What's my {rel}'s name?", "Who is {v}?", "My {rel} is {v}.", "what is my {rel} called?",
             "The name of my {rel} is {v}.", "I also have a {rel}, {v}.", "My {rel} lives in {v}.", "where does my {rel} live", "What kind of animal is {v}?", "What is the name of my {rel}'s dog?", "My {rel} likes {v}.", "and my {rel}?", "What does {v} like to eat?"]
ZH_OTHERS = ["我{rel}叫{v}。", "我{rel}的名字是{v}。", "我有个{rel}，叫{v}。", "我{rel}{v}今天来看我。", "你认识我{rel}{v}吗？", "我{rel}叫什么？", "{v}是谁？", "我{rel}名叫{v}。", "我{rel}叫啥名字？", "我{rel}住在{v}。", "我{rel}住哪儿？", "{v}是什么动物？", "我{rel}家的狗叫什么？",
             "我{rel}喜欢{v}。", "那我{rel}呢？", "{v}喜欢吃什么？"]
JOBS = {"en": "teacher doctor nurse driver cook engineer student lawyer farmer painter baker pilot writer plumber dentist waiter programmer".split(), "zh": "老师 医生 护士 司机 厨师 工程师 学生 律师 农民 画家 飞行员 作家 程序员 会计 警察".split()}
EN_NO_TOPIC = ["And the {w}?", "What is the {w}?", "The {w} one?", "What about the {w}?", "And number {i}?", "And the next one?"]
ZH_NO_TOPIC = ["第{i}呢？", "那第{i}呢？", "第{i}是什么？", "第{i}名呢？", "下一个呢？"]


def random_word(rng: random.Random, lang: str, values: Values) -> str:
    return values.invent(rng, "colour", lang)


def odd_pair_en(rng: random.Random, values: Values) -> tuple[str, str, str]:
    """Returns (adjective, noun, place), which together name none of the nine rankings."""
    dice = rng.random()
    place = rng.choice(EN_PLACES)
    odd_adjective = rng.choice(w.ADJECTIVES_EN) if rng.random() < 0.75 else rng.choice(MORE_ADJECTIVES)
    if rng.random() < 0.08:
        odd_adjective = random_word(rng, "en", values).lower() + "est"
    odd_noun = rng.choice(w.NOUNS_EN) if rng.random() < 0.65 else rng.choice(MORE_NOUNS)
    if rng.random() < 0.12:
        odd_noun = random_word(rng, "en", values).lower()
    if dice < 0.40:
        return odd_adjective, rng.choice(w.KNOWN_NOUNS_EN), place
    if dice < 0.65:
        return rng.choice(w.SUPERLATIVES_EN), odd_noun, place
    if dice < 0.82:
        sup = {"mountain": ["highest", "tallest"], "peak": ["highest"], "river": ["longest"], "country": ["largest", "biggest", "most populous"], "nation": ["largest", "most populous"]}
        noun = rng.choice(w.KNOWN_NOUNS_EN)
        return rng.choice(sup.get(noun, ["largest", "biggest"])), noun, rng.choice(w.WHERE_EN)
    if dice < 0.87:
        return mismatch_en(rng) + (place,)
    if dice < 0.92:
        sup = rng.choice(["largest", "biggest", "highest", "top"])
        return sup, rng.choice(["country", "country", "lake", "ocean", "mountain", "desert", "island", "planet", "nation"]), place + " by " + rng.choice(w.MEASURES_EN)
    return odd_adjective, odd_noun, place


def mismatch_en(rng: random.Random) -> tuple[str, str]:
    """Returns the adjective of one ranking with the noun of another, as in "longest lake"."""
    wrong = {"mountain": ["longest", "most populous"], "river": ["highest", "tallest", "most populous"], "ocean": ["highest", "longest"], "desert": ["longest", "highest", "most populous"],
             "lake": ["longest", "highest", "tallest"], "island": ["longest", "highest", "most populous"], "planet": ["highest", "longest", "most populous"], "country": ["longest", "highest", "tallest"]}
    noun = rng.choice(list(wrong))
    return rng.choice(wrong[noun]), noun


def odd_ranking_en(rng: random.Random, values: Values) -> str:
    adjective, noun, place = odd_pair_en(rng, values)
    order = "" if rng.random() < 0.75 else ordinal_en(rng, rng.choice([2, 3, 4, 5])) + " "
    if rng.random() < 0.25:
        return normalize_spaces(rng.choice(EN_NOUN_ASK).format(n=noun, a=order + adjective, p=place))
    bank = EN_ASK if rng.random() < 0.75 else EN_SWITCH
    return normalize_spaces(rng.choice(bank).format(np=f"{order}{adjective} {noun} {place}"))


def odd_ranking_zh(rng: random.Random, values: Values) -> str:
    dice = rng.random()
    place = rng.choice(ZH_PLACES)
    adjective, noun = rng.choice(w.ADJECTIVES_ZH), rng.choice(w.KNOWN_NOUNS_ZH)
    odd_noun = rng.choice(w.NOUNS_ZH) if rng.random() < 0.65 else rng.choice(MORE_NOUNS_ZH)
    if rng.random() < 0.12:
        odd_noun = random_word(rng, "zh", values)
    if dice < 0.25:
        adjective, noun = rng.choice(w.SUPERLATIVES_ZH), odd_noun
    elif dice < 0.42:
        match = {"山": "高", "山峰": "高", "河": "长", "河流": "长"}
        noun = rng.choice(w.KNOWN_NOUNS_ZH)
        adjective, place = match.get(noun, "大"), rng.choice(w.WHERE_ZH)
    elif dice < 0.50:
        noun, adjective = rng.choice([("湖", "长"), ("岛", "长"), ("河", "高"), ("湖", "高"), ("国家", "高"), ("国家", "长"), ("行星", "高"), ("沙漠", "高"), ("海洋", "长"), ("岛", "高")])
    elif dice < 0.60:
        noun, adjective = "国家", rng.choice(["面积最小", "人口最少", "人均收入最高", "历史最悠久", "经济最发达", "森林最多", "湖泊最多", "出口最多", "人口密度最大", "寿命最长", "面积第二小"])
        np = place + adjective + "的国家"
        return rng.choice(ZH_ASK).format(np=np, m="个")
    elif dice < 0.70:
        noun = odd_noun
    order = "最" if rng.random() < 0.78 else f"第{number_zh(rng, rng.choice([2, 3, 4, 5]))}"
    return rng.choice(ZH_ASK).format(np=f"{place}{order}{adjective}的{noun}", m=rng.choice(["个", "个", "座", "条", "种"]))


def invented_country(rng: random.Random, lang: str, values: Values) -> str:
    name = values.invent(rng, "city", lang)
    return name if rng.random() < 0.6 else name + (rng.choice(["ia", "land", "stan"]) if lang == "en" else rng.choice(["国", "王国", "共和国", "斯坦", "尼亚"]))


def ranking(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    if state.last_kind in ("rank", "next") and rng.random() < 0.3:
        adjective = rng.choice(w.ADJECTIVES_EN if lang == "en" else w.ADJECTIVES_ZH)
        text = rng.choice(EN_BARE if lang == "en" else ZH_BARE).format(a=adjective)
    elif rng.random() < 0.27:
        text = other_ranking(rng, lang, values)
    else:
        text = odd_ranking_en(rng, values) if lang == "en" else odd_ranking_zh(rng, values)
    state.topic, state.country = None, None
    return Turn(text, REFUSE_RANKING[lang], "near-rank", False)


def other_ranking(rng: random.Random, lang: str, values: Values) -> str:
    en = lang == "en"
    c, d = rng.sample(list(COUNTRIES.values()), 2)
    things = [item[0 if en else 1] for topic in TOPICS.values() for item in topic["items"]]
    slots = {"n": rng.choice(w.NOUNS_EN if en else w.NOUNS_ZH), "k": rng.choice(w.KNOWN_NOUNS_EN if en else w.KNOWN_NOUNS_ZH), "r": rng.choice(w.WHERE_EN if en else w.WHERE_ZH),
             "a": rng.choice(w.ADJECTIVES_EN if en else w.ADJECTIVES_ZH), "c": c[0 if en else 1], "d": d[0 if en else 1], "x": rng.choice(things), "y": rng.choice(things)}
    return rng.choice(EN_OTHER_RANKING if en else ZH_OTHER_RANKING).format(**slots)


def no_topic(rng: random.Random, state: State, lang: str, values: Values) -> Turn | None:
    """"And the second?" when no ranking was named."""
    if state.topic is not None:
        return None
    rank = rng.choice([2, 3, 4, 5])
    if lang == "en":
        text = rng.choice(EN_NO_TOPIC).format(w=ordinal_en(rng, rank), i=number_en(rng, rank))
    else:
        text = rng.choice(ZH_NO_TOPIC).format(i=number_zh(rng, rank))
    return Turn(text, REFUSE_RANKING[lang], "near-rank", False)


def unlisted_country(rng: random.Random, lang: str, values: Values) -> str:
    dice = rng.random()
    if dice < 0.60:
        return rng.choice(w.UNLISTED_EN if lang == "en" else w.UNLISTED_ZH)
    if dice < 0.75:
        return rng.choice(w.REGIONS_EN if lang == "en" else w.REGIONS_ZH)
    return invented_country(rng, lang, values)


def bare_country(rng: random.Random, state: State, lang: str, values: Values) -> Turn | None:
    """A question that consists of an unlisted country only, such as "bhutan", in a series of questions about capitals."""
    if state.last_kind not in CHAIN:
        return None
    country = unlisted_country(rng, lang, values)
    text = rng.choice(EN_COUNTRY if lang == "en" else ZH_COUNTRY).format(c=country.removeprefix("the ") if rng.random() < 0.4 else country)
    state.country = None
    return Turn(text, REFUSE_CAPITAL[lang], "near-capital", True)


def capital(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    en = lang == "en"
    country = unlisted_country(rng, lang, values)
    follow = state.last_kind in CHAIN and rng.random() < 0.75
    bank = (EN_FOLLOW if follow else EN_CAPITAL) if en else (ZH_FOLLOW if follow else ZH_CAPITAL)
    state.country = None
    return Turn(rng.choice(bank).format(c=country), REFUSE_CAPITAL[lang], "near-capital", False)


def detail(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    """"How high is it?" is refused, because the model only learns names."""
    en = lang == "en"
    if state.last_kind in ("rank", "next", "capital", "capital-next") and rng.random() < 0.6:
        text = rng.choice(EN_DETAIL if en else ZH_DETAIL)
    else:
        things = [item[0 if en else 1] for topic in TOPICS.values() for item in topic["items"]] + [row[i] for row in COUNTRIES.values() for i in ((0, 2) if en else (1, 3))]
        thing = rng.choice(things) if rng.random() < 0.75 else rng.choice(w.UNLISTED_EN if en else w.UNLISTED_ZH)
        text = rng.choice(EN_DETAIL_OF if en else ZH_DETAIL_OF).format(x=thing)
    return Turn(text, REFUSE_OTHER[lang], "near-detail", False)


def personal(rng: random.Random, state: State, lang: str, values: Values, bank: list[str] | None = None) -> Turn:
    en = lang == "en"
    text = rng.choice(bank or (EN_PERSONAL if en else ZH_PERSONAL))
    state.mentions_others = state.mentions_others or "{rel}" in text or "{v}" in text
    text = text.format(at=rng.choice(w.ATTRIBUTES_EN if en else w.ATTRIBUTES_ZH), rel=rng.choice(w.RELATIVES_EN if en else w.RELATIVES_ZH).replace("-", " "),
                       v=values.draw(rng, rng.choice(["name", "city"]), lang), num=rng.randrange(5, 95), job=rng.choice(JOBS[lang]))
    return Turn(text, REFUSE_PERSONAL[lang], "near-personal", False)


def other_person(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    """A message that states a fact about another person or asks for one."""
    return personal(rng, state, lang, values, EN_OTHERS if lang == "en" else ZH_OTHERS)
