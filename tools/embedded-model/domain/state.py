"""The state of a dialogue during generation: the information that the model must infer from the history.

Acts read and update the state, so the expected answer is a pure function of the turns so far.
"""

from dataclasses import dataclass, field


@dataclass
class Turn:
    user: str
    answer: str
    kind: str  # category for reports: rank, next, capital, tell, recall, ...
    depends: bool  # whether the answer depends on an earlier turn


@dataclass
class State:
    topic: str | None = None  # ranking that "the second?" refers to
    rank: int | None = None  # last answered rank; None after a refusal
    last_kind: str = ""  # kind of the previous turn
    facts: dict[str, str] = field(default_factory=dict)  # value by kind of fact
    condition: str | None = None  # sunny, cloudy, ...
    temperature: int | None = None  # degrees Celsius
    band: str | None = None  # hot, warm, cool or cold: stated by the user or derived from the temperature
    activity: str | None = None  # activity of the last advice
    country: str | None = None  # English name of the country in the last answer about a ranking
    subject: str | None = None  # kind of fact, if the last turn stated or recalled a single fact
    corrected: set[str] = field(default_factory=set)  # kinds of facts that were corrected
    mentions_others: bool = False  # another person was mentioned, so "her name" is ambiguous
    lower_case: bool = False  # whether the user types in lower case without final punctuation

    def has_weather(self) -> bool:
        return self.condition is not None or self.band is not None
