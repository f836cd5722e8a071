"""Questions about a pet by pronoun or name, and species that belong to another species (a poodle is a dog)."""

EN_BY_PRONOUN = ["What's she called?", "What's he called?", "What is it called?", "And her name?", "And his name?", "And its name?", "What's her name?", "What's his name?", "What is its name?",
                 "what was her name again?", "her name?", "And what do I call it?", "Do you remember its name?", "So what's its name?", "and she is called?", "What did I name it?"]
EN_BY_NAME = ["Who is {petname}?", "Who's {petname}?", "who is {petname} again?", "Do you know who {petname} is?", "Tell me who {petname} is.", "What kind of animal is {petname}?", "What animal is {petname}?",
              "Is {petname} a cat or a dog?", "What is {petname}?", "And what is {petname}?", "Which animal is {petname}?", "{petname} is what kind of pet?", "and who was {petname}?", "What sort of pet is {petname}?"]
EN_OWN_NAME = ["Who is {name}?", "Who's {name}?", "Do you know who {name} is?", "And who is {name}?"]
ZH_BY_PRONOUN = ["它叫什么？", "它叫啥？", "那它叫什么名字？", "它的名字呢？", "它的名字是？", "它叫什么来着？", "还记得它的名字吗？", "那它的名字是什么？", "它名字叫啥来着？", "它是叫什么？"]
ZH_BY_NAME = ["{petname}是谁？", "{petname}是谁来着？", "谁是{petname}？", "你还记得{petname}是谁吗？", "{petname}是什么动物？", "{petname}是什么？", "{petname}是猫还是狗？", "那{petname}是谁？", "{petname}是哪种宠物？", "知道{petname}是谁吗？", "{petname}是啥动物？"]
ZH_OWN_NAME = ["{name}是谁？", "谁是{name}？", "那{name}是谁？", "你知道{name}是谁吗？"]

WIDER = {  # stated species: the wider species that a question may name instead
    **dict.fromkeys(["kitten"], "cat"), **dict.fromkeys(["puppy", "poodle", "beagle", "labrador", "corgi"], "dog"), "pony": "horse", "tortoise": "turtle", "cat": "kitty", "dog": "doggy", "rabbit": "bunny",
    **dict.fromkeys(["parrot", "canary", "budgie", "cockatoo", "owl", "duck", "chicken"], "bird"), "goldfish": "fish", "cockatoo": "parrot",
    **dict.fromkeys(["小猫", "布偶猫", "橘猫", "黑猫"], "猫"), "猫": "猫咪", "狗": "狗狗", **dict.fromkeys(["小狗", "柯基", "金毛", "哈士奇", "泰迪", "边牧", "柴犬"], "狗"),
    **dict.fromkeys(["鹦鹉", "八哥", "画眉"], "鸟"), "兔子": "小兔子", "白兔": "兔子", "金鱼": "鱼", "孔雀鱼": "鱼"}
RELATED = {  # stated species: species that do not count as different animals
    **dict.fromkeys(["bird", "cockatoo", "budgie", "canary"], ("bird", "parrot")), **dict.fromkeys(["mouse", "rat", "gerbil", "chinchilla"], ("hamster",)), **dict.fromkeys(["鸟", "八哥", "画眉"], ("鸟", "鹦鹉")),
    **dict.fromkeys(["豚鼠", "荷兰猪", "龙猫", "松鼠"], ("仓鼠", "猫")), **dict.fromkeys(["鸭子", "鸡"], ("鸟",))}


def is_different_animal(stated: str, named: str) -> bool:
    """Returns whether `named` is clearly another animal than the stated one."""
    return named not in stated and stated not in named and WIDER.get(stated) != named and named not in RELATED.get(stated, ())
