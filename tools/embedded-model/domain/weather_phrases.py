"""The phrase banks of `weather.py`: descriptions of the weather and requests for advice."""

EN_COND = {
    "sunny": ["sunny", "sunny", "clear", "bright and sunny", "clear and sunny", "sunny and clear", "sunny with a blue sky", "bright", "very sunny"],
    "cloudy": ["cloudy", "cloudy", "overcast", "grey and cloudy", "partly cloudy", "a bit cloudy", "gray and overcast"],
    "rainy": ["rainy", "raining", "raining", "raining hard", "pouring", "drizzling", "wet and rainy", "pouring with rain", "rainy and wet", "raining heavily", "raining a little"],
    "snowy": ["snowy", "snowing", "snowing", "snowing heavily", "snowing hard", "white with snow"],
    "stormy": ["stormy", "stormy", "thundering", "storming", "stormy with thunder and lightning"],
    "windy": ["windy", "windy", "very windy", "really windy", "extremely windy", "blowing hard", "quite windy"],
    "foggy": ["foggy", "foggy", "misty", "very foggy", "thick with fog"],
    "breezy": ["breezy", "breezy", "a bit breezy", "slightly windy", "only a little windy", "gently breezy", "a little breezy", "not very windy", "barely windy", "only lightly windy"]}
EN_COND_CLAUSE = {
    "sunny": ["the sun is shining", "the sky is blue", "there are no clouds", "the sky is clear", "the sun is out"],
    "cloudy": ["there are many clouds", "the sky is grey", "the sky is overcast", "there are clouds everywhere"],
    "rainy": ["there is rain", "there are showers", "it rains", "it's raining cats and dogs", "we have rain", "rain is falling", "there's heavy rain", "it started raining", "it is going to rain"],
    "snowy": ["there is snow", "we have snow", "snow is falling", "it snows", "there's heavy snow", "it started snowing"],
    "stormy": ["there is a storm", "there's a thunderstorm", "we have a storm", "there is thunder and lightning", "a typhoon is coming", "a storm is coming", "there's a hurricane"],
    "windy": ["there is a strong wind", "the wind is strong", "the wind is blowing hard", "we have strong winds", "there's a gale"],
    "foggy": ["there is fog", "there's thick fog", "we have fog", "I see only fog", "the fog is thick"],
    "breezy": ["there is a light breeze", "there's a gentle breeze", "a soft breeze is blowing", "there is only a little wind", "a light wind is blowing", "the wind is light", "there's hardly any wind"]}
EN_BAND = {"hot": ["hot", "very hot", "boiling hot", "scorching", "really hot", "too hot", "hot and humid", "muggy", "hot and sticky", "sweltering"], "warm": ["warm", "mild", "nice and warm", "pleasantly warm", "pretty mild", "warm and a bit humid", "mild and pleasant"],
           "cool": ["cool", "chilly", "a bit chilly", "fresh", "rather cool", "cool and dry", "a little cool", "coolish"], "cold": ["cold", "very cold", "freezing", "freezing cold", "icy", "really cold", "bitterly cold"]}
EN_TEMP = ["{t} degrees", "{t} degrees", "{t}°C", "{t} °C", "{t}℃", "{t} C", "{t} degrees Celsius", "{t} degrees outside", "about {t} degrees", "{t}C", "{t}°", "{t} celsius", "{t} deg", "{t} ºC", "{t} ° C", "around {t}°C", "{t} degrees C", "{t} degree", "{t}c", "roughly {t} degrees", "{t} degrees and humid", "humid, {t} degrees"]
EN_TELL_COND = ["It's {c}.", "It's {c}.", "It is {c}.", "It's {c} today.", "It is {c} outside.", "{c}.", "{c}", "Today it is {c}.", "The weather is {c}.", "It's {c} here.",
                "The weather today is {c}.", "Well, it's {c}.", "Right now it's {c}.", "It's {c} right now.", "Outside it's {c}.", "I see that it's {c}.", "It's {c} out there.",
                "OK, it's {c}.", "It looks {c}.", "It's {c} now.", "Now it's {c}.", "Here it is {c}."]
EN_TELL_BOTH = ["My phone says {c}, {t}.", "I looked outside: {c}, {t}.", "We have {c} weather and {t}.", "Over here it's {c} and {t}.", "It's {c} and {t}.", "It's {c}, {t}.", "{c}, {t}.", "{c}, {t}", "{c} and {t}.", "It is {c} with {t}.", "It's {c} today, {t}.", "{t} and {c}.", "It's {t} and {c}.",
                "{c} {t}", "The weather is {c}, {t}.", "Today: {c}, {t}.", "It's {c} outside and {t}.", "{t}, {c}.", "It's {c}, about {t}.", "Right now it is {c} and {t}."]
EN_TELL_TEMP = ["It's {t}.", "{t}.", "It is {t} today.", "{t}", "It's {t} outside.", "The temperature is {t}.", "We have {t} today.", "The thermometer says {t}.", "My phone says {t}.", "{t} now.", "it shows {t}", "temperature: {t}", "It must be {t}.", "we are at {t}"]
EN_TELL_MIXED = ["It's {c} but {d}.", "{c}, but {d}.", "It is {c} and {d}.", "It's {c} but also {d}.", "{c} but {d}", "The weather is {c} but {d}."]
EN_CHANGE = ["Now {x}", "The weather has changed: {x}", "It changed, {x}", "Oh, now {x}", "Update: {x}", "Actually, {x}", "Today {x}", "Wait, {x}", "Hmm, now {x}", "The weather changed. {x}", "Oh, look outside: {x}", "An hour later: {x}", "But this afternoon {x}", "Things are different now: {x}", "It's another day. {x}"]
EN_ASK_WEATHER = ["What's the weather like today?", "What is the weather like?", "How is the weather today?", "How's the weather?", "What's the weather?", "Is it raining?", "Will it rain today?",
                  "Is it sunny outside?", "What is the weather today?", "Tell me the weather.", "How is the weather?", "What's the temperature today?", "Is it cold outside?", "Is it hot today?",
                  "What will the weather be tomorrow?", "Will it rain tomorrow?", "Can you tell me the weather?", "What's the forecast?", "Do you know what the weather is like?", "weather today",
                  "weather?", "What's the weather like in {place}?", "How is the weather in {place}?", "Is it snowing in {place}?", "What is the temperature outside?", "Will it snow this week?",
                  "Can you see the weather?", "Can you check the weather?", "What's the weather forecast for tomorrow?", "Hi, how is the weather today?", "how warm is it today?", "Is it going to rain?",
                  "Give me the weather report.", "What's it like outside?", "Will tomorrow be sunny?", "How many degrees is it?", "Do you know if it will rain?", "Is the weather nice today?", "Is it windy today?", "Can you see the weather?", "Is it foggy outside?", "what weather is today?", "weather?", "weather today", "Could you please look up the weather for me?", "Is it humid outside?", "Will it snow tonight?"]
EN_AGAIN = ["What did I say the weather is?", "What weather did I tell you?", "What was the weather again?", "How is the weather again?", "What is the weather like, again?"]
# activity -> (noun after "good for", verb phrase after "can I" / "should I", gerund)
EN_ACTIVITIES = {
    "park": ("the park", "go to the park", "going to the park"), "walk": ("a walk", "go for a walk", "taking a walk"),
    "run": ("a run", "go running", "running"), "swim": ("a swim", "go swimming", "swimming"), "picnic": ("a picnic", "have a picnic", "having a picnic"),
    "hike": ("a hike", "go hiking", "hiking"), "cycling": ("a bike ride", "go cycling", "cycling"), "beach": ("the beach", "go to the beach", "going to the beach"),
    "out": ("going out", "go out", "going outside")}
EN_SYNONYMS = {"park": [("the park", "visit the park", "visiting the park"), ("a trip to the park", "go to the park", "a visit to the park")],
               "walk": [("a stroll", "take a walk", "walking outside"), ("walking", "walk the dog", "a walk outside"), ("a walk", "walk to work", "a walk in town"), ("a walk by the lake", "take a walk by the lake", "walking by the river"), ("a long walk", "go for a long walk", "strolling around"), ("a walk with the dog", "take my dog for a walk", "walking my dog")],
               "run": [("jogging", "go jogging", "jogging"), ("running", "run outside", "running outdoors"), ("a jog", "go for a run", "a run outside"), ("jogging 10 km", "run 10 km", "jogging 5 km"), ("a marathon", "run a marathon", "jogging in the park")],
               "swim": [("swimming", "swim in the lake", "swimming in the sea"), ("a swim", "go for a swim", "swimming outside"), ("swimming outdoors", "swim outdoors", "swimming in the river"), ("a swim in the sea", "swim in the sea", "a dip in the lake")],
               "picnic": [("a picnic in the garden", "eat outside", "a picnic with friends"), ("a picnic by the lake", "have a picnic in the park", "picnicking")],
               "hike": [("hiking", "hike in the mountains", "climbing a hill"), ("a hike", "go for a hike", "a hike in the mountains"), ("a mountain hike", "hike up a hill", "trekking")],
               "cycling": [("cycling", "ride my bike", "riding a bike"), ("a bicycle tour", "go for a bike ride", "biking"), ("a ride on my bike", "cycle to work", "cycling along the river")],
               "beach": [("a day at the beach", "lie on the beach", "a beach day"), ("the seaside", "sit on the beach", "the beach")],
               "out": [("being outside", "go outside", "being outdoors"), ("outdoor activities", "leave the house", "outdoor activities")]}
EN_OTHERS = [("football", "play football", "playing football"), ("tennis", "play tennis", "playing tennis"), ("a barbecue", "have a barbecue", "a barbecue"), ("fishing", "go fishing", "fishing"),
             ("camping", "go camping", "camping"), ("gardening", "work in the garden", "gardening"), ("golf", "play golf", "playing golf"), ("the zoo", "go to the zoo", "visiting the zoo"),
             ("basketball", "play basketball", "playing basketball"), ("skating", "go skateboarding", "skateboarding"),
             ("climbing", "go climbing", "rock climbing"), ("washing the car", "wash my car", "washing the car"), 
             ("outdoor sports", "do sports outside", "outdoor sports"), ("a garden party", "have a garden party", "a garden party"), 
             ("photos outside", "take photos outside", "taking photos outside"), ("the playground", "take the kids to the playground", "going to the playground"), ("horse riding", "ride a horse", "horse riding"),
             ("an outdoor concert", "see an outdoor concert", "an outdoor concert"), ("yoga outside", "do yoga outside", "outdoor yoga"), ("the market", "go to the market", "going to the market"),
             ("a drive", "drive to the countryside", "a trip to the countryside"), ("badminton", "play badminton outside", "outdoor badminton"), ("a barbecue in the garden", "grill outside", "grilling in the garden"), ("camping", "sleep in a tent", "camping in the woods"), ("volleyball", "play volleyball outside", "outdoor volleyball"), ("a road trip", "go on a road trip", "a road trip")]
EN_INDOOR = [("the museum", "go to the museum", "visiting a museum"), ("the cinema", "go to the cinema", "going to the cinema"), ("reading", "read a book at home", "reading a book"),
             ("cooking", "cook something", "cooking"), ("the library", "go to the library", "going to the library"), ("a film", "watch a film", "watching a movie"),
             ("the gym", "go to the gym", "training at the gym"), ("board games", "play board games", "playing board games"), ("swimming indoors", "swim in the indoor pool", "swimming indoors"), ("an indoor pool", "go to an indoor pool", "indoor swimming"), ("baking", "bake a cake at home", "baking cookies"), ("indoor climbing", "go indoor climbing", "indoor climbing"), ("chess", "play chess at home", "playing chess")]
EN_SNOW = [("skiing", "go skiing", "skiing"), ("sledding", "go sledding", "sledding"), ("skiing in the mountains", "ski all day", "snowboarding"), ("a snowman", "build a snowman", "building a snowman"), ("a snowball fight", "have a snowball fight", "a snowball fight")]
EN_DRY = [("drying laundry", "dry the laundry outside", "hanging out the laundry"), ("hanging laundry", "hang the laundry outside", "drying clothes outside"), ("laundry", "hang my washing out", "hanging the washing outside"), ("drying clothes", "dry my clothes on the balcony", "drying bed sheets outside")]
EN_WATER = [("surfing", "go surfing", "surfing"), ("a boat trip", "take a boat", "a boat trip"), ("sailing", "go sailing", "sailing"), ("kayaking", "go kayaking", "kayaking on the lake"), ("snorkeling", "go snorkeling", "snorkeling"), ("water skiing", "go water skiing", "paddle boarding"), ("the water park", "go to the water park", "visiting a water park")]
EN_KITE = [("a kite", "fly a kite", "flying a kite"), ("kite flying", "fly a kite with my kids", "flying a kite in the park"), ("kites", "fly my kite", "flying kites")]
EN_ADVICE = ["Can I {v}?", "Can I {v}?", "Should I {v}?", "Should I {v} today?", "Is it a good idea to {v}?", "Is that good for {n}?", "Is it good weather for {n}?", "Is it good for {n}?",
             "Is it suitable for {g}?", "Is the weather good for {g}?", "Shall I {v}?", "Shall we {v}?", "Could I {v} today?", "So can I {v}?", "Is it OK to {v}?", "Is this weather good for {n}?",
             "Is it a good day for {n}?", "What about {g}?", "How about {n}?", "Would you {v}?", "Is {g} a good idea?", "Do you recommend {g}?", "I want to {v}. Is that a good idea?",
             "I'd like to {v}. Good idea?", "Good for {n}?", "Is it a good time to {v}?", "Is it nice enough to {v}?", "Can we {v} today?", "Is it suitable to {v}?", "Then is it good for {n}?",
             "So, is it good for {n}?", "Is it fine to {v}?", "Would it be good to {v}?", "Do you think I should {v}?", "Do you think I can {v}?", "Is it right for {n}?", "Can my family {v}?",
             "Is today good for {n}?", "May I {v}?", "Does it suit {n}?", "Is it worth it to {v}?", "In that weather, can I {v}?", "Then can I {v}?", "Then should I {v}?", "I plan to {v}, is that okay?",
             "is it wise to {v}?", "I was thinking of {g}. Good idea?", "Should we {v} now?", "Is it too bad to {v}?"]
EN_MORE = ["And {n}?", "And {g}?", "What about {n}?", "What about {g}?", "How about {g}?", "And for {n}?", "or {g}?", "And can I {v}?", "And should I {v}?", "Or {n}?", "Is {n} better?", "And to {v}?"]
EN_WHEN = ["this afternoon", "later", "tonight", "this evening", "right now", "this morning", "after work", "with my kids", "with my friends", "after lunch", "for an hour", "then", "in a while", "with the family", "around here", "near my house"]
EN_UMBRELLA = ["Do I need an umbrella?", "Should I take an umbrella?", "Should I bring an umbrella?", "Do I need to bring an umbrella?", "Umbrella?", "Shall I take my umbrella?",
               "Is an umbrella needed?", "Will I need an umbrella?", "Do I have to take an umbrella?", "An umbrella, yes or no?", "And an umbrella?", "Should I carry an umbrella?", "Do I need a raincoat?",
               "So do I need an umbrella?", "Would you take an umbrella?", "should i pack an umbrella"]
EN_WEAR = ["What should I wear?", "What should I wear today?", "What do I wear?", "Which clothes should I wear?", "What clothes should I put on?", "Do I need a jacket?", "Should I wear a coat?",
           "And what should I wear?", "How should I dress?", "Do I need a coat?", "Should I take a jacket?", "What can I wear?", "How do I dress for that?", "Do I need warm clothes?", "Can I wear shorts?",
           "Can I wear a T-shirt?", "What to wear?", "Tell me what to wear.", "Should I wear a sweater?", "What kind of clothes are right?", "What would you wear?", "should I dress warmly?"]
EN_STAY = ["Should I stay in?", "Should I stay at home?", "Is it better to stay home?", "Shall I stay inside?", "Should I stay indoors?", "Better to stay in?", "Would you stay at home?", "Do I have to stay inside?",
           "Is it a day to stay home?", "Should I just stay home?", "Stay at home then?"]
EN_IDEAS = ["What should I do?", "What can I do today?", "What should I do today?", "Any ideas what to do?", "What would you do?", "What do you suggest?", "What do you recommend?", "So what should I do?",
            "Give me an idea for today.", "What could I do outside?", "What activity is good today?", "What can I do in this weather?", "What is this weather good for?", "Suggest something to do.", "so what to do?", "What is a good activity for such a day?", "what can we do then?"]
EN_IF = ["And if {x}?", "What if {x}?", "And what if {x}?", "But if {x}?"]

ZH_COND = {"sunny": ["晴天", "晴天", "晴", "大晴天", "天晴", "出太阳了", "阳光明媚", "天气晴朗", "晴朗", "太阳很好"], "cloudy": ["阴天", "多云", "阴", "天阴", "阴天多云", "天很阴", "云很多", "阴沉沉的"],
           "rainy": ["下雨", "下雨了", "雨天", "在下雨", "小雨", "大雨", "下大雨", "中雨", "下着雨", "下小雨", "暴雨", "正在下雨", "毛毛雨", "有雨"], "snowy": ["下雪", "下雪了", "雪天", "大雪", "在下雪", "小雪", "下着雪", "下大雪"],
           "stormy": ["雷雨", "打雷", "雷阵雨", "暴风雨", "台风", "打雷下雨", "雷雨天", "刮台风"], "windy": ["刮风", "大风", "风很大", "刮大风", "有大风", "大风天", "风大"], "foggy": ["雾天", "大雾", "有雾", "起雾了", "雾很大", "下雾"],
           "breezy": ["微风", "微风", "有微风", "有点小风", "微风轻拂", "刮着小风", "只有一点风", "有一丝风", "风不大", "小风", "吹着微风", "风很小", "轻风", "和风", "几乎没什么风", "风很轻", "微风徐徐"]}
ZH_BAND = {"hot": ["很热", "炎热", "太热了", "热死了", "非常热", "好热", "特别热", "闷热", "又闷又热", "热得很", "又热又潮湿"], "warm": ["暖和", "很暖和", "温暖", "不冷不热", "温和", "挺暖和的", "温度适中"], "cool": ["凉爽", "有点凉", "凉快", "微凉", "挺凉的", "凉飕飕的", "有点凉意", "凉凉的"],
           "cold": ["很冷", "寒冷", "冷", "太冷了", "冻死了", "非常冷", "好冷", "特别冷"]}
ZH_TEMP = ["{t}℃", "{t}℃", "{t}度", "{t}度", "{t}°C", "气温{t}度", "温度{t}度", "{t}摄氏度", "大概{t}度", "气温{t}℃", "{t} ℃", "{t} 度", "{t}°", "{t}度左右", "约{t}℃", "{t}C", "{t}摄氏", "{t}度，有点潮湿", "湿度大，{t}度"]
ZH_TELL_COND = ["我刚看窗外，{c}。", "出门一看，{c}。", "我这边一直{c}。", "手机上说今天{c}。", "{c}。", "{c}。", "今天{c}。", "今天{c}。", "现在{c}。", "外面{c}。", "是{c}。", "我这里{c}。", "今天天气{c}。", "{c}", "今天是{c}。", "这边{c}。", "我看了，{c}。", "现在外面{c}。", "天气是{c}。", "嗯，{c}。", "今天外面{c}。"]
ZH_TELL_BOTH = ["我刚看了预报，{c}，{t}。", "出门的时候{c}，{t}。", "我们这里{c}，{t}。", "手机显示{c}，{t}。", "{c}，{t}。", "{c}，{t}。", "{c}，{t}。", "今天{c}，{t}。", "今天{c}，{t}。", "{c}{t}", "{t}，{c}。", "{c} {t}", "现在{c}，{t}。", "外面{c}，{t}。", "今天天气{c}，{t}。", "是{c}，{t}。", "我这里{c}，{t}。", "{c}、{t}。"]
ZH_TELL_TEMP = ["{t}。", "今天{t}。", "现在{t}。", "外面{t}。", "{t}", "今天{t}左右。", "我这里{t}。"]
ZH_TELL_MIXED = ["{c}，但是{d}。", "{c}，不过{d}。", "今天{c}，但{d}。", "{c}，而且{d}。", "虽然{c}，可是{d}。"]
ZH_CHANGE = ["天气变了，现在{x}", "过了一会儿，{x}", "下午{x}", "外面不一样了，{x}", "刚看了一眼，{x}", "现在{x}", "天气变了，{x}", "哦，现在{x}", "更新一下，{x}", "其实{x}", "等等，{x}", "变成{x}", "后来{x}"]
ZH_ASK_WEATHER = ["今天天气怎么样？", "今天天气怎么样？", "天气怎么样？", "今天天气如何？", "现在天气怎么样？", "外面下雨吗？", "今天会下雨吗？", "今天热吗？", "今天冷吗？", "明天天气怎么样？", "明天会下雨吗？", "告诉我今天的天气。", "天气好吗？",
                  "今天多少度？", "今天气温多少？", "外面天气怎么样？", "你知道今天天气吗？", "今天是晴天吗？", "天气预报怎么说？", "帮我查一下天气。", "{place}天气怎么样？", "今天{place}的天气如何？", "今天天气好不好？", "外面冷不冷？", "现在外面几度？",
                  "今天有雨吗？", "明天冷吗？", "这周会下雪吗？", "你能看到天气吗？", "今天天气咋样？", "请问今天天气怎么样？", "你好，今天天气怎么样？", "今天刮风吗？", "后天天气怎么样？", "周末天气好吗？", "今天啥天气？", "外面什么天气？", "天气", "外面有雾吗？", "今天潮湿吗？", "你看得到外面的天气吗？", "麻烦您帮我看看今天的天气，好吗？", "今儿天气咋样？", "今晚下雪不？", "你那能看见外面吗，今天冷不冷？", "你知道外面刮不刮风吗？", "看得到天气吗？热不热？", "今天下不下雨你知道吗？", "外面冷还是热？", "你查得到天气不，下雨没有？", "今天热还是凉快？"]
ZH_AGAIN = ["我刚才说天气怎么样？", "我说今天是什么天气？", "刚才说的天气是什么？", "我告诉你的天气是什么？"]
ZH_ACTIVITIES = {"park": ["去公园", "去公园玩", "逛公园", "去公园走走", "到公园去"], "walk": ["散步", "出去散步", "散散步", "去散步", "出去走走", "遛狗", "去湖边散步", "沿着河边走走", "饭后散步", "出门溜达溜达"], "run": ["跑步", "去跑步", "出去跑步", "晨跑", "户外跑步", "慢跑", "跑10公里", "去公园跑步", "夜跑"],
                 "swim": ["游泳", "去游泳", "到河里游泳", "去海里游泳", "户外游泳", "在室外游泳", "去湖里游泳", "下河游泳"], "picnic": ["野餐", "去野餐", "在外面野餐", "出去野餐", "去公园野餐", "和朋友野餐"], "hike": ["爬山", "去爬山", "登山", "徒步", "去徒步", "远足"],
                 "cycling": ["骑车", "骑自行车", "去骑行", "骑行", "骑单车"], "beach": ["去海边", "去沙滩", "去海滩", "到海边玩", "去海滩玩"], "out": ["出门", "出去玩", "外出", "出去", "户外活动", "去外面"]}
ZH_SAY = {"park": "去公园", "walk": "散步", "run": "跑步", "swim": "游泳", "picnic": "野餐", "hike": "爬山", "cycling": "骑车", "beach": "去海边", "out": "出门"}
ZH_OTHERS = ["踢足球", "打篮球", "打网球", "烧烤", "钓鱼", "露营", "在户外烧烤", "搭帐篷露营", "打排球", "去动物园", "拍照", "洗车", "打羽毛球", "去游乐园", "种花", "打高尔夫", "骑马", "滑板", "去郊游", "逛街", "自驾游", "带孩子去玩", "看日落", "去农家乐",
             "打太极", "跳广场舞", "去植物园", "赏花", "旅游", "去旅行", "拍婚纱照", "攀岩", "荡秋千"]
ZH_INDOOR = ["去博物馆", "看电影", "去图书馆", "在家看书", "做饭", "去健身房", "下棋", "在家看电视", "室内运动", "在家打游戏", "在室内游泳", "去室内游泳馆", "去室内泳池游泳", "在家烤蛋糕", "去室内攀岩馆"]
ZH_SNOW = ["滑雪", "堆雪人", "打雪仗", "去滑雪", "滑雪橇"]
ZH_DRY = ["晒被子", "晒衣服", "在外面晾衣服", "晾衣服", "晒床单"]
ZH_WATER = ["冲浪", "划船", "去划船", "玩水", "坐船游湖", "去水上乐园", "潜水"]
ZH_KITE = ["到公园放风筝", "带孩子放风筝", "放风筝", "去放风筝"]
ZH_ADVICE = ["适合{v}吗？", "适合{v}吗？", "那适合{v}吗？", "那适合{v}吗？", "可以{v}吗？", "能{v}吗？", "那可以{v}吗？", "今天适合{v}吗？", "我可以{v}吗？", "我能{v}吗？", "我应该{v}吗？", "要不要{v}？", "这样的天气适合{v}吗？", "这种天气能{v}吗？", "适不适合{v}？",
             "今天能不能{v}？", "我想{v}，可以吗？", "我想{v}，合适吗？", "{v}怎么样？", "{v}好吗？", "{v}可以吗？", "{v}合适吗？", "那能{v}吗？", "那我可以{v}吗？", "现在{v}好不好？", "你建议{v}吗？", "这天气{v}行吗？", "那么适合{v}吗？", "今天{v}怎么样？",
             "我们去{v}好吗？", "打算{v}，行吗？", "是不是适合{v}？", "适宜{v}吗？", "这天气适合{v}吗？", "今天可以{v}吗？", "我准备{v}，你觉得呢？", "那去{v}呢？", "可不可以{v}？"]
ZH_MORE = ["那{v}呢？", "{v}呢？", "那{v}呢？", "{v}行吗？", "还有{v}呢？", "换成{v}呢？", "那么{v}呢？", "或者{v}呢？"]
ZH_WHEN = ["下午", "晚上", "早上", "中午", "等会儿", "一会儿", "待会儿", "傍晚", "饭后", "周末", "下班后", "我和朋友", "带着孩子", "全家人", "在附近", "现在", "出门"]
ZH_UMBRELLA = ["要带伞吗？", "需要带伞吗？", "我要带伞吗？", "出门要带伞吗？", "带不带伞？", "要不要带伞？", "需要带雨伞吗？", "我需要伞吗？", "那要带伞吗？", "用带伞吗？", "该带伞吗？", "要带雨衣吗？", "那需要打伞吗？", "雨伞呢？", "今天要带伞吗？", "需不需要带伞？"]
ZH_WEAR = ["穿什么？", "我该穿什么？", "今天穿什么？", "应该穿什么衣服？", "穿什么衣服合适？", "那我穿什么好？", "要穿外套吗？", "需要穿厚衣服吗？", "怎么穿衣服？", "穿多少合适？", "可以穿短袖吗？", "要穿羽绒服吗？", "出门穿什么？", "今天怎么穿？", "穿什么好呢？", "该穿什么衣服出门？", "要多穿点吗？", "要穿毛衣吗？"]
ZH_STAY = ["应该待在家里吗？", "要待在家里吗？", "还是待在家里好吗？", "我该待在家吗？", "是不是该在家待着？", "那我待在家里吧？", "在家待着好吗？", "要不要留在家里？", "适合待在家里吗？", "宅在家里怎么样？"]
ZH_IDEAS = ["那我做什么好？", "今天适合做什么？", "我该做什么？", "有什么建议？", "那适合做什么？", "可以做什么？", "这种天气适合干什么？", "今天干什么好？", "你有什么推荐？", "那能做些什么？", "推荐点活动。", "去哪儿玩好？", "今天做点什么好？"]
ZH_IF = ["如果{x}呢？", "要是{x}呢？", "那如果{x}呢？", "万一{x}呢？", "假如{x}呢？"]
