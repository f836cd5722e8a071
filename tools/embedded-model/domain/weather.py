"""Acts about the weather: the user states the weather, and the answers give advice for it.

Bad weather takes precedence over temperature, so each answer names a single reason.
"""

import random

from . import asides, weather_phrases as ph
from .state import State, Turn
from .values import Values

CANNOT_SEE = {"en": "I can't see the weather. Tell me how it is, and I will say what it is good for.",
         "zh": "我无法看到天气。告诉我天气怎么样，我来说说适合做什么。"}
UNKNOWN_WEATHER = {"en": "I don't know how the weather is. Please tell me first.", "zh": "我不知道天气怎么样。请先告诉我天气。"}
ZH_COND = {"sunny": "晴天", "cloudy": "阴天", "rainy": "雨天", "snowy": "雪天", "stormy": "雷雨天", "windy": "大风天", "foggy": "雾天", "breezy": "微风天"}
ZH_BAND = {"hot": "热天", "warm": "暖天", "cool": "凉天", "cold": "冷天"}
BAD = ("rainy", "snowy", "stormy", "windy", "foggy")
WEAR = {"en": {"hot": "light clothes", "warm": "a T-shirt", "cool": "a light jacket", "cold": "a warm coat", "sunny": "a T-shirt", "cloudy": "a light jacket",
               "rainy": "a raincoat", "snowy": "a warm coat", "stormy": "a raincoat", "windy": "a windproof jacket", "foggy": "a light jacket", "breezy": "a light jacket"},
        "zh": {"hot": "轻薄的衣服", "warm": "短袖", "cool": "薄外套", "cold": "厚外套", "sunny": "短袖", "cloudy": "薄外套", "rainy": "雨衣", "snowy": "厚外套",
               "stormy": "雨衣", "windy": "防风外套", "foggy": "薄外套", "breezy": "薄外套"}}
PLACES = {"en": "Paris London Tokyo Berlin Beijing Oslo Madrid Rome Cairo Sydney Boston Shanghai Seoul Mumbai Moscow".split() + ["New York", "my city", "the mountains"],
          "zh": "北京 上海 广州 深圳 杭州 成都 东京 伦敦 巴黎 纽约 西安 武汉 南京 重庆 哈尔滨".split()}


def band_of(temp: int) -> str:
    return "hot" if temp >= 33 else "warm" if temp >= 18 else "cool" if temp >= 8 else "cold"


def reason(state: State, activity: str) -> tuple[bool, str]:
    """Returns whether the stated weather is suitable for an activity, and the word for the reason."""
    if state.condition in BAD:
        return activity == {"snowy": "snow", "windy": "kite", "foggy": "walk"}.get(state.condition), state.condition
    suits = {"hot": ("swim", "beach", "water"), "cold": ("snow",), "cool": (), "warm": ()}
    word = state.condition or state.band or ""
    if activity == "dry":
        return reason_for_drying(state)
    if activity == "walk" and state.band == "cold" and state.temperature is not None and state.temperature >= 0:
        return True, state.condition or "cool"
    if activity == "snow":
        return False if state.band != "cold" else True, state.band or word
    if state.band in ("hot", "cold"):
        return activity in suits[state.band], state.band
    if state.band == "cool" and activity in ("swim", "beach", "water"):
        return False, "cool"
    return True, word


def reason_for_drying(state: State) -> tuple[bool, str]:
    """Returns the same as `reason` for drying laundry, which needs sun or warmth."""
    if state.condition is not None:
        return state.condition != "cloudy", state.condition
    return state.band in ("hot", "warm"), state.band or ""


def day(lang: str, word: str) -> str:
    return f"{word} day" if lang == "en" else ZH_COND.get(word) or ZH_BAND[word]


def with_article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def advice(lang: str, state: State, activity: str) -> str:
    """Returns the advice for an activity, or for umbrella, wear, stay, ideas or indoor."""
    if not state.has_weather():
        return UNKNOWN_WEATHER[lang]
    if activity == "indoor":
        return "Yes, any weather is good for that." if lang == "en" else "适合，什么天气都可以。"
    good, word = reason(state, "out" if activity in ("umbrella", "wear", "stay", "ideas") else activity)
    here = day(lang, word)
    special = {"umbrella": umbrella, "wear": wear, "stay": stay, "ideas": ideas}.get(activity)
    if special:
        return special(lang, state, good, here)
    if lang == "en":
        thing = ph.EN_ACTIVITIES[activity][0] if activity in ph.EN_ACTIVITIES else "that"
        return f"Yes, {with_article(here)} is good for {thing}." if good else f"No, {with_article(here)} is not good for {thing}."
    thing = ph.ZH_SAY.get(activity, "这个")
    return f"适合，{here}很适合{thing}。" if good else f"不适合，{here}不适合{thing}。"


def umbrella(lang: str, state: State, good: bool, here: str) -> str:
    word = state.condition or state.band or ""
    here = day(lang, word)
    if word in ("rainy", "stormy"):
        return f"Yes, take an umbrella: it is {with_article(here)}." if lang == "en" else f"要带伞，今天是{here}。"
    return f"No, you need no umbrella: it is {with_article(here)}." if lang == "en" else f"不用带伞，今天是{here}。"


def wear(lang: str, state: State, good: bool, here: str) -> str:
    word = state.condition if state.condition in ("rainy", "stormy", "snowy") or state.band is None else state.band
    here = day(lang, word)
    if lang == "en":
        return f"Wear {WEAR['en'][word]}: it is {with_article(here)}."
    return f"穿{WEAR['zh'][word]}，今天是{here}。"


def stay(lang: str, state: State, good: bool, here: str) -> str:
    if lang == "en":
        return f"No, {with_article(here)} is good for going out." if good else f"Yes, {with_article(here)} is good for staying in."
    return f"不用，{here}适合出门。" if good else f"是的，{here}适合待在家里。"


def ideas(lang: str, state: State, good: bool, here: str) -> str:
    if lang == "en":
        return f"{with_article(here).capitalize()} is good for " + ("going out: take a walk or have a picnic." if good else "staying in: read a book or watch a film.")
    return f"{here}适合" + ("出门：散步或者野餐。" if good else "待在家里：看书或者看电影。")


def weather_text(lang: str, state: State) -> str:
    """Returns the weather as the answer repeats it: "sunny, 28 °C"."""
    if lang == "en":
        parts = [state.condition] if state.condition else []
        return ", ".join(parts + ([f"{state.temperature} °C"] if state.temperature is not None else [state.band] if state.band else []))
    parts = [ZH_COND[state.condition]] if state.condition else []
    return "，".join(parts + ([f"{state.temperature}℃"] if state.temperature is not None else [ZH_BAND[state.band]] if state.band else []))


def ask(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    if state.has_weather() and rng.random() < 0.6:
        text = rng.choice(ph.EN_AGAIN if lang == "en" else ph.ZH_AGAIN)
        return Turn(text, f"You told me: {weather_text('en', state)}." if lang == "en" else f"你告诉我：{weather_text('zh', state)}。", "weather-told", True)
    bank = ph.EN_ASK_WEATHER if lang == "en" else ph.ZH_ASK_WEATHER
    text = rng.choice(bank).replace("{place}", rng.choice(PLACES[lang]))
    return Turn(text, CANNOT_SEE[lang], "weather-ask", False)


def describe(rng: random.Random, state: State, lang: str) -> str:
    """Draws the weather, stores it in the state and returns a sentence that describes it."""
    state.condition, state.temperature, state.band = None, None, None
    conds, bands, temps = (ph.EN_COND, ph.EN_BAND, ph.EN_TEMP) if lang == "en" else (ph.ZH_COND, ph.ZH_BAND, ph.ZH_TEMP)
    shape = rng.choices(["cond", "both", "temp", "band", "cond+band", "clause", "mixed"], [26, 32, 13, 9, 9, 9, 5])[0]
    if shape not in ("temp", "band"):
        state.condition = rng.choice(["sunny", "sunny", "sunny", "sunny", "cloudy", "cloudy", "rainy", "rainy", "rainy", "snowy", "stormy", "windy", "foggy", "breezy", "breezy"])
    if shape == "mixed":
        return mixed(rng, state, lang)
    if shape in ("both", "temp"):
        state.temperature = rng.randint(-15, 5) if state.condition == "snowy" else rng.choice([rng.randint(-15, 42), rng.randint(-5, 40), rng.randint(8, 34), rng.randint(18, 32), rng.randint(31, 41)])
        state.band = band_of(state.temperature)
    elif shape in ("band", "cond+band"):
        state.band = rng.choice(["cool", "cold"] if state.condition == "snowy" else ["hot", "hot", "warm", "cool", "cold"])
    both, cond_only, temp_only = (ph.EN_TELL_BOTH, ph.EN_TELL_COND, ph.EN_TELL_TEMP) if lang == "en" else (ph.ZH_TELL_BOTH, ph.ZH_TELL_COND, ph.ZH_TELL_TEMP)
    condition = rng.choice(conds[state.condition]) if state.condition else ""
    if shape == "clause" and lang == "en":
        return rng.choice(ph.EN_COND_CLAUSE[state.condition]) + "."
    degrees = ""
    if state.temperature is not None:
        minus = rng.choice(["-", "-", "minus " if lang == "en" else "零下"]) if state.temperature < 0 else ""
        degrees = rng.choice(temps).format(t=minus + str(abs(state.temperature)))
    elif state.band:
        degrees = rng.choice(bands[state.band])
    if state.condition and degrees:
        return rng.choice(both).format(c=condition, t=degrees)
    if state.condition or shape == "band":
        return rng.choice(cond_only).format(c=condition or degrees)
    return rng.choice(temp_only).format(t=degrees)


def mixed(rng: random.Random, state: State, lang: str) -> str:
    """Returns "sunny but very windy", and stores the worse condition in the state."""
    state.condition = rng.choice(["rainy", "windy", "windy", "foggy", "snowy", "stormy"])
    fair = rng.choice(["sunny", "cloudy"]) if state.condition == "windy" else "cloudy"
    conds = ph.EN_COND if lang == "en" else ph.ZH_COND
    return rng.choice(ph.EN_TELL_MIXED if lang == "en" else ph.ZH_TELL_MIXED).format(c=rng.choice(conds[fair]), d=rng.choice(conds[state.condition]))


def tell(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    known = state.has_weather()
    text = describe(rng, state, lang)
    if known:
        text = rng.choice(ph.EN_CHANGE if lang == "en" else ph.ZH_CHANGE).format(x=text[:1].lower() + text[1:])
    if rng.random() < 0.15:
        text = asides.add_asides(rng, lang, text)
    answer = f"Got it: {weather_text('en', state)}." if lang == "en" else f"好的，{weather_text('zh', state)}。"
    return Turn(text, answer, "weather-tell", False)


def question(rng: random.Random, state: State, lang: str, more: bool) -> tuple[str, str]:
    """Returns the text of a question and its activity."""
    activity = rng.choices(["activity", "other", "dry", "water", "indoor", "snow", "kite", "umbrella", "wear", "stay", "ideas"], [47, 11, 3, 3, 4, 3, 3, 9, 9, 6, 6])[0]
    if state.band == "hot" and rng.random() < 0.3:  # only hot weather is good for water activities
        activity = rng.choice(["swim", "swim", "beach", "water"])
    fixed = {"umbrella": (ph.EN_UMBRELLA, ph.ZH_UMBRELLA), "wear": (ph.EN_WEAR, ph.ZH_WEAR), "stay": (ph.EN_STAY, ph.ZH_STAY), "ideas": (ph.EN_IDEAS, ph.ZH_IDEAS)}
    if activity in fixed:
        return rng.choice(fixed[activity][0 if lang == "en" else 1]), activity
    if activity == "activity":
        activity = rng.choice(list(ph.EN_ACTIVITIES))
    if lang == "zh":
        words = {"other": ph.ZH_OTHERS, "dry": ph.ZH_DRY, "water": ph.ZH_WATER, "indoor": ph.ZH_INDOOR, "snow": ph.ZH_SNOW, "kite": ph.ZH_KITE}.get(activity) or ph.ZH_ACTIVITIES[activity]
        verb = rng.choice(words)
        when = rng.choice(ph.ZH_WHEN) if rng.random() < 0.2 else ""
        text = when + rng.choice(ph.ZH_MORE if more else ph.ZH_ADVICE).format(v=verb).replace("去去", "去").replace("去出去", "出去").replace("去到", "到")
        return text, activity
    forms = {"other": ph.EN_OTHERS, "dry": ph.EN_DRY, "water": ph.EN_WATER, "indoor": ph.EN_INDOOR, "snow": ph.EN_SNOW, "kite": ph.EN_KITE}.get(activity)
    forms = forms or [ph.EN_ACTIVITIES[activity], *ph.EN_SYNONYMS[activity]]
    noun, verb, gerund = rng.choice(forms)
    text = rng.choice(ph.EN_MORE if more else ph.EN_ADVICE).format(n=noun, v=verb, g=gerund)
    if text.endswith("?") and rng.random() < 0.15:
        text = text[:-1] + " " + rng.choice(ph.EN_WHEN) + "?"
    return text, activity


def advise(rng: random.Random, state: State, lang: str, values: Values) -> Turn:
    """Asks for advice. The message also states the weather, often if it is not known yet and sometimes if it is known."""
    known = state.has_weather()
    lead = ""
    if rng.random() < (0.15 if known else 0.75):
        lead = describe(rng, state, lang)
        lead = lead if lead[-1] in ".。" else lead + (". " if lang == "en" else "，")
        lead = lead + " " if lang == "en" and not lead.endswith(" ") else lead
    more = not lead and state.last_kind == "advice" and rng.random() < 0.6
    text, activity = question(rng, state, lang, more)
    if lang == "zh" and lead and rng.random() < 0.5:
        lead = lead.replace("。", "，")
    state.activity = activity
    return Turn(lead + text, advice(lang, state, activity), "advice", known and not lead)


def suppose(rng: random.Random, state: State, lang: str, values: Values) -> Turn | None:
    """"And if it rains?": asks about the same activity in other weather."""
    if state.last_kind != "advice" or state.activity is None or not state.has_weather():
        return None
    state.condition = rng.choice(["sunny", "sunny", "rainy", "rainy", "snowy", "windy", "stormy", "cloudy", "foggy", "breezy"])
    state.temperature = state.band = None
    plain = {"sunny": ["it is sunny", "the sun shines", "the sun comes out"], "rainy": ["it rains", "it's raining", "it starts raining", "it starts to rain"], "snowy": ["it snows", "it's snowing"],
             "windy": ["it is windy", "the wind is strong", "it gets windy"], "stormy": ["there is a storm", "a storm comes", "there's thunder"], "breezy": ["there is a light breeze", "it gets breezy"], "foggy": ["it is foggy", "it gets foggy", "there is fog"], "cloudy": ["it's cloudy", "it is overcast", "it gets cloudy"]}
    words = rng.choice(plain[state.condition]) if lang == "en" else rng.choice(ph.ZH_COND[state.condition]).rstrip("了")
    return Turn(rng.choice(ph.EN_IF if lang == "en" else ph.ZH_IF).format(x=words), advice(lang, state, state.activity), "advice", True)
