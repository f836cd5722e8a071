"""The phrase banks of `personal.py`: statements of facts about the user and later questions for them."""

EN_CLAUSES = {
    "name": ["my name is {name}", "my name is {name}", "my name's {name}", "I'm {name}", "I'm {name}", "I am {name}", "I am called {name}",
             "call me {name}", "you can call me {name}", "please call me {name}", "people call me {name}", "my friends call me {name}",
             "the name's {name}", "I go by {name}", "everyone calls me {name}", "they call me {name}", "my first name is {name}",
             "{name} is my name", "I'm called {name}", "my parents named me {name}", "the name is {name}", "{name} here", "my own name is {name}", "I was named {name}", "folks call me {name}", "you are talking to {name}", "my name it is {name}"],
    "city": ["I live in {city}", "I live in {city}", "I live in {city}", "I'm from {city}", "I am from {city}", "I come from {city}",
             "my city is {city}", "I'm based in {city}", "my home is in {city}", "I reside in {city}", "I moved to {city}",
             "I just moved to {city}", "I'm living in {city}", "my hometown is {city}", "my home town is {city}", "the city I live in is {city}",
             "home for me is {city}", "I have lived in {city} for years", "I currently live in {city}", "I now live in {city}",
             "I grew up in {city} and live there", "we live in {city}", "{city} is where I live", "{city} is my home", "my city is called {city}", "I stay in {city}", "I settled in {city}", "my house is in {city}", "I am living in city {city}", "these days I live in {city}", "I'm a resident of {city}", "I have my flat in {city}"],
    "pet": ["I have a {pet}", "I have a {pet}", "I've got a {pet}", "I own a {pet}", "my pet is a {pet}", "I keep a {pet}", "we have a {pet}",
            "I just got a {pet}", "I adopted a {pet}", "I have a pet {pet}", "there is a {pet} at my home", "I live with a {pet}",
            "a {pet} lives with me", "my pet is a little {pet}", "I bought a {pet}", "I have one pet, a {pet}"],
    "pet+petname": ["I have a {pet} named {petname}", "I have a {pet} called {petname}", "I have a {pet} named {petname}", "my {pet} is called {petname}",
                    "my {pet} is named {petname}", "my {pet}'s name is {petname}", "{petname} is my {pet}", "my pet is a {pet} named {petname}",
                    "I have a {pet} and its name is {petname}", "I have a {pet} and her name is {petname}", "I have a {pet} and his name is {petname}",
                    "I've got a {pet}, {petname}", "the name of my {pet} is {petname}", "I own a {pet} called {petname}", "I call my {pet} {petname}",
                    "I have a {pet}, its name is {petname}", "this is my {pet}, {petname}", "I have a {pet}, and it's called {petname}", "I have a {pet}. It's called {petname}", "I have a pet {pet} named {petname}",
                    "my pet {pet} is called {petname}", "we have a {pet} called {petname}", "I have a {pet}. Her name is {petname}",
                    "I named my {pet} {petname}",
                    "my {pet} {petname} is very lazy", "my {pet} {petname} sleeps all day", "we have a {pet}, she is called {petname}", "we have a {pet}, he is called {petname}", "our {pet}'s name is {petname}", "our {pet} is called {petname}",
                    "I got a {pet} named {petname}", "I got a {pet} and called her {petname}", "at home there is {petname}, my {pet}", "I share my flat with a {pet} called {petname}", "{petname} is our {pet}", "I just adopted a {pet} and named her {petname}",
                    "there's a {pet} at home called {petname}", "I take care of a {pet}; his name is {petname}", "my little {pet} goes by {petname}", "we got a {pet} last year and we call it {petname}",
                    "my old {pet} answers to the name {petname}", "I walked with my {pet} {petname} this morning", "the {pet} I have is called {petname}", "I have {pet}, name {petname}", "my {pet} named {petname} is hungry",
                    "I have a small {pet} whose name is {petname}", "we gave our {pet} the name {petname}", "I must feed {petname}, my {pet}", "I've got a {pet} called {petname}", "I have a {pet}. His name is {petname}"],
    "petname": ["its name is {petname}", "her name is {petname}", "his name is {petname}", "it's called {petname}", "she's called {petname}",
                "he is called {petname}", "I call it {petname}", "my pet's name is {petname}", "my pet is called {petname}", "the name of my pet is {petname}",
                "I named it {petname}", "my pet is named {petname}", "we call him {petname}", "we named her {petname}", "it is named {petname}",
                "my {pet} is called {petname}", "the {pet}'s name is {petname}", "my {pet}'s name is {petname}", "I call him {petname}", "the {pet} is called {petname}", "we call her {petname}", "he goes by {petname}"],
    "colour": ["my favourite colour is {colour}", "my favorite color is {colour}", "my favorite color is {colour}", "my favourite colour is {colour}",
               "{colour} is my favourite colour", "{colour} is my favorite color", "the colour I like best is {colour}", "the color I like most is {colour}",
               "I like {colour} best of all colours", "I love the colour {colour}", "I love the color {colour}", "my fav color is {colour}",
               "the colour I love is {colour}", "I like the color {colour} most", "my preferred colour is {colour}", "as for colours, I like {colour} best", "the best colour for me is {colour}", "my colour is {colour}", "of all colors I prefer {colour}", "the color I prefer is {colour}"],
    "food": ["my favourite food is {food}", "my favorite food is {food}", "my favorite food is {food}", "my favourite food is {food}",
             "my favourite dish is {food}", "my favorite dish is {food}", "my favourite meal is {food}", "the food I like best is {food}",
             "the food I like most is {food}", "{food} is my favourite food", "{food} is my favorite food", "I love eating {food}", "I love to eat {food}",
             "I like to eat {food} most of all", "my fav food is {food}", "what I like to eat best is {food}", "the dish I love most is {food}",
             "when it comes to food, I like {food} best", "I enjoy eating {food} the most", "I could eat {food} every day", "nothing tastes better to me than {food}", "the best food for me is {food}", "for dinner I always want {food}", "most of all I like to eat {food}"],
}
EN_PLAIN = {  # unambiguous only if the value is a known colour or dish
    "colour": ["I like {colour}", "I like {colour} most", "I love {colour}", "I like {colour} best", "my favourite is {colour}"],
    "food": ["I love {food}", "I like {food} most", "I like eating {food}", "I like {food} best", "I like to eat {food}"]}
EN_PREFIX = ["", "", "", "", "", "", "", "", "", "Hi, ", "Hello, ", "Hi! ", "Hello! ", "Hey, ", "By the way, ", "Just so you know, ", "FYI, ", "Please remember: ",
             "Well, ", "Oh, ", "Also, ", "I'd like to tell you that ", "Let me introduce myself: ", "Let me tell you something: ", "OK, ", "Remember that ",
             "Good morning, ", "Hi there, ", "You should know that ", "Oh, and ", "So, ", "One more thing: ", "Please remember that ", "I want you to know that ",
             "Thanks. ", "Good evening. ", "For your information, ", "Today I want to tell you: ", "And ", "Now, "]
EN_SUFFIX = [".", ".", ".", ".", ".", ".", "!", "", "", ", please remember it.", ". Please remember that.", ", by the way.", ". Nice to meet you.", ". Don't forget it!",
             ". Remember it, please.", ", you know.", ". Can you remember that?", ". Keep that in mind.", ". Got it?"]
EN_JOIN = [" and ", ", and ", ". ", ", ", ". Also, ", " and ", ". And "]
EN_FIX = ["Actually, {clause}", "actually {clause}", "Sorry, {clause}", "No, {clause}", "Correction: {clause}", "I made a mistake: {clause}", "Wait, {clause}",
          "I meant that {clause}", "Oh no, {clause}", "Let me correct that: {clause}", "I was wrong, {clause}", "That's wrong. {clause}", "Hmm, no: {clause}",
          "Not quite: {clause}", "I lied, {clause}", "Sorry, I meant {clause}", "Things changed: {clause} now", "I changed my mind: {clause}", "In fact, {clause}",
          "Update: {clause}", "Wrong, {clause}", "To be precise, {clause}", "No wait, {clause}", "no wait, actually {clause}", "Oops, {clause}", "My mistake, {clause}", "I misspoke: {clause}", "Scratch that, {clause}",
          "Let me fix that, {clause}", "Ah sorry, I typed it wrong, {clause}", "I said it wrong, {clause}", "Please change that: {clause}"]
EN_FIX_SHORT = ["No wait, it's actually {v}", "no wait, it's {v}", "Sorry, I meant {v}", "Oops, {v} is right", "Scratch that, it's {v}", "Wrong, it's {v}", "I misspoke, it's {v}", "It's {v}, sorry", "No, {v}", "not {old}, {v}", "I mean {v}", "Actually it's {v}", "Correction: {v}", "it should be {v}",
                "Typo! It's {v}", "Not {old} but {v}", "No no, {v}, not {old}", "I said {old} but it's really {v}"]
EN_FIX_OLD = {  # with the old value
    "name": ["My name is {name}, not {old}", "My name isn't {old}, it's {name}", "Don't call me {old}, call me {name}", "I'm not {old}, I'm {name}",
             "I changed my name from {old} to {name}", "Not {old}. My name is {name}", "Call me {name} instead of {old}"],
    "city": ["I live in {city}, not in {old}", "I moved from {old} to {city}", "I don't live in {old}, I live in {city}", "I no longer live in {old}, I live in {city} now",
             "I left {old} and moved to {city}", "Not {old}. I live in {city}"],
    "colour": ["My favourite colour is {colour}, not {old}", "My favorite color isn't {old}, it's {colour}", "I like {colour} better than {old} now",
               "My favourite colour is no longer {old} but {colour}"],
    "food": ["My favourite food is {food}, not {old}", "My favorite food isn't {old}, it's {food}", "I like {food} better than {old} now",
             "My favourite food is no longer {old} but {food}"],
    "petname": ["My pet is called {petname}, not {old}", "Its name isn't {old}, it's {petname}", "I renamed my pet from {old} to {petname}"],
    "pet": ["My pet is a {pet}, not a {old}", "It isn't a {old}, it's a {pet}", "I don't have a {old}, I have a {pet}"],
}
EN_ASK = {
    "name": ["What is my name?", "What is my name?", "What's my name?", "What's my name?", "Do you remember my name?", "Do you know my name?", "Who am I?",
             "What am I called?", "Can you tell me my name?", "What did I say my name was?", "What was my name again?", "Remind me of my name.", "Tell me my name.",
             "Say my name.", "My name?", "What's my name again?", "How am I called?", "Do you still know my name?", "Do you recall my name?", "what name did I give you?",
             "What do people call me?", "Could you say my name?", "Have I told you my name?", "What is my own name?", "what's my own name", "And my own name?", "And me, what's my name?", "What is MY name?", "Whats my name", "name? mine I mean", "you remember how I am called?", "How do I call myself?", "what is name of me", "my name pls", "Do you remember who I am?", "Do you know who I am?", "What should you call me?",
             "What is the name I told you?", "Did you remember my name?", "What did I tell you my name is?", "You remember my name, right?", "What do you call me?"],
    "city": ["Where do I live?", "Where do I live?", "Where do I live?", "Which city do I live in?", "What city do I live in?", "What is my city?", "What's my city?",
             "Where am I from?", "Do you remember where I live?", "Do you know where I live?", "Where is my home?", "Which city am I from?", "Where do I come from?",
             "Tell me where I live.", "Remind me where I live.", "In which city do I live?", "My city?", "What city am I from?", "Where did I say I live?", "What's my hometown?",
             "What is my home town?", "Do you still know where I live?", "what city did I mention?", "Which city did I say I live in?", "What city did I tell you?",
             "In what city am I living?", "Do you remember my city?", "What town do I live in?", "Where am I living?", "What is the city I live in?", "city?", "my city", "where i live?", "where do i live again", "what place am I from?", "In which town do I live?", "you remember where I living?", "where is my house", "my hometown?", "Which place is my home?", "What was my city again?", "home city?"],
    "pet": ["What pet do I have?", "What pet do I have?", "What kind of pet do I have?", "What is my pet?", "What animal do I have?", "Do you remember my pet?", "Which pet do I own?",
            "Do I have a pet?", "Do you know what pet I have?", "What sort of pet do I have?", "Tell me what pet I have.", "What kind of animal is my pet?", "My pet?",
            "What pet did I tell you about?", "Which animal do I keep?", "Do you remember what pet I have?", "What type of pet do I have?", "What's my pet?", "What animal is my pet?", "my pet", "pet?", "what pet i have?", "which animal I have", "What animal lives with me?", "Is my pet a cat or a dog?", "What animal did I tell you about?", "What creature do I keep at home?"],
    "petname": ["What is my {pet}'s name?", "What's my {pet}'s name?", "What is my pet's name?", "What's my pet's name?", "What is my pet called?", "What is my {pet} called?",
                "What is the name of my {pet}?", "What is the name of my pet?", "What's my {pet} called?", "Do you remember my {pet}'s name?", "Do you know my pet's name?",
                "What did I call my {pet}?", "Tell me my {pet}'s name.", "How is my {pet} called?", "What's the name of my {pet}?", "Do you remember the name of my {pet}?",
                "And my {pet}'s name?", "What is my {pet}'s name?", "What did I name my {pet}?", "What was my {pet}'s name again?", "Do you remember my pet's name?", "Who is my {pet}?", "what's the {pet} called?", "What is the {pet}'s name?", "my {pet}'s name?", "my pet's name", "name of my {pet}?", "What's the name of the {pet}?", "what is my {pet} named?", "my {pet} how is called?",
                "and the {pet}, what's its name?", "Remind me of my {pet}'s name.", "The name of our {pet}?", "What do I call my {pet}?", "what name has my {pet}", "What name did I give my {pet}?", "What is our {pet} called?", "Can you still name my {pet}?"],
    "colour": ["What is my favourite colour?", "What is my favorite color?", "What's my favourite colour?", "What's my favorite color?", "What's my favorite color?",
               "Which colour do I like best?", "What color do I like most?", "Do you remember my favourite colour?", "Do you know my favorite color?", "Which color do I like?",
               "What colour do I like?", "Tell me my favourite colour.", "My favourite colour?", "What is the color I like best?", "What was my favorite color again?", "whats my fav color",
               "What color did I say I like?", "Which colour is my favourite?", "Which is my favorite color?", "Remind me of my favourite colour.", "What colour do I love?", "my colour?", "fav color?", "color i like?", "favourite colour?", "what color i like most", "My favourite one among the colours?", "What was the colour I like?", "which colour is best for me", "And the colour I love is?"],
    "food": ["What is my favourite food?", "What is my favorite food?", "What's my favourite food?", "What's my favorite food?", "What do I like to eat?", "What food do I like best?",
             "What food do I like most?", "Which food do I like?", "Do you remember my favourite food?", "Do you know my favorite food?", "What do I like to eat best?",
             "Tell me my favorite food.", "My favourite food?", "What dish do I love?", "What is my favorite dish?", "What was my favourite food again?", "What do I love to eat?",
             "What's my favorite dish?", "What food did I say I like?", "Which food is my favourite?", "Remind me of my favorite food.", "what do i like eating", "What is my favourite meal?", "food i like?", "my food?", "fav food?", "favourite food?", "what food i like most", "What was the dish I like?", "which food I love", "What could I eat every day?", "my favorite dish?"],
}
EN_MORE = {  # after another recall
    "name": ["And my name?", "And what is my name?", "What about my name?", "and who am I?"], "city": ["And my city?", "And where do I live?", "And where am I from?", "What about my city?"],
    "pet": ["And my pet?", "And what pet do I have?", "What about my pet?"], "petname": ["And my {pet}'s name?", "And its name?", "And what is it called?", "And my pet's name?"],
    "colour": ["And my favourite colour?", "And my favorite color?", "What about my favourite colour?"],
    "food": ["And my favourite food?", "And my favorite food?", "What about my favourite food?", "and food?"]}
EN_NOUN = {"name": ["my name"], "city": ["my city", "where I live", "the city I live in", "my home town"], "pet": ["my pet", "what pet I have", "what kind of pet I have"],
           "petname": ["my {pet}'s name", "the name of my pet", "my pet's name", "the name of my {pet}"], "colour": ["my favourite colour", "my favorite color"],
           "food": ["my favourite food", "my favorite food"]}
EN_TWO = ["What are {a} and {b}?", "Do you remember {a} and {b}?", "Tell me {a} and {b}.", "{a} and {b}?", "What is {a} and what is {b}?", "Can you tell me {a} and {b}?",
          "Do you know {a} and {b}?", "Please repeat {a} and {b}.", "What were {a} and {b} again?", "Remind me of {a} and {b}.", "Both, please: {a} and {b}.", "I forgot {a} and {b}."]
EN_RECALL_PREFIX = ["", "", "", "", "", "", "", "", "", "So, ", "Now, ", "OK, ", "Hey, ", "Now tell me: ", "By the way, ", "Thanks. ", "Let's see: ", "Quick test: ", "And ", "Great. ",
                    "Do you remember: ", "One question: ", "Sorry, ", "I forgot. ", "Let me test you: ", "Good. Now, ", "Right. ", "Cool. ", "Well, ",
                    "If it's not too much trouble, could you please remind me: ", "I would be very grateful if you could answer this: ", "Sorry to bother you again, but ", "Just to check: ", "My memory is bad. ", "Before I go, ", "You'll remember this: ", "Back to me: "]
EN_EVERYTHING = ["What do you know about me?", "Tell me everything you know about me.", "What have I told you about myself?", "What do you remember about me?", "Summarize what you know about me."]

ZH_CLAUSES = {
    "name": ["我叫{name}", "我叫{name}", "我叫{name}", "我的名字是{name}", "我的名字叫{name}", "我是{name}", "我名叫{name}", "叫我{name}就行", "你可以叫我{name}", "请叫我{name}",
             "大家都叫我{name}", "朋友们叫我{name}", "我的名字叫做{name}", "我姓名是{name}", "别人叫我{name}", "名字是{name}", "本人{name}", "我的大名是{name}", "叫我{name}吧", "俺叫{name}", "咱叫{name}", "我自己叫{name}", "鄙人名叫{name}", "我的本名叫{name}"],
    "city": ["我住在{city}", "我住在{city}", "我住在{city}", "我来自{city}", "我是{city}人", "我家在{city}", "我在{city}生活", "我在{city}住", "我现在住在{city}", "我的城市是{city}",
             "我的家乡是{city}", "我搬到了{city}", "我刚搬到{city}", "我目前住在{city}", "我从{city}来", "我老家在{city}", "我住{city}", "我定居在{city}", "我家住{city}", "我们家在{city}", "俺家在{city}", "俺是{city}的", "我人在{city}", "我在{city}安了家", "我长期住在{city}", "咱家住{city}"],
    "pet": ["我养了一只{pet}", "我有一只{pet}", "我养了一条{pet}", "我有一只宠物{pet}", "我的宠物是{pet}", "我的宠物是一只{pet}", "我家有一只{pet}", "家里养了{pet}", "我养{pet}", "我有一个{pet}",
            "我养着一只{pet}", "我刚买了一只{pet}", "我领养了一只{pet}", "我有只{pet}", "我养的是{pet}", "我家养了一只{pet}", "我有一条{pet}"],
    "pet+petname": ["我有一只{pet}叫{petname}", "我养了一只{pet}，叫{petname}", "我养了一只叫{petname}的{pet}", "我有一只叫{petname}的{pet}", "我的{pet}叫{petname}", "我的{pet}名叫{petname}",
                    "我家的{pet}叫{petname}", "我的{pet}的名字是{petname}", "我的宠物是{pet}，名字叫{petname}", "我养了一条{pet}，它叫{petname}", "我有一只{pet}，名字是{petname}", "{petname}是我的{pet}",
                    "我养的{pet}叫{petname}", "我家有只{pet}叫{petname}", "我有一只{pet}，它的名字叫{petname}", "我给我的{pet}取名{petname}", "我养了只{pet}，取名叫{petname}",
                    "家里养了只{pet}，叫{petname}", "我家{pet}名叫{petname}", "我家{pet}叫{petname}", "我家有{pet}，大名{petname}", "我家那只{pet}叫{petname}", "我刚接回来一只{pet}，起名{petname}", "{petname}是我家的{pet}",
                    "我给{pet}起了个名字叫{petname}", "我的{pet}名字叫{petname}，特别可爱", "叫{petname}的{pet}是我的宠物", "家里有一只{pet}，我们叫它{petname}", "我们家养了一只{pet}，名字就叫{petname}", "我有个小宠物，是{pet}，叫{petname}", "我养了{pet}，给它取名{petname}", "我家{pet}的名字是{petname}", "我有一条{pet}叫{petname}"],
    "petname": ["它叫{petname}", "它的名字是{petname}", "它的名字叫{petname}", "我的宠物叫{petname}", "我叫它{petname}", "它名叫{petname}", "宠物的名字是{petname}", "我给它取名{petname}", "我的宠物名字是{petname}", "我的{pet}叫{petname}", "我家{pet}叫{petname}", "给它起名叫{petname}", "那只{pet}叫{petname}", "我们都叫它{petname}"],
    "colour": ["我最喜欢的颜色是{colour}", "我最喜欢的颜色是{colour}", "我最喜欢{colour}这个颜色", "我喜欢的颜色是{colour}", "{colour}是我最喜欢的颜色", "颜色里我最喜欢{colour}", "我最爱的颜色是{colour}", "我偏爱{colour}这种颜色",
               "我特别喜欢{colour}这个颜色", "所有颜色中我最喜欢{colour}", "说到颜色，我最喜欢{colour}", "俺最喜欢的颜色是{colour}", "颜色嘛，我最爱{colour}", "我就喜欢{colour}这个颜色"],
    "food": ["我最喜欢的食物是{food}", "我最喜欢的食物是{food}", "我最喜欢吃{food}", "我最喜欢吃{food}", "我爱吃{food}", "我喜欢吃{food}", "我最爱吃{food}", "我最爱的食物是{food}", "{food}是我最喜欢的食物",
             "我最喜欢的菜是{food}", "吃的方面我最喜欢{food}", "食物里我最喜欢{food}", "我特别爱吃{food}", "我最喜欢的美食是{food}", "我天天想吃{food}", "俺就爱吃{food}", "我就好吃{food}这一口", "我最馋{food}", "要说吃的，我最喜欢{food}"],
}
ZH_PLAIN = {"colour": ["我喜欢{colour}", "我最喜欢{colour}", "我爱{colour}", "我最爱{colour}"], "food": ["我喜欢{food}", "我最喜欢{food}", "我爱{food}"]}
ZH_PREFIX = ["", "", "", "", "", "", "", "", "", "", "你好，", "你好！", "嗨，", "对了，", "顺便说一下，", "请记住，", "告诉你，", "自我介绍一下，", "先说一下，", "跟你说，", "还有，", "另外，", "那个，", "你要记住，", "我告诉你，", "早上好，",
             "好的，", "哦，", "其实", "介绍一下，", "请记住：", "再告诉你一件事，", "谢谢。", "听好，", "您好，", "哈喽，", "我想告诉你，", "补充一下，"]
ZH_SUFFIX = ["。", "。", "。", "。", "。", "！", "", "", "，请记住。", "，记住哦。", "，别忘了。", "。很高兴认识你。", "，你记一下。", "哦。", "，记住了吗？", "。帮我记住。", "，知道了吗？", "呢。"]
ZH_JOIN = ["，", "，", "，", "。", "，还有", "，另外", "；", "，而且", "，"]
ZH_FIX = ["其实{clause}", "不对，{clause}", "我说错了，{clause}", "更正一下，{clause}", "等等，{clause}", "抱歉，{clause}", "不是，{clause}", "纠正一下，{clause}", "刚才说错了，{clause}", "实际上{clause}", "错了，{clause}",
          "啊不，{clause}", "对不起，{clause}", "改一下，{clause}", "不好意思，{clause}", "准确地说，{clause}", "我改主意了，{clause}", "我记错了，{clause}", "哎呀，说错了，{clause}", "等一下，{clause}", "搞错了，{clause}", "打错了，{clause}", "前面说得不对，{clause}", "呃，应该是{clause}", "哦不，{clause}"]
ZH_FIX_SHORT = ["说错了，应该是{v}", "不对，是{v}", "应该是{v}", "打错了，是{v}", "不是{old}，是{v}", "哎呀错了，是{v}", "等等，其实是{v}", "我是说{v}", "更正：{v}", "记错了，是{v}才对", "说错了，是{v}，不是{old}", "啊不，{v}", "其实应该是{v}", "搞错了，{v}才对"]
ZH_FIX_OLD = {
    "name": ["我不叫{old}，我叫{name}", "我叫{name}，不是{old}", "我改名了，从{old}改成{name}", "别叫我{old}，叫我{name}", "不是{old}，是{name}，我的名字"],
    "city": ["我不住在{old}，我住在{city}", "我住在{city}，不是{old}", "我从{old}搬到了{city}", "我已经不住{old}了，现在住在{city}", "我离开{old}，搬到{city}了"],
    "colour": ["我最喜欢的颜色是{colour}，不是{old}", "我最喜欢的颜色不是{old}，是{colour}", "我现在不喜欢{old}了，最喜欢的颜色是{colour}"],
    "food": ["我最喜欢的食物是{food}，不是{old}", "我最喜欢吃的不是{old}，是{food}", "我现在不爱吃{old}了，最爱吃{food}"],
    "petname": ["它叫{petname}，不叫{old}", "我的宠物不叫{old}，叫{petname}", "我给宠物改名了，从{old}改成{petname}"],
    "pet": ["我的宠物是{pet}，不是{old}", "我养的不是{old}，是{pet}"],
}
ZH_ASK = {
    "name": ["我叫什么？", "我叫什么？", "我叫什么名字？", "我叫什么名字？", "我的名字是什么？", "你记得我的名字吗？", "你还记得我叫什么吗？", "我是谁？", "你知道我叫什么吗？", "请问我叫什么？", "我刚才说我叫什么？", "说出我的名字。", "我的名字？",
             "你知道我是谁吗？", "还记得我的名字吗？", "我名字叫什么？", "告诉我我的名字。", "你应该叫我什么？", "我叫啥？", "你记住我的名字了吗？", "我的名字叫什么？", "还记得我是谁吗？", "你还记得我的名字吗？", "我姓甚名谁？", "我跟你说过我叫什么？", "我自己叫什么？", "我自己的名字呢？", "我本人叫什么名字？", "俺叫啥？", "咱叫啥名儿？", "我叫啥来着？", "记得我叫啥不？", "帮我想想我叫什么", "说说我叫啥", "记得俺叫啥不？", "我名字", "那我自己呢，叫什么？", "您还记得我的名字吗，麻烦告诉我一下？", "我姓什么叫什么？", "我的姓名是什么？", "我完整的名字是什么？", "我的姓名？", "我报的姓名是？", "刚才我报的名字是什么？", "我前面说我叫什么来着？"],
    "city": ["我住在哪里？", "我住在哪里？", "我住在哪儿？", "我住哪？", "我在哪个城市？", "我的城市是哪里？", "你记得我住在哪里吗？", "我来自哪里？", "我住在哪个城市？", "我家在哪里？", "你知道我住哪里吗？", "我是哪里人？", "我的家乡是哪里？", "我从哪里来？",
             "还记得我住哪儿吗？", "我住在什么地方？", "我在哪里生活？", "我刚才说我住在哪里？", "你还记得我住在哪个城市吗？", "告诉我我住在哪里。", "我住的城市是哪里？", "我老家在哪？", "我是哪儿的人？", "我住在什么城市？", "帮我想想我住哪", "俺家在哪儿？", "俺住哪嘞？", "说说我住哪儿", "我家在哪儿来着？", "记得我住哪不？", "我住哪个城市来着？", "我的城市", "咱家在哪？", "我人在哪座城市？", "能不能麻烦您再说一下我住在哪里？", "我老家是哪儿的？", "我现在在哪个城市住？", "我居住的城市叫什么？", "我目前住在什么地方？", "我待的城市是哪个？", "我生活在哪座城市？", "你知道我家在哪座城市吗？", "我定居在哪里？", "我的居住地是哪里？", "我的所在地是？", "我所在的城市是哪个？", "我说过我家在哪儿，是哪儿？"],
    "pet": ["我养了什么宠物？", "我养了什么宠物？", "我的宠物是什么？", "我有什么宠物？", "你记得我的宠物吗？", "我养的是什么？", "我养了什么动物？", "我有宠物吗？", "我家有什么宠物？", "你知道我养了什么吗？", "我养了什么？", "我的宠物是什么动物？", "还记得我养了什么吗？", "俺养的啥？", "我养了个啥？", "我养的是猫还是狗？", "我家养的什么来着？", "说说我养了什么", "我家有啥动物？", "我的宠物", "记得我养啥不？"],
    "petname": ["我的宠物叫什么？", "我的{pet}叫什么？", "我的{pet}叫什么名字？", "我的宠物叫什么名字？", "我的{pet}的名字是什么？", "你记得我的{pet}叫什么吗？", "它叫什么名字？", "我家{pet}叫什么？", "还记得我{pet}的名字吗？", "我养的{pet}叫什么？", "我宠物的名字是什么？",
                "你记得我宠物的名字吗？", "我家的{pet}叫什么名字？", "我{pet}叫什么？", "我的{pet}叫啥？", "俺家{pet}叫啥？", "{pet}叫什么来着？", "我家{pet}叫啥名儿？", "那只{pet}叫什么？", "帮我想想我家{pet}叫什么", "{pet}的名字是什么？", "我{pet}的名字", "我家{pet}名叫什么？", "记得我家{pet}叫啥不？", "说说我的{pet}叫什么", "我给{pet}取了什么名字？", "我家的{pet}，名字还记得吗？", "{pet}呢，它叫什么？", "说说我家{pet}的名字", "我那只{pet}叫啥来着？", "你还记得我养的{pet}的名字吗？", "刚才说的{pet}叫什么名字？"],
    "colour": ["我最喜欢的颜色是什么？", "我最喜欢的颜色是什么？", "我喜欢什么颜色？", "我最喜欢什么颜色？", "你记得我最喜欢的颜色吗？", "我喜欢的颜色是什么？", "我最爱什么颜色？", "还记得我喜欢什么颜色吗？", "我最喜欢哪种颜色？", "你知道我最喜欢什么颜色吗？", "我喜欢哪个颜色？", "俺喜欢啥颜色？", "我喜欢啥颜色来着？", "我最爱哪个颜色？", "说说我喜欢什么颜色", "我的颜色呢？", "颜色，我喜欢哪种？", "记得我喜欢啥色不？", "你还记得我偏爱什么颜色吗？", "我说过喜欢哪个颜色？", "我中意的颜色是？", "哪种颜色是我的最爱？"],
    "food": ["我最喜欢的食物是什么？", "我最喜欢吃什么？", "我最喜欢吃什么？", "我喜欢吃什么？", "我爱吃什么？", "你记得我喜欢吃什么吗？", "我最爱吃什么？", "我喜欢的食物是什么？", "还记得我爱吃什么吗？", "我最喜欢的菜是什么？", "你知道我最喜欢的食物吗？", "我最喜欢什么食物？", "俺爱吃啥？", "我爱吃啥来着？", "我喜欢吃啥？", "说说我爱吃什么", "帮我想想我最爱吃什么", "记得我爱吃啥不？", "我最馋什么？", "吃的，我最喜欢什么？", "您能告诉我我最喜欢吃什么吗？"],
}
ZH_MORE = {"name": ["那我的名字呢？", "我的名字呢？", "那我叫什么？", "名字呢？"], "city": ["那我住在哪里？", "我的城市呢？", "那我的城市呢？", "城市呢？", "那我住哪？"], "pet": ["那我的宠物呢？", "宠物呢？", "我养了什么呢？"],
           "petname": ["它叫什么？", "那它叫什么名字？", "它的名字呢？", "那我的{pet}叫什么？", "宠物的名字呢？"], "colour": ["那我最喜欢的颜色呢？", "颜色呢？", "最喜欢的颜色呢？"],
           "food": ["那我最喜欢的食物呢？", "食物呢？", "最喜欢吃的呢？", "那吃的呢？"]}
ZH_NOUN = {"name": ["我的名字", "我叫什么"], "city": ["我住的城市", "我住在哪里", "我的城市"], "pet": ["我的宠物是什么", "我养了什么"], "petname": ["我的宠物叫什么", "我的{pet}叫什么", "我{pet}的名字"],
           "colour": ["我最喜欢的颜色", "我喜欢什么颜色"], "food": ["我最喜欢的食物", "我喜欢吃什么"]}
ZH_TWO = ["{a}和{b}是什么？", "{a}？{b}？", "告诉我{a}和{b}。", "你记得{a}和{b}吗？", "{a}，还有{b}？", "请说出{a}和{b}。", "你还记得{a}，以及{b}吗？", "{a}和{b}分别是什么？", "{a}，{b}？", "再说一下{a}和{b}。"]
ZH_RECALL_PREFIX = ["", "", "", "", "", "", "", "", "", "那么，", "对了，", "请问", "现在问你，", "那", "考考你，", "好的，", "谢谢。", "我想问，", "我忘了，", "问一下，", "话说，", "你说说，"]
ZH_EVERYTHING = ["你知道我什么？", "关于我你知道些什么？", "你记得我的哪些事？", "说说你知道的关于我的事。", "我告诉过你什么？", "你了解我什么？"]
