"""What a dialogue remembers while it is generated: exactly what the model has to infer from the history.

An act reads and updates it, so the expected answer is a pure function of the turns so far.
"""

from dataclasses import dataclass, field


@dataclass
class Turn:
    user: str
    answer: str
    kind: str  # category for reports: rank, next, capital, tell, recall, ...
    depends: bool  # the answer cannot be given without an earlier turn


@dataclass
class State:
    topic: str | None = None  # ranking that "the second?" refers to
    rank: int | None = None  # last rank answered; None after a refusal of that ranking
    last: str = ""  # kind of the previous turn
    facts: dict[str, str] = field(default_factory=dict)
    cond: str | None = None  # sunny, cloudy, ...
    temp: int | None = None  # degrees Celsius
    band: str | None = None  # hot, warm, cool, cold: told in words or from temp
    activity: str | None = None
    country: str | None = None  # English id of the country that the last ranking answer named
    subject: str | None = None  # the one kind of fact that the last turn told or recalled
    corrected: set[str] = field(default_factory=set)  # kinds of facts that were corrected
    others: bool = False  # somebody else was spoken of, so "her name" is no longer the pet's
    lazy: bool = False  # the user types in lower case without marks

    def weather_known(self) -> bool:
        return self.cond is not None or self.band is not None
