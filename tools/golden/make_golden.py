"""Makes tests/golden/fixtures: tiny models with random weights and what transformers computes from them.

    python tools/golden/make_golden.py

Hugging Face folders tiny-llama and tiny-gpt2, and GGUF files of both, each with a golden.json beside it:
logits, greedy tokens, tokenizer and chat template results, and the versions that made them.
Packages: requirements.txt.
"""

import json
import platform
import random
import shutil
from pathlib import Path

import gguf_file
import tiny_models
import tokenizers
import torch
import transformers
from greedy import clear_greedy, logits

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "golden" / "fixtures"
SEED = 20_26
PROMPT_LENGTHS = [1, 7, 40]
GGUF_TYPES = {"llama": ["F16", "Q8_0"], "gpt2": ["BF16"]}
GREEDY_TOKENS = 32
MARGIN = 0.01
TEXTS = [
    "",
    " ",
    "Hello, world!",
    "The highest mountain in the world is 8,848.86 m.",
    "  two leading spaces, a\ttab and\n\nlines \n",
    "it's we'll THEY'RE don't",
    "今天天气怎么样？晴天，28℃。",
    "naïve café Ω ß 한국어 日本語",
    "🙂👩‍👩‍👧🏽 and 🇨🇳",
    "1234567890 3.14159",
    "<|im_start|>user",
]
CHATS = [
    (
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is the second?"},
            {"role": "assistant", "content": "The one after the first."},
        ],
        False,
    ),
    (
        [
            {"role": "user", "content": "世界上最高的山是哪一座？"},
            {"role": "assistant", "content": "珠穆朗玛峰。🙂"},
            {"role": "user", "content": "  And the third? \n"},
        ],
        True,
    ),
]


def main() -> None:
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for family, build in (("llama", tiny_models.llama), ("gpt2", tiny_models.gpt2)):
        model, tokenizer = build(SEED), tiny_models.tokenizer(family)
        folder = FIXTURES / f"tiny-{family}"
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder, save_jinja_files=False)
        (folder / "model.safetensors").chmod(0o644)
        _write(folder / "golden.json", {**_model_facts(model), **_text_facts(tokenizer)})
        for type_name in GGUF_TYPES[family]:
            path = FIXTURES / f"tiny-{family}-{type_name.lower()}.gguf"
            stored = gguf_file.write(model, tokenizer, path, type_name)
            facts = {**_model_facts(stored), **_text_facts(tokenizer)}
            _write(path.with_suffix(".golden.json"), facts)


def _model_facts(model) -> dict:
    numbers = random.Random(SEED)
    draw = lambda length: [numbers.randrange(4, tiny_models.VOCABULARY) for _ in range(length)]
    prompts = []
    for length in PROMPT_LENGTHS:
        tokens = draw(length)
        rows = logits(model, tokens)
        positions = list(range(length)) if length < 10 else [length - 1]
        prompts.append({"tokens": tokens, "positions": positions, "logits": _rounded(rows[positions])})
    offered = [draw(length) for length in (3, 12, 30) for _ in range(20)]
    chosen = [
        clear_greedy(model, offered[start : start + 20], GREEDY_TOKENS, 1, MARGIN, {2})[0]
        for start in (0, 20, 40)
    ]
    greedy = [
        {"prompt": prompt, "tokens": result.tokens, "margin": round(result.margin, 4)}
        for prompt, result in chosen
    ]
    return {"versions": _versions(), "prompts": prompts, "greedy": greedy}


def _text_facts(tokenizer) -> dict:
    texts = [
        {
            "text": text,
            "tokens": tokenizer(text, add_special_tokens=False)["input_ids"],
            "tokensWithBos": tokenizer(text)["input_ids"],
        }
        for text in TEXTS
    ]
    if not tokenizer.chat_template:
        return {"texts": texts, "chats": []}
    chats = []
    for messages, generation in CHATS:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generation)
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        chats.append({"messages": messages, "addGenerationPrompt": generation, "text": text, "tokens": tokens})
    return {"texts": texts, "chats": chats}


def _rounded(rows: torch.Tensor) -> list[list[float]]:
    return [[round(value, 6) for value in row] for row in rows.tolist()]


def _versions() -> dict:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
    }


def _write(path: Path, facts: dict) -> None:
    path.write_text(json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
