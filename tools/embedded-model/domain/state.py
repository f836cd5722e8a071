"""The state of a dialogue during generation: exactly the information that the model must infer from the history.

Acts read and update it, so the expected answer is a pure function of the turns so far.
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
    band: str | None = None  # hot, warm, cool, cold: stated in words or derived from temp
    activity: str | None = None
    country: str | None = None  # English id of the country that the last ranking answer named
    subject: str | None = None  # kind of the single fact that the last turn stated or recalled
    corrected: set[str] = field(default_factory=set)  # kinds of facts that were corrected
    others: bool = False  # another person was mentioned, so "her name" may not be the pet's
    lazy: bool = False  # the user types in lower case without final punctuation

    def weather_known(self) -> bool:
        return self.cond is not None or self.band is not None
