"""Writes tests/golden/fixtures/sampling.json: tokens and probabilities after the logits processors of transformers.

    python tools/golden/sampling.py

The processors are applied to random rows of 64 logits (some tied, peaked or flat), each alone and several in Quire's
order: RepetitionPenalty, SequenceBias, NoBadWords, MinNewTokensLength, Temperature, TopK, TopP, MinP, Typical.
The fixture contains the remaining tokens and their probabilities. The processors compute in f64. Cases are skipped if
their remaining tokens depend on rounding or on the order of equal logits. The packages are listed in requirements.txt.
"""

import json
import platform
import random
from pathlib import Path

import torch
import transformers
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    MinPLogitsWarper,
    NoBadWordsLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

OUTPUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "fixtures" / "sampling.json"
SEED = 20_26
VOCABULARY = 64
END_TOKENS = [2, 5]
CHAINS_PER_ROW = 7
# A case is stored only if the same tokens remain after logits and thresholds are changed by up to this much.
MARGIN = 1e-5
TRIALS = 4
THRESHOLDS = ("topP", "minP", "typicalP")

SINGLE_OPTIONS = [
    {},
    {"repetitionPenalty": 1.3},
    {"repetitionPenalty": 0.75},
    {"logitBias": "random"},
    {"badTokens": "random"},
    {"minTokens": 9},
    {"minTokens": 2},
    {"temperature": 0},
    {"temperature": 0.5},
    {"temperature": 2.5},
    {"topK": 1},
    {"topK": 5},
    {"topK": 40},
    {"topP": 0.1},
    {"topP": 0.6},
    {"topP": 0.95},
    {"minP": 0.02},
    {"minP": 0.3},
    {"minP": 1},
    {"typicalP": 0.1},
    {"typicalP": 0.6},
    {"typicalP": 0.95},
]
OPTION_VALUES = {
    "repetitionPenalty": [0.8, 1.1, 1.5],
    "logitBias": ["random"],
    "badTokens": ["random"],
    "minTokens": [3, 9],
    "temperature": [0, 0.5, 0.8, 1.5],
    "topK": [3, 10, 30],
    "topP": [0.5, 0.8, 0.95],
    "minP": [0.01, 0.05, 0.2],
    "typicalP": [0.3, 0.7, 0.95],
}


def main() -> None:
    torch.set_num_threads(1)
    rng = random.Random(SEED)
    rows = _rows(rng)
    # Each row has half of the single options, which gives enough cases for each option and a readable file.
    options_by_row = [(row, SINGLE_OPTIONS[row % 2 :: 2]) for row in range(len(rows))]
    wanted = [(row, options) for row, row_options in options_by_row for options in row_options]
    wanted += [(row, _chain(rng)) for row in range(len(rows)) for _ in range(CHAINS_PER_ROW)]
    cases = [_case(rng, rows, row, options) for row, options in wanted]
    recorded = [case for case in cases if case is not None]
    for option in OPTION_VALUES:
        count = sum(option in case["options"] for case in recorded)
        assert count >= 10, f"only {count} cases with {option}"
    print(f"{len(recorded)} cases, {len(cases) - len(recorded)} skipped")
    facts = {
        "seed": SEED,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "endTokens": END_TOKENS,
        "rows": rows,
        "cases": recorded,
    }
    OUTPUT.write_text(_json(facts), encoding="utf-8")


def _rows(rng: random.Random) -> list[list[float]]:
    """Returns rows of logits with three decimals, which Python and JavaScript round to the same f32."""

    def gauss(spread: float) -> list[float]:
        return [round(rng.gauss(0, spread), 3) for _ in range(VOCABULARY)]

    def raised(row: list[float], *heights: float) -> list[float]:
        tokens = rng.sample(range(VOCABULARY), len(heights))
        return [round(logit + dict(zip(tokens, heights)).get(i, 0), 3) for i, logit in enumerate(row)]

    return [
        gauss(1),
        gauss(2.5),
        gauss(5),
        gauss(0.05),
        raised(gauss(1), 12),
        raised(gauss(0.5), 7, 6.9, 6.5),
        [float(rng.randint(-3, 3)) for _ in range(VOCABULARY)],
        [float(rng.choice((0, 0, 0, 4))) for _ in range(VOCABULARY)],
        [0.5] * VOCABULARY,
        [round(rng.gauss(-40, 6), 3) for _ in range(VOCABULARY)],
    ]


def _chain(rng: random.Random) -> dict:
    names = rng.sample(list(OPTION_VALUES), rng.randint(2, len(OPTION_VALUES)))
    return {name: rng.choice(OPTION_VALUES[name]) for name in OPTION_VALUES if name in names}


def _case(rng: random.Random, rows: list[list[float]], row: int, requested: dict) -> dict | None:
    prompt = [rng.randrange(VOCABULARY) for _ in range(rng.randint(1, 12))]
    generated = [rng.randrange(VOCABULARY) for _ in range(rng.randint(0, 6))]
    options = dict(requested)
    if "logitBias" in options:
        tokens = rng.sample(range(VOCABULARY), 8)
        options["logitBias"] = {str(token): rng.choice([-100, -2.5, -1, 0.5, 3]) for token in tokens}
    if "badTokens" in options:
        options["badTokens"] = _bad_tokens(rng, prompt + generated)
    remaining = _stable_probabilities(rng, rows[row], prompt, generated, options)
    if remaining is None:
        return None
    case = {"row": row, "prompt": prompt, "generated": generated, "options": options}
    tokens = [token for token, share in enumerate(remaining) if share > 0]
    return {**case, "tokens": tokens, "probabilities": [round(remaining[token], 9) for token in tokens]}


def _bad_tokens(rng: random.Random, tokens: list[int]) -> list[list[int]]:
    """Returns sequences that the next token can complete, single tokens, an unrelated sequence and one longer than the text."""
    ends = [tokens[-length:] + [rng.randrange(VOCABULARY)] for length in (1, 2, 5)]
    single = [[rng.randrange(VOCABULARY)] for _ in range(3)]
    unrelated = [[rng.randrange(VOCABULARY) for _ in range(3)]]
    return ends + single + unrelated + [[7] * (len(tokens) + 2)]


def _stable_probabilities(rng, row, prompt, generated, options) -> list[float] | None:
    """Returns the probabilities of all tokens; None if rounding or the order of equal logits changes which tokens remain."""
    exact = _probabilities(row, prompt, generated, options)
    expected = [token for token in range(VOCABULARY) if exact[token] > 0]

    def differs(other: list[float]) -> bool:
        return [token for token in range(VOCABULARY) if other[token] > 0] != expected

    for _ in range(TRIALS):
        # Equal logits get the same noise, so that they remain equal.
        noise = {logit: rng.uniform(-MARGIN, MARGIN) for logit in row}
        noisy_row = [logit + noise[logit] for logit in row]
        changed_options = {
            name: value * (1 + rng.uniform(-MARGIN, MARGIN)) if name in THRESHOLDS and value < 1 else value
            for name, value in options.items()
        }
        if differs(_probabilities(noisy_row, prompt, generated, changed_options)):
            return None
    if differs(_probabilities(row, prompt, generated, options, order=list(reversed(range(VOCABULARY))))):
        return None
    return exact


def _probabilities(row, prompt, generated, options, order=None) -> list[float]:
    """Returns the probabilities after all processors. The warpers process the tokens in the order `order`."""
    ids = torch.tensor([prompt + generated])
    scores = torch.tensor([row], dtype=torch.float32).to(torch.float64)
    scores = _adjusters(prompt, options)(ids, scores)
    order = torch.tensor(order if order is not None else list(range(VOCABULARY)))
    probabilities = torch.zeros(VOCABULARY, dtype=torch.float64)
    if options.get("temperature") == 0:
        probabilities[order[scores[0, order].argmax()]] = 1
    else:
        probabilities[order] = _warpers(options)(ids, scores[:, order])[0].softmax(-1)
    return probabilities.tolist()


def _adjusters(prompt: list[int], options: dict) -> LogitsProcessorList:
    processors = LogitsProcessorList()
    if "repetitionPenalty" in options:
        processors.append(RepetitionPenaltyLogitsProcessor(options["repetitionPenalty"]))
    if "logitBias" in options:
        bias = [[[int(token)], float(value)] for token, value in options["logitBias"].items()]
        processors.append(SequenceBiasLogitsProcessor(bias))
    if "badTokens" in options:
        processors.append(NoBadWordsLogitsProcessor(options["badTokens"]))
    if "minTokens" in options:
        processors.append(MinNewTokensLengthLogitsProcessor(len(prompt), options["minTokens"], END_TOKENS))
    return processors


def _warpers(options: dict) -> LogitsProcessorList:
    processors = LogitsProcessorList()
    if "temperature" in options:
        processors.append(TemperatureLogitsWarper(float(options["temperature"])))
    if "topK" in options:
        processors.append(TopKLogitsWarper(options["topK"]))
    if "topP" in options:
        processors.append(TopPLogitsWarper(options["topP"]))
    if "minP" in options:
        processors.append(MinPLogitsWarper(options["minP"]))
    if "typicalP" in options:
        processors.append(TypicalLogitsWarper(options["typicalP"]))
    return processors


def _json(facts: dict) -> str:
    """Returns JSON with one row or case on each line."""
    lists = {"rows", "cases"}
    head = ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in facts.items() if name not in lists)
    body = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(item, separators=(",", ":")) for item in facts[name]) + "\n]"
        for name in ("rows", "cases")
    )
    return "{\n" + head + ",\n" + body + "\n}\n"


if __name__ == "__main__":
    main()
