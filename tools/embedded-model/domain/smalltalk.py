"""Greetings, thanks, goodbyes, and questions about the assistant and its abilities."""

import random

from .state import State, Turn
from .values import Values

ANSWERS = {
    "hello": {"en": "Hello! I am Quire. How can I help you?", "zh": "你好！我是Quire。有什么可以帮你？"},
    "thanks": {"en": "You're welcome!", "zh": "不客气！"},
    "bye": {"en": "Goodbye! Have a nice day.", "zh": "再见！祝你愉快。"},
    "who": {"en": "I am Quire, a small language model that runs inside Node.js.", "zh": "我是Quire，一个在Node.js里运行的小语言模型。"},
    "can": {"en": "I know the first five of nine world rankings and the capitals of 60 countries. I also remember what you tell me about yourself, and say what a weather is good for.",
            "zh": "我知道九种世界之最的前五名和60个国家的首都。我还能记住你告诉我的事，并说说什么天气适合做什么。"},
    "how": {"en": "I am fine, thank you. How can I help you?", "zh": "我很好，谢谢。有什么可以帮你？"},
    "ok": {"en": "Good. What else would you like to know?", "zh": "好的。还想知道什么？"},
}
ASK = {
    "hello": {"en": "Hello|Hello!|Hi|Hi!|Hey|Hey there!|Hi there|Good morning!|Good evening|Good afternoon.|Hello there!|Hey Quire!|Hello Quire|Greetings!|Howdy|Hi, nice to meet you.|Hello, are you there?|"
                    "Good day!|hiya|yo|Hi Quire, good morning|Nice to meet you.|Hello again|Hey, good to see you|hello hello|Morning!|Anyone there?|Are you there?|Hello, can you hear me?|Pleased to meet you.|What's up?",
              "zh": "你好|你好！|您好|嗨|嗨！|哈喽|早上好|晚上好|下午好|你好呀|早|大家好|Hello|hi|在吗？|你在吗？|你好，Quire|很高兴认识你|喂|嘿|早安|你好啊|哈罗|中午好|初次见面|有人吗？|你好你好|又见面了"},
    "thanks": {"en": "Thanks|Thanks!|Thank you|Thank you!|Thank you very much.|Thanks a lot!|Many thanks|thx|Great, thanks!|Thank you so much!|Thanks for your help.|That was helpful, thank you.|Cheers!|Perfect, thank you.|"
                     "Ok thanks|Thanks, that's great|I appreciate it.|ty|Thank you for telling me.|Nice, thanks.|Very kind of you.|Much appreciated.|Thanks for the answer!|Thanks again.|good, thank you",
               "zh": "谢谢|谢谢！|谢谢你|谢谢你！|多谢|非常感谢|感谢|谢啦|好的，谢谢|太好了，谢谢|谢谢你的帮助|多谢了|谢了|辛苦了|十分感谢|感谢你的回答|太感谢了|明白了，谢谢|thanks|麻烦你了|谢谢您|真是太谢谢了"},
    "bye": {"en": "Bye|Bye!|Goodbye|Goodbye!|See you|See you later!|Bye bye|Good night|I have to go now.|See you tomorrow.|Take care!|Have a nice day!|I'm leaving, bye.|That's all for today. Goodbye!|Farewell|cya|Talk to you later.|"
                  "That's all, bye|So long!|I must leave now.|Good bye|Until next time!|See you soon.|Ok bye|That was all, thanks and bye!|Have a good one!|Good night, Quire.|Time to go.",
            "zh": "再见|再见！|拜拜|拜|下次见|明天见|晚安|我要走了|回头见|我先走了，再见|今天就到这里吧|一会儿见|后会有期|再会|bye|先这样吧，再见|祝你愉快|我走了|好的，再见|拜拜啦|改天聊|下线了|88|没别的事了，再见"},
    "who": {"en": "Who are you?|What are you?|What is your name?|What's your name?|Tell me about yourself.|Who am I talking to?|Are you a robot?|Are you an AI?|Are you human?|What should I call you?|Who made you?|"
                  "Introduce yourself.|Do you have a name?|Are you a language model?|What's your name again?|Who is this?|And who are you?|what model are you|Are you ChatGPT?|Are you a real person?|Please introduce yourself.|What kind of model are you?|Who's Quire?|What is Quire?|Are you a computer program?|Who am I speaking with?|may I know your name?|Are you a bot?|So who are you?",
            "zh": "你是谁？|你叫什么？|你叫什么名字？|你是什么？|介绍一下你自己|你是机器人吗？|你是人吗？|你是AI吗？|请自我介绍|我该怎么称呼你？|你是什么模型？|你的名字是什么？|你有名字吗？|请问你是谁？|你是真人吗？|你是ChatGPT吗？|自我介绍一下吧|谁在和我说话？|你是人工智能吗？|说说你自己|你是哪位？|Quire是什么？|你是什么东西？|怎么称呼？|你到底是谁？|你是程序吗？|那你叫什么？"},
    "can": {"en": "What can you do?|How can you help me?|What do you know?|What can I ask you?|What are you good at?|Help|help me|What topics do you know?|What can I ask?|What are you able to do?|What questions can you answer?|"
                  "Can you help me?|What are your abilities?|What rankings do you know?|What do you know about?|What is it you can do?|What kind of questions can I ask?|Tell me what you can do.|How can I use you?|What are you for?|What can we talk about?|What things do you know?|Which subjects do you know?|I need help|what could you do for me?|Show me what you can do.|What do you do?",
            "zh": "你能做什么？|你会什么？|你可以做什么？|你知道什么？|你能帮我什么？|我可以问你什么？|你有什么功能？|帮助|你擅长什么？|你能回答什么问题？|你都会些什么？|你能干什么？|你有什么本事？|你能帮我吗？|可以问你哪些问题？|你懂什么？|说说你会做什么|怎么使用你？|你都知道些什么？|我们能聊什么？|你有什么用？|能帮帮我吗？|你会干嘛？|你有哪些能力？|你能为我做什么？"},
    "how": {"en": "How are you?|How are you doing?|How are you today?|How do you do?|How is it going?|How's it going?|Are you well?|Hi, how are you?|Hello! How are you?|Are you OK?|How have you been?|How do you feel?|Hey, how are you doing?|And how are you?|How are things?|you ok?|I'm fine, and you?|How are you feeling today?|Hello, how are you today?|how r u",
            "zh": "你好吗？|你怎么样？|最近好吗？|最近怎么样？|你今天怎么样？|过得好吗？|你还好吗？|你好，最近怎么样？|身体好吗？|你今天好吗？|你感觉怎么样？|近来可好？|一切都好吗？|别来无恙？|你今天心情好吗？|你好，你好吗？|我很好，你呢？"},
    "ok": {"en": "OK|Okay.|I see.|Great!|Cool|Interesting.|Nice!|Good.|Alright|Got it.|Very good.|Wow!|That's interesting.|Perfect.|Right.|Good to know.|Oh, I see.|Awesome|fine|Really?|Well done!|Good job!|sure|That's right.|Correct!|You're right.|Yes|ok great|Sounds good.|Excellent!|wonderful|understood",
           "zh": "好|好的|明白了|知道了|原来如此|太好了|不错|真有意思|哦|嗯|了解|厉害|行|真棒|哇|好吧|是这样啊|对|没错|很好|真的吗？|收到|可以|懂了|你真聪明|答对了|有道理|嗯嗯|OK|你说得对|好厉害"},
}
WEIGHTS = {"hello": 24, "thanks": 18, "bye": 12, "who": 17, "can": 15, "how": 12, "ok": 8}
LEADS = {"en": ["Hi! ", "Hello. ", "Thanks! ", "Thank you. ", "OK. ", "Great. ", "I see. ", "Good. ", "Hey, ", "Cool, ", "Okay, ", "Hi Quire, ", "Interesting. ", "Thanks, ", "Well, ", "Hello Quire! ", "Good morning! ", "Right, ", "please ", "um, ", "Excuse me, "],
         "zh": ["你好，", "谢谢。", "好的，", "嗯，", "那个，", "你好！", "哦，", "明白了。", "请问", "麻烦问一下，", "不错。", "知道了，", "早上好，", "哈哈，", "打扰一下，"]}


def talk(rng: random.Random, state: State, lang: str, values: Values, only: str | None = None) -> Turn:
    kind = only or rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    text = rng.choice(ASK[kind][lang].split("|"))
    if kind in ("thanks", "bye") and rng.random() < 0.1:
        text += rng.choice([", Quire", "!", " :)"] if lang == "en" else ["，Quire", "！", "啦"])
    return Turn(text, ANSWERS[kind][lang], "small", False)
