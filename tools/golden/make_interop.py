"""Writes GGUF files with the `gguf` package, and the greedy tokens that transformers computes from their weights.

    python tools/golden/make_interop.py OUT

For each family and weight type it writes OUT/FAMILY-TYPE.gguf, and into OUT/expected.json 32 greedy tokens for each
of three prompts, computed in float32 from the stored weights. It uses only prompts where the best token always leads
by at least 0.01, so that rounding cannot change the choice.
"""

import json
import random
import sys
from pathlib import Path

import gguf_file
import tiny_models
import torch
from greedy import clear_greedy

SEED = 4
TYPES = ["F32", "F16", "Q8_0"]
PROMPTS = 3
TOKENS = 32
MARGIN = 0.01


def main(out: Path) -> None:
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    expected = []
    for spec in tiny_models.MODELS:
        if not spec.gguf_types:
            continue  # not expressible in GGUF: dynamic scaling, windows in some layers only
        family = spec.name
        model, tokenizer = tiny_models.build(spec, SEED), tiny_models.tokenizer(spec.family)
        for type_name in TYPES:
            file = f"{family}-{type_name}.gguf"
            stored = gguf_file.write(model, tokenizer, out / file, type_name)
            cases = _cases(stored, tokenizer)
            expected.append({"file": file, "family": family, "type": type_name, "cases": cases})
    (out / "expected.json").write_text(json.dumps(expected, ensure_ascii=False), encoding="utf8")


def _cases(model, tokenizer) -> list[dict]:
    text_of = {tuple(tokenizer(text)["input_ids"]): text for text in _texts()}
    prompts = [list(tokens) for tokens in text_of if len(tokens) + TOKENS <= tiny_models.CONTEXT]
    found = clear_greedy(model, prompts, TOKENS, PROMPTS, MARGIN, {tokenizer.eos_token_id})
    return [
        {
            "prompt": text_of[tuple(prompt)],
            "promptTokens": prompt,
            "tokens": result.tokens,
            "margin": result.margin,
        }
        for prompt, result in found
    ]


def _texts() -> list[str]:
    """Substrings of the sentences that the tokenizer was trained on, in both languages."""
    numbers = random.Random(SEED)
    texts = []
    for _ in range(100):
        sentence = numbers.choice(tiny_models.TEXT)
        start = numbers.randrange(len(sentence) // 2)
        texts.append(sentence[start : start + numbers.randrange(3, 30)])
    return texts


if __name__ == "__main__":
    main(Path(sys.argv[1]))
