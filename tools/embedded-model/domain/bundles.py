"""Several facts in one natural message, in any order, with small talk or other people around them.

The kinds told are read off the slots of the sentence, in their order; so a sentence is all there is to add.
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
      "Yesterday I ate {food}, my favourite food, with my {pet} {petname}", "I'm called {name}, like nobody else in {city}, where I live", "me {name}, live in {city}, have {pet} with name {petname}"]
ZH = ["我是{city}的{name}", "我叫{name}，住在{city}", "我叫{name}，来自{city}，最喜欢吃{food}", "我住{city}，叫{name}，养了一只{pet}叫{petname}", "我和我的{pet}住在{city}，它叫{petname}", "我最喜欢的颜色是{colour}，最爱吃的是{food}",
      "我最喜欢吃{food}，最喜欢的颜色是{colour}", "我家在{city}，家里有只{pet}，名字叫{petname}", "我家{pet}叫{petname}，我自己叫{name}", "我叫{name}，我的{pet}叫{petname}", "{petname}是我的{pet}，我是{name}",
      "今天好累啊，我是{name}，住在{city}，就想吃我最喜欢的{food}", "先介绍一下：名字{name}，城市{city}，最喜欢的食物{food}", "姓名：{name}；城市：{city}；宠物：{pet}，名叫{petname}", "我搬到{city}了，带着我的{pet}，它叫{petname}",
      "住在{city}的人都叫我{name}，我最爱吃{food}", "我最喜欢的颜色是{colour}，对了，我住在{city}", "我的名字是{name}，最喜欢的颜色是{colour}，最喜欢的食物是{food}", "我养了只{pet}，我住在{city}，我叫{name}",
      "我是{name}，{petname}不是人，是我养的{pet}", "最喜欢的食物：{food}；最喜欢的颜色：{colour}；住在：{city}", "我在{city}生活，平时最爱吃{food}，还养了一只叫{petname}的{pet}", "昨天带着我家{pet}去散步，它叫{petname}，我们住在{city}",
      "外面天气真好。我叫{name}，我的家在{city}", "我把房间刷成了我最喜欢的颜色{colour}，晚饭吃了我最喜欢的{food}", "俺叫{name}，家住{city}，稀罕吃{food}，最喜欢的颜色是{colour}", "我嘛，名叫{name}，{city}人，最喜欢的颜色是{colour}"]
OTHER_PEOPLE = {  # said in the same message; only the user's own facts are kept
    "en": ["my {rel}'s name is {v}", "my {rel} is called {v}", "my {rel} {v} says hello", "my {rel} {v} is here too", "I'm here with my {rel} {v}", "I have a {rel} named {v}", "my {rel} lives in {v}"],
    "zh": ["我{rel}叫{v}", "我{rel}的名字是{v}", "我有个{rel}叫{v}", "我{rel}叫{v}，也在这里", "我{rel}住在{v}"]}


def kinds_told(text: str) -> list[str]:
    """"I live in {city} with my {pet} {petname}" tells city and pet+petname."""
    slots = list(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
    if "petname" not in slots:
        return slots
    told = ["pet+petname" if slot in ("pet", "petname") else slot for slot in slots]
    return list(dict.fromkeys(told))
