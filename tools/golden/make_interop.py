"""Writes GGUF files with the `gguf` package, and the greedy tokens that transformers computes from their weights.

    python tools/golden/make_interop.py OUT

For each family and weight type it writes OUT/FAMILY-TYPE.gguf. For each file, OUT/expected.json contains 32 greedy tokens
for each of three prompts, computed in float32 from the stored weights. For these prompts, the largest logit always exceeds
the second largest by at least 0.01, so that rounding cannot change a token.
"""

import json
import random
import sys
from pathlib import Path

import gguf_file
import tiny_models
import torch
from greedy import prompts_with_clear_margins

SEED = 4
TYPES = ["F32", "F16", "Q8_0"]
PROMPTS_PER_FILE = 3
TOKENS_PER_PROMPT = 32
MIN_MARGIN = 0.01


def main(out: Path) -> None:
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    expected = []
    for spec in tiny_models.MODELS:
        if not spec.gguf_types:
            continue  # GGUF cannot express dynamic RoPE scaling and sliding windows in only some layers
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
    prompts = [list(tokens) for tokens in text_of if len(tokens) + TOKENS_PER_PROMPT <= tiny_models.CONTEXT]
    found = prompts_with_clear_margins(model, prompts, TOKENS_PER_PROMPT, PROMPTS_PER_FILE, MIN_MARGIN, {tokenizer.eos_token_id})
    return [
        {
            "prompt": text_of[tuple(prompt)],
            "promptTokens": prompt,
            "tokens": result.tokens,
            "margin": result.min_margin,
        }
        for prompt, result in found
    ]


def _texts() -> list[str]:
    """Returns substrings of the English and Chinese sentences that the tokenizer was trained on."""
    numbers = random.Random(SEED)
    texts = []
    for _ in range(100):
        sentence = numbers.choice(tiny_models.SENTENCES)
        start = numbers.randrange(len(sentence) // 2)
        texts.append(sentence[start : start + numbers.randrange(3, 30)])
    return texts


if __name__ == "__main__":
    main(Path(sys.argv[1]))
