"""Several facts in one natural message, in any order, with small talk or other people.

The kinds of facts are derived from the slots of a sentence, in their order, so new sentences need no other change.
"""

import re

EN = ["I'm {name} from {city}", "Hi, {name} here, writing from {city}", "I'm {name}, I live in {city} with my {pet} {petname}", "My name is {name}, I come from {city} and my favourite food is {food}",
      "I live in {city} with a {pet} called {petname}", "My {pet} {petname} and I live in {city}", "I'm {name} and I eat {food} every day, it's my favourite food",
      "In {city}, where I live, everybody calls me {name}", "I love the colour {colour} and the food I like best is {food}", "My favourite color is {colour} and my favorite food is {food}",
      "My favourite food is {food}, my favourite colour is {colour}", "I'm from {city}, my favourite colour is {colour}, and oh, my name is {name}",
      "We moved to {city} last year, me and my {pet}. The {pet} is called {petname}", "I have a {pet} called {petname} and my own name is {name}", "My {pet} is called {petname} and I am called {name}",
      "My name is {name} and my {pet}'s name is {petname}", "My {pet}'s name is {petname} and mine is {name}", "It's been a long day. I'm {name}, I live in {city}, and I just want to eat {food}, my favourite food",
      "Let me introduce us: I'm {name} and this is my {pet} {petname}", "A few facts: name {name}, city {city}, favourite food {food}", "name: {name}, city: {city}, pet: {pet} called {petname}",
      "city {city}, name {name}", "I was born in another place but I live in {city} now; my name is {name}", "My favorite food is {food} and I'm based in {city}", "I live in {city} and I love the color {colour}",
      "I have a {pet}, I live in {city} and my name is {name}", "I painted my room in my favourite colour, {colour}, and had my favourite food, {food}", "Call me {name}. I've got a {pet} named {petname}, and my favourite colour is {colour}",
      "My flat in {city} is home to me and my {pet} {petname}", "I'm {name}, and no, {petname} isn't a person, it's my {pet}", "After work in {city}, where I live, I cook {food}, my favourite dish, and feed my {pet} {petname}",
      "{name} is my name, {city} is my home and {food} is my favourite food", "{petname} is my {pet} and {name} is me", "Favourite food: {food}. Favourite colour: {colour}. Home: {city}",
      "What a nice day here in {city}, my home town! I'm {name} by the way", "I'm {name}. I live in {city}. I have a {pet}. Its name is {petname}", "my favourite colour is {colour}, my {pet} is called {petname} and I live in {city}",
      "Yesterday I ate {food}, my favourite food, with my {pet} {petname}", "I'm called {name}, like nobody else in {city}, where I live", "me {name}, live in {city}, have {pet} with name {petname}",
      "My {pet} {petname} woke me at six, as always", "Every evening I walk through {city} with {petname}, my {pet}, and that's where I live", "People in the office call me {name}, and at home my {pet} {petname} waits for me", "Since I moved to {city} my {pet}, {petname}, sleeps all day",
      "I paint everything {colour}, it's my favourite colour, even the bowl of my {pet} {petname}", "They say {food} is unhealthy, but it's my favourite food", "If you ask me for a colour, it's always {colour}, my favourite", "When my {pet} {petname} was ill, we drove through all of {city}, where we live",
      "I grew up with {food} and it is still my favourite food, and my name is {name}", "The vet in {city}, where I live, knows my {pet} {petname} well", "My {pet}, whose name is {petname}, hates the rain", "So there I was, {name} from {city}, with a plate of {food}, my favourite food",
      "Hello, this is {name}. I share a small flat in {city} with a {pet} that answers to {petname}", "We named our {pet} {petname} after a song", "The whole street knows {petname}, my {pet}", "a fact about me: I live in {city}, and another: I eat {food} whenever I can, it's my favourite"]
ZH = ["我是{city}的{name}", "我叫{name}，住在{city}", "我叫{name}，来自{city}，最喜欢吃{food}", "我住{city}，叫{name}，养了一只{pet}叫{petname}", "我和我的{pet}住在{city}，它叫{petname}", "我最喜欢的颜色是{colour}，最爱吃的是{food}",
      "我最喜欢吃{food}，最喜欢的颜色是{colour}", "我家在{city}，家里有只{pet}，名字叫{petname}", "我家{pet}叫{petname}，我自己叫{name}", "我叫{name}，我的{pet}叫{petname}", "{petname}是我的{pet}，我是{name}",
      "今天好累啊，我是{name}，住在{city}，就想吃我最喜欢的{food}", "先介绍一下：名字{name}，城市{city}，最喜欢的食物{food}", "姓名：{name}；城市：{city}；宠物：{pet}，名叫{petname}", "我搬到{city}了，带着我的{pet}，它叫{petname}",
      "住在{city}的人都叫我{name}，我最爱吃{food}", "我最喜欢的颜色是{colour}，对了，我住在{city}", "我的名字是{name}，最喜欢的颜色是{colour}，最喜欢的食物是{food}", "我养了只{pet}，我住在{city}，我叫{name}",
      "我是{name}，{petname}不是人，是我养的{pet}", "最喜欢的食物：{food}；最喜欢的颜色：{colour}；住在：{city}", "我在{city}生活，平时最爱吃{food}，还养了一只叫{petname}的{pet}", "昨天带着我家{pet}去散步，它叫{petname}，我们住在{city}",
      "外面天气真好。我叫{name}，我的家在{city}", "我把房间刷成了我最喜欢的颜色{colour}，晚饭吃了我最喜欢的{food}", "俺叫{name}，家住{city}，稀罕吃{food}，最喜欢的颜色是{colour}", "我嘛，名叫{name}，{city}人，最喜欢的颜色是{colour}",
      "我家{pet}{petname}一大早就把我吵醒了", "每天晚上我都带着我的{pet}{petname}在{city}散步，我们就住这儿", "同事都喊我{name}，家里还有只{pet}在等我，它叫{petname}", "搬来{city}以后，我的{pet}{petname}整天睡觉", "我什么都爱买{colour}的，那是我最喜欢的颜色", "都说{food}不健康，可那是我最喜欢吃的",
      "我的{pet}{petname}前几天生病了，我们跑遍了{city}，我家就在这里", "从小吃{food}长大，现在还是最爱吃它，对了我叫{name}", "{city}的宠物医生都认识我家{petname}，它是一只{pet}", "我家那只叫{petname}的{pet}最怕打雷", "我呢，{city}的{name}，手里端着最爱吃的{food}", "你好，我是{name}，跟一只叫{petname}的{pet}一起住在{city}",
      "我们给{pet}取名{petname}，是因为一首歌", "整条街都认识{petname}，我的{pet}", "我这人没别的爱好，就是爱吃{food}", "问我喜欢什么颜色，那永远是{colour}", "我人在{city}，养着一只{pet}，名字叫{petname}，日子过得挺好", "昨天{petname}把沙发抓坏了，它是我养的{pet}", "我先说我自己：{name}；再说我家{pet}：{petname}",
      "我在{city}待了十年了，家就在这里，名字嘛，{name}", "家里墙刷的是{colour}，我最喜欢的颜色，晚饭是{food}，我最爱吃的", "我家{pet}去年走丢过一次，还好找回来了，它叫{petname}", "小时候住别处，现在我家在{city}", "我的{pet}名字有点怪，叫{petname}"]
OTHER_PEOPLE = {  # in the same message; only the facts about the user are stored
    "en": ["my {rel}'s name is {v}", "my {rel} is called {v}", "my {rel} {v} says hello", "my {rel} {v} is here too", "I'm here with my {rel} {v}", "I have a {rel} named {v}", "my {rel} lives in {v}"],
    "zh": ["我{rel}叫{v}", "我{rel}的名字是{v}", "我有个{rel}叫{v}", "我{rel}叫{v}，也在这里", "我{rel}住在{v}"]}


def kinds_stated(text: str) -> list[str]:
    """Returns the kinds of facts in a sentence: city and pet+petname for "I live in {city} with my {pet} {petname}"."""
    slots = list(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
    if "petname" not in slots:
        return slots
    told = ["pet+petname" if slot in ("pet", "petname") else slot for slot in slots]
    return list(dict.fromkeys(told))
