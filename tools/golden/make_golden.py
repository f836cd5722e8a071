"""Writes tests/golden/fixtures: tiny models with random weights and what transformers computes with them.

    python tools/golden/make_golden.py [NAME ...]

For each model of tiny_models.MODELS it writes a Hugging Face folder and GGUF files, each with a golden.json: logits,
greedy tokens, results of the tokenizer and the chat template, and the versions of the packages. With names, only the
fixtures of these models are written. Without names, all fixtures are deleted and written again. The packages are listed
in requirements.txt.
"""

import argparse
import copy
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
from greedy import greedy, logits

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "golden" / "fixtures"
SEED = 20_26
PROMPT_LENGTHS = [1, 7, 40]
GREEDY_TOKENS = 64
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
    specs = _requested_specs()
    torch.set_num_threads(1)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    if len(specs) == len(tiny_models.MODELS):
        for old_path in FIXTURES.glob("tiny-*"):
            shutil.rmtree(old_path) if old_path.is_dir() else old_path.unlink()
    for spec in specs:
        model, tokenizer = tiny_models.build(spec, SEED), tiny_models.tokenizer(spec.family)
        folder = FIXTURES / f"tiny-{spec.name}"
        copy.deepcopy(model).to(spec.dtype).save_pretrained(folder)
        tokenizer.save_pretrained(folder, save_jinja_files=False)
        (folder / "model.safetensors").chmod(0o644)
        if spec.model_type is not None:
            _set_model_type(folder / "config.json", spec.model_type)
        _write(folder / "golden.json", _golden(spec, model, tokenizer))
        for type_name in spec.gguf_types:
            path = FIXTURES / f"tiny-{spec.name}-{type_name.lower()}.gguf"
            stored = gguf_file.write(model, tokenizer, path, type_name)
            _write(path.with_suffix(".golden.json"), _golden(spec, stored, tokenizer))


def _requested_specs() -> list[tiny_models.Spec]:
    parser = argparse.ArgumentParser(description="Writes the golden fixtures.")
    known = {spec.name: spec for spec in tiny_models.MODELS}
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    names = parser.parse_args().names or list(known)
    for name in names:
        if name not in known:
            parser.error(f"{name} is not a model of tiny_models.MODELS: {', '.join(known)}")
    return [known[name] for name in names]


def _set_model_type(path: Path, model_type: str) -> None:
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"model_type": model_type}, indent=2) + "\n")


def _golden(spec, model, tokenizer) -> dict:
    facts = {"versions": _versions()}
    if (context := spec.stretched or spec.context) is not None:
        facts["contextLength"] = context
    facts |= _model_facts(model, spec.stretched)
    return facts | (_text_facts(tokenizer) if spec.texts else {})


def _model_facts(model, stretched: int | None) -> dict:
    """With `stretched`, uses one prompt of this length only, because dynamic RoPE scaling depends on the length."""
    numbers = random.Random(SEED)
    random_tokens = lambda length: [numbers.randrange(4, tiny_models.VOCABULARY) for _ in range(length)]
    prompts = []
    for length in PROMPT_LENGTHS if stretched is None else [stretched]:
        tokens = random_tokens(length)
        rows = logits(model, tokens)
        positions = list(range(length)) if length < 10 else [length - 1]
        prompts.append({"tokens": tokens, "positions": positions, "logits": _round_logits(rows[positions])})
    if stretched is not None:
        return {"prompts": prompts, "greedy": []}
    best = [_prompt_with_clearest_margins(model, [random_tokens(length) for _ in range(8)]) for length in (3, 30)]
    greedy = [
        {"prompt": prompt, "tokens": result.tokens, "margins": [round(margin, 4) for margin in result.margins]}
        for prompt, result in best
    ]
    return {"prompts": prompts, "greedy": greedy}


def _prompt_with_clearest_margins(model, candidates):
    """Returns the prompt with the fewest margins below 0.01 and its result. Prefers prompts that generate no end token (2)."""
    results = [(prompt, greedy(model, prompt, GREEDY_TOKENS)) for prompt in candidates]
    without_end = [(prompt, result) for prompt, result in results if 2 not in result.tokens] or results
    return min(without_end, key=lambda candidate: sum(margin < 0.01 for margin in candidate[1].margins))


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
    for messages, add_prompt in CHATS:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add_prompt)
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        chats.append({"messages": messages, "addGenerationPrompt": add_prompt, "text": text, "tokens": tokens})
    return {"texts": texts, "chats": chats}


def _round_logits(rows: torch.Tensor) -> list[list[float]]:
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
