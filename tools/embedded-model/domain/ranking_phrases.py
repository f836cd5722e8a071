"""The phrase banks of `ranking.py`: questions for a rank."""

EN_TOPICS = {  # superlatives, nouns, plurals, places, dimension
    "mountain": (["highest", "highest", "tallest"], ["mountain", "mountain", "mountain", "peak", "mountain peak"],
                 ["mountains", "peaks"], "height"),
    "river": (["longest"], ["river"], ["rivers"], "length"),
    "ocean": (["largest", "biggest"], ["ocean"], ["oceans"], "size"),
    "desert": (["largest", "biggest"], ["desert"], ["deserts"], "size"),
    "lake": (["largest", "biggest"], ["lake"], ["lakes"], "size"),
    "island": (["largest", "biggest"], ["island"], ["islands"], "size"),
    "planet": (["largest", "biggest"], ["planet"], ["planets"], "size"),
    "area": (["largest", "biggest"], ["country", "country", "nation", "state"], ["countries", "nations"], "area"),
    "population": (["most populous", "most populous", "most populated"], ["country", "country", "nation"],
                   ["countries", "nations"], "population"),
}
EN_PLACES = ["in the world", "in the world", "in the world", "on Earth", "on earth", "of the world", "on the planet",
             "worldwide", "on our planet", "anywhere on Earth", "in the whole world", "", "", "", ""]
EN_PLANET_PLACES = ["in the solar system", "in the solar system", "in our solar system", "of the solar system",
                    "around the sun", "", ""]
EN_AREA = ["{o}{s} {n} {p} by area", "{o}{s} {n} {p} by area", "{o}{s} {n} by area", "{o}{s} {n} by land area",
           "{o}{s} {n} {p} by size", "{o}{s} {n} {p}", "{o}{s} {n} {p}", "{o}{s} {n} in terms of area",
           "{n} with the {o}largest area", "{n} with the {o}biggest territory", "{o}{s} {n} by surface area",
           "{o}{s} {n} {p} in area", "{n} that has the {o}largest area", "{o}{s} {n} {p} by territory"]
EN_POPULATION = ["{o}{s} {n} {p}", "{o}{s} {n} {p}", "{o}{s} {n} {p}", "{n} with the {o}largest population",
                 "{n} with the {o}biggest population", "{n} with the {o}most people", "{n} {p} with the {o}most people",
                 "{n} that has the {o}most people", "{o}largest {n} by population", "{o}biggest {n} by population",
                 "{n} with the {o}most inhabitants", "{o}largest {n} {p} by population", "{n} with the {o}highest population",
                 "{o}largest {n} in terms of population", "{o}biggest {n} by number of people"]
EN_ASK = [  # {np}: "second highest mountain in the world"
    "What is the {np}?", "What is the {np}?", "What is the {np}?", "What's the {np}?", "What's the {np}?", "Whats the {np}?",
    "Which is the {np}?", "Tell me the {np}.", "Tell me what the {np} is.", "Name the {np}.", "Can you name the {np}?",
    "Can you tell me the {np}?", "Can you tell me what the {np} is?", "Could you tell me the {np}?", "What would be the {np}?",
    "Could you tell me what the {np} is?", "Do you know the {np}?", "Do you know what the {np} is?", "The {np}?", "{np}?", "{np}",
    "I'd like to know the {np}.", "I want to know the {np}.", "I want to know what the {np} is.", "I wonder what the {np} is.",
    "Please tell me the {np}.", "Please name the {np}.", "What is the name of the {np}?", "What's the {np} called?",
    "Give me the {np}.", "Give me the name of the {np}.", "Any idea what the {np} is?", "What do you call the {np}?",
    "Quick question: what is the {np}?", "I forgot what the {np} is.", "Would you tell me the {np}?", "the {np} is?",
    "The {np}, please.", "What is the {np} please?", "Hey, what's the {np}?", "Hi, what is the {np}?", "Say, what is the {np}?",
    "Let's talk about geography. What is the {np}?", "I'm curious: what is the {np}?", "So what is the {np}?", "the {np} is what?",
    "Let me ask you something. What is the {np}?", "May I ask what the {np} is?", "Well, what's the {np}?", "what is {np}",
    "Hello! What is the {np}?", "Tell me, what is the {np}?", "which one is the {np}", "Would you be so kind as to tell me what the {np} is?", "If it is not too much trouble, could you please tell me the {np}?", "how is called the {np}?", "What name has the {np}?", "please, which is {np}?",
    "I would be very grateful if you could tell me what the {np} is.", "could u tell me {np}", "My teacher asked me what the {np} is.",
    "Please help me: what is the {np}?", "For a quiz: what is the {np}?", "I need the name of the {np}.", "Actually, what is the {np}?",
    "Next question: what is the {np}?", "Another question: what is the {np}?", "Thanks. What is the {np}?", "And what is the {np}?",
    "Great. Now what is the {np}?", "Can I ask what the {np} is?", "You know the {np}?", "find the {np}", "What might the {np} be?"]
EN_ASK_NOUN = [  # {n} noun, {ns} plural, {os} "second highest", {s} "highest", {p} place, {w} "second", {i} number, {d} dimension
    "Which {n} is the {os} {p}?", "Which {n} is the {os} {p}?", "Which {n} is {os} {p}?", "What {n} is the {os} {p}?",
    "What {n} {p} is the {os}?", "Which {n} {p} is the {os}?", "Of all {ns}, which is the {os}?", "Which of the {ns} is the {os}?",
    "Among the {ns} {p}, which one is the {os}?", "Do you know which {n} is the {os} {p}?", "Tell me which {n} is the {os}.",
    "Can you tell me which {n} is the {os} {p}?", "I'd like to know which {n} is the {os} {p}.", "Which {n} is the {os} one {p}?"]
EN_ASK_RANK = [
    "Which {n} ranks {w} by {d}?", "What comes {w} among the {s} {ns} {p}?", "What is number {i} among the {s} {ns} {p}?",
    "Number {i} of the {s} {ns}?", "In the list of the {s} {ns} {p}, what is number {i}?", "Which {n} is number {i} by {d}?",
    "Which {n} takes {w} place by {d}?", "Which {n} is in {w} place among the {s} {ns} {p}?", "What's no. {i} of the {s} {ns} {p}?",
    "Who is number {i} in the ranking of the {s} {ns}?", "Among the {s} {ns}, which one is {w}?", "Which is the number {i} {s} {n}?",
    "By {d}, which {n} is {w}?", "Ranked by {d}, which {n} comes {w}?", "If you rank {ns} by {d}, what is {w}?",
    "Of the {s} {ns} {p}, which is the {w}?", "Which of the {s} {ns} is {w}?", "the {w} of the {s} {ns} {p}",
    "Which {n} comes in at number {i} by {d}?", "Among {ns}, which is the {w} {s}?"]
EN_ASK_POPULATION = [
    "Which {n} has the {o}most people?", "Which {n} has the {o}largest population?", "What {n} has the {o}most people {p}?",
    "What {n} has the {o}biggest population?", "Where do the {o}most people live?", "Which {n} {p} has the {o}largest population?",
    "Which {n} has the {o}most inhabitants?", "Do you know which {n} has the {o}most people?", "Which {n} has the {o}highest population?"]
EN_ASK_AREA = ["Which {n} has the {o}largest area?", "Which {n} is {o}largest by area?", "Which {n} covers the {o}largest area?",
               "What {n} has the {o}biggest area {p}?", "Which {n} has the {o}largest territory?", "By area, which {n} is the {o}largest?"]
EN_NEXT = [  # {w}: second, 2nd, ...; {os}: second highest; {i}: 2, two
    "And the {w}?", "And the {w}?", "And the {w}?", "What is the {w}?", "What is the {w}?", "What's the {w}?", "What about the {w}?",
    "What about the {w}?", "How about the {w}?", "The {w}?", "{w}?", "The {w} one?", "And the {w} one?", "What is the {w} one?",
    "And what is the {w}?", "And what's the {w}?", "Which is the {w}?", "And which is the {w}?", "Tell me the {w}.", "Then the {w}?",
    "OK, and the {w}?", "Do you know the {w}?", "And the {os}?", "What's the {os}?", "And the {os} one?", "What about the {os}?",
    "Which one comes {w}?", "Which one is {w}?", "And which one is {w}?", "Which is in {w} place?", "What takes {w} place?",
    "And in {w} place?", "And number {i}?", "What about number {i}?", "Which is number {i}?", "Number {i}?", "What is number {i}?",
    "And who's {w}?", "Now the {w}.", "Now the {w}, please.", "The {w}, please.", "What would the {w} be?", "I also want the {w}.",
    "And the {w} {n}?", "What is the {w} {n}?", "What about the {w} {os1} {n}?", "And the {w} {s}?", "What is the {w} {s}?",
    "and {w}", "{w}", "and the {w} then", "Which one is number {i}?", "Which is the {w} {s}?", "And no. {i}?", "and #{i}?",
    "Can you also tell me the {w}?", "Could you tell me the {w}?", "Please tell me the {w} one too.", "Good. And the {w}?",
    "Interesting. And the {w}?", "I see. What about the {w}?", "Great, and what is the {w}?", "Thanks. And the {w}?",
    "Cool, what's the {w}?", "So what's the {w}?", "Right, and the {w}?", "Then what is the {w}?", "And what comes {w}?",
    "What comes {w}?", "what ranks {w}?", "And rank {i}?", "Who comes {w}?", "And at number {i}?", "Go on: the {w}?",
    "Let's jump to the {w}.", "Skip to the {w}.", "do you also know the {w}", "Wow! And the {w}?", "Ok and number {i}?",
    "Thank you, and what about the {w}?", "Now tell me the {w}.", "And what about the {w} one?", "Sorry, what about the {w}?",
    "And the {w} on the list?", "What is the {w} on that list?", "which one was the {w} again?", "the {w} again?", "and the {w} is?",
    "{w}?", "{w}", "number {i}?", "number {i}", "#{i}", "#{i}?", "no. {i}?", "Place {i}?", "rank {i}", "No {i}?", "and the number {i}?", "the number {i} one", "So which one is {w}?", "Which one is {w} then?", "which is {w}",
    "What is the {os} one?", "Which one is the {os}?", "Would you be so kind as to tell me the {w} one as well?", "If you don't mind, which one is the {w}?", "and which {n} is {w}?",
    "the {w} which is?", "please the {w}", "And {w} place?", "who is on place {i}?"]
EN_AFTER = ["And the next one?", "The next one?", "Next?", "What's the next?", "And the one after that?", "And after that?",
            "What comes next?", "What comes after that?", "And the next?", "Which one follows?", "Next one please.", "Then?",
            "and then?", "The following one?", "What is the next one on the list?", "Go on.", "Continue.", "What comes after it?",
            "And next?", "and the next", "next", "the one after that", "The one after that?", "the one after", "After that one?", "What's after that?", "Which one is next?", "And what follows that?", "Who's next?", "One further down?",
            "The next in line?", "Which is next on the list?", "And right after that?", "What comes right behind it?", "Next please", "The one behind it?", "Keep going.", "And then the next?", "What is next after this one?", "And the one following it?",
            "and the next one then", "Which one comes next?", "and what's the next one", "the next again?", "Could you also give me the next one, please?", "And after this?", "ok next", "And one more?", "What would be the next one?"]
EN_AFTER_NAME = ["What comes after {x}?", "Which one comes after {x}?", "And after {x}?", "What follows {x}?", "What is the next one after {x}?", "The one after {x}?", "Which is right behind {x}?", "after {x}?", "What's next after {x}?",
                 "Who comes right after {x}?", "and what comes after {x}", "what is after {x}", "Which one follows {x}?", "What ranks right after {x}?", "What is ranked just below {x}?"]
EN_BEFORE_NAME = ["What comes before {x}?", "Which one is right above {x}?", "Which one ranks just ahead of {x}?", "The one before {x}?", "what comes right before {x}", "And before {x}?"]
EN_BEFORE = ["And the one before that?", "What is the one before?", "And the previous one?", "Which one comes right before it?",
             "the one before that", "The one before that?", "And before that?", "One back?", "Go back one.", "Which one is right above it?", "The previous one?", "What ranks just above it?", "And the one ahead of it?", "the one before", "What was before that?"]
EN_SWITCH = [  # to another topic; {np} includes the rank
    "What about the {np}?", "What about the {np}?", "And the {np}?", "And the {np}?", "How about the {np}?", "Now the {np}.",
    "OK, and the {np}?", "Now tell me the {np}.", "Switching topic: what is the {np}?", "And what is the {np}?", "and {np}?",
    "And what's the {np}?", "And now the {np}?", "Let's move on to the {np}.", "Alright, what about the {np}?", "{np}?",
    "Do you also know the {np}?", "I'd also like to know the {np}.", "And could you tell me the {np}?", "And which is the {np}?"]
EN_BACK = [  # {ns} plural, {w} ordinal
    "Back to {ns}: what is the {w}?", "Going back to {ns}, which is the {w}?", "And among {ns}, the {w}?", "For {ns}, what is the {w}?",
    "Back to the {ns}: the {w}?", "Again about {ns}: which one is the {w}?", "What about {ns}, which is the {w} {s}?",
    "Let's go back to {ns}. What was the {w}?", "And of the {ns}, which is the {w}?", "Back to {ns}. And the {w}?", "{ns}: the {w}?",
    "Back to the {s} {ns}, what is the {w}?", "Returning to {ns}, what's the {w} {s}?", "And the {w} {n}?", "and the {w} {s} {n}?"]
EN_TOPIC = ["What about {ns}?", "And {ns}?", "How about {ns}?", "And for {ns}?", "And what about {ns}?", "Now {ns}.", "And the {ns}?"]
ZH_TOPIC = ["那{n}呢？", "{n}呢？", "换成{n}呢？", "那么{n}呢？"]
EN_LIST = ["What are the five {s} {ns} {p}?", "List the five {s} {ns} {p}.", "Name the top five {s} {ns}.", "The top 5 {s} {ns}?",
           "Give me the five {s} {ns} {p}.", "Tell me the first five {s} {ns}.", "Which are the five {s} {ns} {p}?"]
EN_YESNO = ["Is {x} the {np}?", "Isn't {x} the {np}?", "I think {x} is the {np}, right?", "{x} is the {np}, isn't it?", "Is the {np} {x}?"]

ZH_TOPICS = {  # adjective, nouns, counter
    "mountain": ("高", ["山", "山", "山峰", "高山", "山脉的主峰"], "座"), "river": ("长", ["河", "河流", "河流", "江河", "大河"], "条"),
    "ocean": ("大", ["海洋", "海洋", "大洋", "洋"], "个"), "desert": ("大", ["沙漠", "沙漠", "荒漠"], "个"),
    "lake": ("大", ["湖", "湖泊", "湖"], "个"), "island": ("大", ["岛", "岛屿", "岛"], "个"),
    "planet": ("大", ["行星"], "颗"), "area": ("大", ["国家"], "个"), "population": ("多", ["国家"], "个")}
ZH_PLACES = ["世界上", "世界上", "世界", "全世界", "全球", "地球上", "世界上的", "", "", ""]
ZH_PLANET_PLACES = ["太阳系", "太阳系里", "太阳系中", "太阳系内", "太阳系的", "", "我们太阳系"]
ZH_AREA = ["面积{r}大的国家", "面积{r}大的国家", "国土面积{r}大的国家", "领土{r}大的国家", "{r}大的国家", "按面积{r}大的国家", "领土面积{r}大的国家",
           "占地{r}大的国家"]
ZH_POPULATION = ["人口{r}多的国家", "人口{r}多的国家", "人口数量{r}多的国家", "人{r}多的国家", "总人口{r}多的国家"]
ZH_ASK = ["{np}是什么？", "{np}是什么？", "{np}是哪个？", "{np}是哪一{m}？", "{np}是哪{m}？", "{np}叫什么？", "请问{np}是什么？", "请问{np}是哪{m}？",
          "你知道{np}是什么吗？", "你知道{np}是哪{m}吗？", "你知道{np}吗？", "告诉我{np}。", "{np}？", "{np}", "{np}是？", "什么是{np}？",
          "我想知道{np}是哪{m}。", "说说{np}。", "能告诉我{np}是什么吗？", "{np}叫什么名字？", "可以告诉我{np}吗？", "那{np}呢？", "{np}呢？",
          "你好，{np}是哪{m}？", "问一下，{np}是什么？", "{np}的名字是什么？", "我想问{np}是什么。", "哪{m}是{np}？", "哪一{m}是{np}？", "请说出{np}。",
          "考考你，{np}是哪{m}？", "{np}到底是哪{m}？", "帮我查一下{np}。", "{np}是哪{m}呀？", "{np}是谁？", "好的，{np}是什么？", "对了，{np}是哪{m}？",
          "想请教一下，{np}是什么？", "我忘了{np}是什么。", "那么{np}是什么？", "谢谢。{np}是哪{m}？", "请告诉我{np}的名字。", "{np}究竟是什么？", "劳驾，{np}是哪{m}？",
         "能不能麻烦您告诉我{np}是哪{m}？", "{np}是啥？", "说说看，{np}是哪{m}？", "{np}是哪{m}来着？", "您好，我想请问一下{np}是什么，谢谢！", "给我讲讲{np}是哪{m}。", "{np}叫啥？", "{np}你总知道吧", "{np}你肯定清楚", "说到{np}，是哪{m}？", "{np}，说来听听", "我猜你知道{np}", "有人问我{np}是哪{m}，我答不上来", "{np}我老记不住，是哪{m}？"]
ZH_ASK_COUNTRY = ["{np}是哪个国家？", "{np}是哪国？", "{np}是哪一个国家？", "哪个国家是{np}？", "请问{np}是哪个国家？", "你知道{np}是哪个国家吗？"]
ZH_ASK_NOUN = ["{p}哪{m}{n}{r}{a}？", "哪{m}{n}{r}{a}？", "{p}哪{m}{n}是{r}{a}的？", "{p}的{n}里哪{m}{r}{a}？", "你知道哪{m}{n}{r}{a}吗？",
               "{p}所有{n}中哪{m}{r}{a}？", "哪一{m}{n}{p}{r}{a}？", "请问哪{m}{n}{r}{a}？"]
ZH_ASK_RANK = ["哪{m}{n}排第{i}？", "{p}哪{m}{n}{a}度排第{i}？", "{p}{n}按{d}排第{i}的是哪{m}？", "{p}最{a}的{n}里排名第{i}的是哪{m}？",
               "{p}最{a}的{n}第{i}名是什么？", "{p}最{a}的{n}排行第{i}的是谁？", "{n}{d}排名第{i}的是？", "最{a}的{n}中第{i}名是哪{m}？"]
ZH_DIMENSION = {"mountain": "高度", "river": "长度", "ocean": "面积", "desert": "面积", "lake": "面积", "island": "面积", "planet": "大小",
                "area": "面积", "population": "人口"}
ZH_ASK_POPULATION = ["哪个国家人口{r}多？", "{p}哪个国家的人口{r}多？", "哪个国家的人{r}多？", "人口排第{i}的国家是哪个？", "哪国人口{r}多？",
                     "人口第{i}的国家是哪个？", "人口排名第{i}的国家是？", "按人口算，第{i}的国家是哪个？", "哪个国家人口排第{i}？"]
ZH_ASK_AREA = ["哪个国家面积{r}大？", "{p}哪个国家的面积{r}大？", "哪个国家的领土{r}大？", "面积排第{i}的国家是哪个？", "面积排名第{i}的国家是？",
               "按面积算，第{i}的国家是哪个？", "哪个国家面积排第{i}？", "国土面积第{i}的国家是哪个？"]
ZH_NEXT = ["第{i}呢？", "第{i}呢？", "那第{i}呢？", "那第{i}呢？", "第{i}是什么？", "第{i}名呢？", "那第{i}名呢？", "第{i}个呢？", "第{i}{a}的呢？",
           "第{i}{a}的是什么？", "第{i}{a}呢？", "那第{i}{a}的呢？", "排第{i}的呢？", "排名第{i}的是哪{m}？", "排名第{i}的呢？", "第{i}位呢？", "第{i}位是谁？",
           "第{i}的是哪{m}？", "那么第{i}是？", "第{i}名是哪{m}？", "第{i}名是什么？", "第{i}又是什么？", "接着第{i}呢？", "那第{i}个是什么？", "第{i}是哪{m}？",
           "第{i}是？", "第{i}", "第{i}名", "再说说第{i}。", "告诉我第{i}名。", "请问第{i}呢？", "好的，第{i}呢？", "谢谢，那第{i}呢？", "那第{i}又是哪{m}？",
           "然后第{i}呢？", "哪{m}排第{i}？", "哪{m}是第{i}？", "第{i}{m}呢？", "那第{i}{a}的{n}呢？", "第{i}{a}的{n}是哪{m}？", "第{i}{a}的{n}呢？",
           "你知道第{i}是什么吗？", "你知道第{i}名吗？", "原来如此，第{i}呢？", "哦，那第{i}呢？", "第{i}名叫什么？", "还有第{i}呢？", "那排第{i}的是？",
           "排在第{i}的是哪{m}？", "那排在第{i}位的呢？", "那第{i}名又是什么？", "位居第{i}的呢？", "再问一下，第{i}呢？", "老{i}呢？", "第{i}你知道吗？",
           "第{i}？", "第{i}？", "第{i}", "第{i}名？", "第{i}位？", "第{i}个？", "那第{i}", "{i}号呢？", "No.{i}？", "#{i}", "排第{i}的是谁？", "第{i}名是谁呀？", "第{i}{a}的是哪{m}？", "那第{i}{a}的是哪{m}？", "那第{i}{a}的是谁？", "第{i}{a}是哪{m}？", "麻烦您再说一下第{i}名是哪{m}，好吗？", "第{i}嘞？", "世界第{i}{a}的呢？", "那世界上第{i}{a}的又是哪{m}？", "全世界第{i}{a}的是？", "世界第{i}是哪{m}？", "第{i}{a}的那{m}呢？", "第{i}{a}的那{m}叫什么？"]
ZH_AFTER = ["下一个呢？", "再下一个呢？", "接下来呢？", "然后呢？", "后面一个呢？", "再往后呢？", "它后面是哪{m}？", "下一名呢？", "接着是哪{m}？", "下一{m}呢？", "继续。", "再下一个", "再下一个？", "下一个", "下一个？", "排在它后面的是？", "排在它后面的是哪{m}？", "排在它后面的呢？", "再后面呢？", "紧接着呢？", "接着呢？",
            "往下呢？", "再往下呢？", "后面那{m}呢？", "再往下一个", "下一位？", "紧跟其后的是哪{m}？", "那它的下一名呢？", "后一个呢？", "再接下来呢？", "那再下一个呢？", "那下一个是什么？", "再之后呢？", "它之后是哪{m}？", "接着往下说", "那之后呢？", "再来一个", "麻烦再说下一个"]
ZH_AFTER_NAME = ["{x}后面是哪{m}？", "{x}之后呢？", "{x}之后是哪{m}？", "排在{x}后面的是？", "排在{x}后面的是哪{m}？", "{x}的下一个呢？", "{x}后面那{m}呢？", "比{x}低一名的是哪{m}？", "紧跟在{x}后面的是什么？", "{x}后面呢？", "{x}下一名是？", "{x}后面是啥？"]
ZH_BEFORE_NAME = ["{x}前面是哪{m}？", "排在{x}前面一名的是？", "{x}的前一个呢？", "紧排在{x}前面的是哪{m}？"]
ZH_BEFORE = ["前一个呢？", "它前面的那{m}呢？", "上一名呢？", "再往前一个呢？", "上一个呢？", "上一个", "它前面是哪{m}？", "它前面一个是什么？", "往前一个", "前面那个是？", "那前一名呢？"]
ZH_SWITCH = ["那{np}呢？", "那{np}呢？", "{np}呢？", "换个话题，{np}是什么？", "再问{np}。", "那么{np}是哪{m}？", "还有{np}呢？", "接着问，{np}是什么？", "{np}又是哪{m}？",
             "那{np}是什么？", "{np}是哪{m}呢？", "好，{np}呢？", "现在说说{np}。"]
ZH_BACK = ["回到{n}，第{i}{a}的是什么？", "再说回{n}，第{i}{a}的呢？", "刚才的{n}，第{i}呢？", "回到{n}，第{i}是哪{m}？", "说回{n}，第{i}名是？", "{n}的第{i}呢？",
           "那{n}里第{i}的呢？", "回到刚才{n}的问题，第{i}呢？", "再问{n}，第{i}{a}的是哪{m}？", "第{i}{a}的{n}呢？", "{n}第{i}{a}的呢？"]
ZH_LIST = ["{p}最{a}的五{m}{n}是哪些？", "列出{p}最{a}的五{m}{n}。", "{p}最{a}的{n}前五名是什么？", "{p}最{a}的前五{m}{n}有哪些？"]
ZH_YESNO = ["{x}是{np}吗？", "{np}是{x}吗？", "{np}是不是{x}？", "我觉得{np}是{x}，对吗？"]
EN_BY_ITEM = ["I know {x}, but which one is the {os}?", "Everybody talks of {x}. What's the {os} one?", "{x} I know. And the {os}?", "Is there one beyond {x}? Which is the {os}?", "Apart from {x}, which {n} is the {os}?", "I can't place {x}, but tell me the {os} one."]
ZH_BY_ITEM = ["{x}我听说过，那{r}{a}的是哪{m}？", "{x}我知道，{r}{a}的呢？", "都说{x}，那{r}{a}的到底是哪{m}？", "除了{x}，{r}{a}的是哪{m}？", "{x}排第几我忘了，{r}{a}的那{m}是？", "不问{x}，问{r}{a}的那{m}"]
