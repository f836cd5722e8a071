"""Plausible names, cities, pets, colours and foods: the smaller part of the training values."""

import random

EN = {
    "name": """Alice Bob Carol David Emma Frank Grace Henry Irene Jack Kate Liam Maria Nina Oliver Paul Rosa Sam Tina Victor
Wendy Xavier Yara Zoe Anna Ben Clara Daniel Ella Felix Gina Hugo Iris James Karen Leo Mia Noah Olivia Peter Quinn Rachel
Simon Tom Ursula Vera Will Amy Brian Chloe Dylan Eva Fiona George Hannah Ivan Julia Kevin Laura Mark Nora Oscar Priya Ravi
Sofia Theo Uma Vincent Wei Yusuf Zara Ahmed Fatima Omar Layla Kenji Yuki Hiro Sakura Ming Lin Jun Chen Pedro Lucia Diego
Carmen Pablo Ingrid Lars Sven Freya Bjorn Olga Dmitri Natasha Boris Katya Jean Pierre Marie Claude Giulia Marco Luca Paolo
Amara Kofi Kwame Zuri Nia Jabari Aisha Hassan Leila Arjun Deepa Sanjay Anita Rahul Meera Lily Lucy Max Ruby Ryan Sarah
Sean Stella Toby Violet Walter Alex Andrea Arthur Beatrice Bruno Cecilia Charlie Diana Edward Elena Ethan Gabriel Harriet
Isabel Jacob Jasmine John Jonas Kim Linda Louis Maya Michael Mohammed Naomi Nathan Patrick Philip Robert Samuel Susan
Thomas Tim Mary-Ann José Zoë Anton Margaret Greta Milo Otto Elif Mehmet Ayşe Chidi Ngozi Tariq""".split(),
    "city": """London|Paris|Berlin|Madrid|Rome|Vienna|Oslo|Tokyo|Osaka|Kyoto|Beijing|Shanghai|Hangzhou|Chengdu|Seoul|Busan|Mumbai|
Delhi|Pune|Chennai|Bangalore|Karachi|Lahore|Dhaka|Bangkok|Hanoi|Jakarta|Manila|Singapore|Sydney|Melbourne|Perth|Auckland|
Toronto|Vancouver|Montreal|New York|Boston|Chicago|Seattle|Denver|Austin|Dallas|Houston|Miami|Los Angeles|San Francisco|
Mexico City|Lima|Bogotá|Santiago|Buenos Aires|São Paulo|Rio de Janeiro|Cairo|Lagos|Nairobi|Accra|Cape Town|Casablanca|
Istanbul|Ankara|Athens|Dublin|Cork|Edinburgh|Glasgow|Manchester|Leeds|Bristol|Oxford|Cambridge|Lyon|Nice|Marseille|Hamburg|
Munich|Cologne|Leipzig|Zurich|Geneva|Basel|Milan|Turin|Naples|Venice|Florence|Porto|Lisbon|Seville|Valencia|Barcelona|
Prague|Brno|Warsaw|Krakow|Budapest|Bucharest|Sofia|Kyiv|Lviv|Riga|Vilnius|Tallinn|Helsinki|Turku|Stockholm|Gothenburg|
Bergen|Copenhagen|Aarhus|Utrecht|Rotterdam|Ghent|Antwerp|Salzburg|Graz|Shenzhen|Guangzhou|Wuhan|Nanjing|Xi'an|Sapporo|
Portland|Phoenix|Atlanta|Ottawa|Calgary|Brisbane|Wellington|Havana|Tunis|Dakar|Kampala|Kigali""".replace("\n", "").split("|"),
    "pet": """cat dog rabbit hamster parrot turtle goldfish horse pony snake lizard ferret hedgehog mouse rat canary budgie
duck goat sheep pig donkey chicken tortoise gecko frog fish bird puppy kitten chinchilla cockatoo spider llama alpaca
poodle beagle labrador corgi gerbil crab axolotl iguana owl otter""".split(),
    "petname": """Momo Luna Bella Max Charlie Milo Coco Rocky Buddy Daisy Lucy Oscar Tiger Simba Nala Felix Whiskers Mittens Shadow
Smokey Oreo Ginger Pepper Peanut Biscuit Cookie Mochi Tofu Sushi Noodle Waffles Pumpkin Honey Sunny Lucky Snowy Patch
Rex Fido Bruno Rusty Ziggy Gizmo Pixel Turbo Rocket Comet Nova Pluto Apollo Zeus Athena Loki Thor Odin Freddie Archie
Poppy Rosie Willow Hazel Olive Maple Misty Stormy Bandit Scout Ranger Hunter Ace Duke Prince Princess Queenie Kiki Lulu
Mimi Fifi Nemo Dory Bubbles Speedy Flash Dash Hopper Thumper Clover Nibbles Squeaky Polly Kiwi Mango Rio Sky Pip
Bilbo Frodo Gandalf Tilly Bean Socks Boots Chip Dot Bob""".split(),
    "colour": """blue red green yellow purple orange pink black white grey brown teal turquoise violet indigo maroon crimson scarlet
navy|sky blue|dark green|light blue|lime green|royal blue|mint green|silver gold beige cream lavender magenta cyan olive coral
salmon burgundy amber emerald|forest green|bright red|dark red|pale yellow|hot pink|baby blue|lilac mustard peach khaki""".replace("\n", "|"),
    "food": """pizza|sushi|ramen|pasta|noodles|dumplings|fried rice|curry|chicken soup|steak|tacos|burritos|hamburgers|spaghetti|
lasagna|risotto|paella|kebab|falafel|hummus|salad|pancakes|waffles|chocolate|ice cream|apple pie|cheesecake|fish and chips|
roast chicken|mashed potatoes|french fries|beef stew|tofu|kimchi|bibimbap|pho|spring rolls|pad thai|green curry|biryani|
samosas|naan|dal|couscous|tagine|goulash|pierogi|borscht|schnitzel|sausages|bratwurst|cheese fondue|raclette|quiche|crepes|
croissants|ratatouille|onion soup|gnocchi|tiramisu|mango|strawberries|apples|bananas|watermelon|avocado toast|omelette|
scrambled eggs|grilled salmon|shrimp|lobster|mushroom soup|tomato soup|rice and beans|chili|meatballs|lamb chops|hot pot|
Peking duck|mapo tofu|baozi|tempura|udon|miso soup|jollof rice|injera|ceviche|empanadas|blueberry muffins|carrot cake""".replace("\n", "").split("|"),
}
EN["colour"] = [word for part in EN["colour"].split("|") for word in ([part] if part.count(" ") == 1 and part.split()[0] in
                ("sky", "dark", "light", "lime", "royal", "mint", "forest", "bright", "pale", "hot", "baby") else part.split())]

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪石夏贾韦付方白邹孟熊秦江薛"
GIVEN = "明华丽强伟芳娜敏静军洋勇艳杰娟涛超兰霞平刚桂英文辉玲红建国志鹏飞宇浩然子轩雨欣怡佳琪梦瑶思远博雅婷雪梅林峰海波晨曦云天乐安宁诗涵一诺可心小东大山春生秋月冬冬亮晶莹"
ZH = {
    "city": """北京 上海 广州 深圳 杭州 南京 苏州 成都 重庆 武汉 西安 长沙 郑州 青岛 大连 厦门 福州 昆明 贵阳 南宁 海口 三亚 哈尔滨 长春 沈阳 天津
济南 合肥 南昌 太原 石家庄 兰州 西宁 银川 拉萨 乌鲁木齐 呼和浩特 香港 澳门 台北 高雄 无锡 宁波 温州 绍兴 扬州 洛阳 开封 桂林 丽江 大理 珠海 佛山 东莞
东京 大阪 首尔 曼谷 伦敦 巴黎 柏林 纽约 悉尼 多伦多 新加坡 莫斯科 罗马 马德里 嘉兴 徐州 烟台 威海 泉州 汕头 株洲 宜昌 绵阳 遵义 包头 吉林 齐齐哈尔""".split(),
    "pet": """猫 狗 兔子 仓鼠 鹦鹉 乌龟 金鱼 马 蛇 蜥蜴 刺猬 鸭子 羊 猪 鸡 青蛙 鱼 鸟 小猫 小狗 龙猫 柯基 金毛 哈士奇 泰迪 布偶猫 橘猫 八哥 画眉 荷兰猪 蚕 螃蟹
松鼠 边牧 柴犬 貂 豚鼠 孔雀鱼 白兔 黑猫""".split(),
    "petname": """毛毛 豆豆 球球 旺财 来福 咪咪 花花 小白 小黑 小黄 大黄 团团 圆圆 乐乐 欢欢 贝贝 妞妞 点点 果果 糖糖 奶茶 可乐 布丁 饼干 馒头 包子 汤圆 年糕 芝麻
土豆 地瓜 南瓜 橘子 柚子 桃子 栗子 花生 米粒 雪球 煤球 闪电 小虎 小灰 皮皮 丫丫 嘟嘟 胖胖 壮壮 Lucky Momo Coco Max Luna 阿黄 二毛 三花 奥利奥 拿铁 摩卡""".split(),
    "colour": """红色 蓝色 绿色 黄色 紫色 橙色 粉色 黑色 白色 灰色 棕色 青色 金色 银色 天蓝色 深蓝色 浅蓝色 墨绿色 草绿色 粉红色 米色 咖啡色 酒红色 藏青色 淡紫色
橘色 湖蓝色 玫红色 卡其色 杏色 蓝 红 绿 紫 大红 天蓝""".split(),
    "food": """饺子 面条 米饭 火锅 烤鸭 包子 馒头 炒饭 蛋炒饭 牛肉面 拉面 米粉 螺蛳粉 酸辣粉 麻婆豆腐 宫保鸡丁 红烧肉 糖醋排骨 鱼香肉丝 回锅肉 水煮鱼 酸菜鱼 小龙虾
烧烤 披萨 汉堡 寿司 咖喱饭 牛排 沙拉 蛋糕 巧克力 冰淇淋 西瓜 苹果 草莓 芒果 豆浆 油条 粽子 月饼 汤圆 春卷 小笼包 馄饨 煎饼 肉夹馍 羊肉串 烤鱼 番茄炒蛋
白切鸡 叉烧 肠粉 炸鸡 薯条 意大利面 年糕 担担面 热干面 臭豆腐 麻辣烫 炸酱面 凉皮 泡菜 石锅拌饭 三明治 土豆丝 东坡肉 清蒸鱼 粥""".split(),
}


COMMON_PETS = {"en": ["cat", "dog", "cat", "dog", "rabbit", "hamster", "bird", "fish"], "zh": ["猫", "狗", "猫", "狗", "兔子", "仓鼠", "鸟", "乌龟"]}


def plausible(rng: random.Random, kind: str, lang: str) -> str:
    if kind == "pet" and rng.random() < 0.4:
        return rng.choice(COMMON_PETS[lang])
    if lang == "en":
        return rng.choice(EN[kind])
    if kind == "name":
        return chinese_name(rng)
    return rng.choice(ZH[kind])


def is_plausible(value: str, kind: str, lang: str) -> bool:
    return value in (EN if lang == "en" else ZH)[kind]


def chinese_name(rng: random.Random) -> str:
    dice = rng.random()
    if dice < 0.15:
        return "小" + rng.choice(GIVEN)
    if dice < 0.22:
        return rng.choice(EN["name"])
    if dice < 0.27:
        return "阿" + rng.choice(GIVEN)
    return rng.choice(SURNAMES) + "".join(rng.choice(GIVEN) for _ in range(rng.choice([1, 2, 2])))
