"""Writes tests/golden/fixtures/tokenizer-folders.json: folders that define special tokens in different files, and the
token ids and texts that the tokenizers of transformers return for them.

    python tools/golden/tokenizer_folders.py
"""

import json
import tempfile
from pathlib import Path

from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoTokenizer

FIXTURE = Path(__file__).parents[2] / "tests/golden/fixtures/tokenizer-folders.json"
SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"]
FLAGS = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
TEXTS = ["hi", "<|im_start|>user\nhi<|im_end|>", "a <tool> b", " a <note> b</s>"]
MESSAGES = [{"role": "user", "content": "Hi"}]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% endfor %}<|im_start|>"
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
TOKEN_NAMES = {"bos_token": "<s>", "eos_token": "</s>"}


def added_token(content, token=None, **flags):
    id_field = {} if token is None else {"id": token}
    return {**id_field, "content": content, **FLAGS, **flags}


def serialized_token(content):
    return {"__type": "AddedToken", **added_token(content)}


def definition(special, **changes):
    pieces = [*special, *sorted(ByteLevel.alphabet())]
    step = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added_token(content, token) for token, content in enumerate(special)],
        "normalizer": None,
        "pre_tokenizer": step,
        "post_processor": None,
        "decoder": {**step, "add_prefix_space": True},
        "model": {"type": "BPE", "vocab": {piece: token for token, piece in enumerate(pieces)}, "merges": []},
        **changes,
    }


BOS_FIRST = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
}
# by name: special tokens of tokenizer.json, other changes of tokenizer.json, and the contents of the other files
FOLDERS = {
    "tokenizer.json alone": (SPECIAL, {"post_processor": BOS_FIRST}, {}),
    "names in special_tokens_map.json": (
        SPECIAL,
        {"post_processor": BOS_FIRST},
        {"tokenizer_config": FAST, "special_tokens_map": {"bos_token": "<s>", "eos_token": "<|im_end|>"}},
    ),
    "names in special_tokens_map.json and others beside it": (
        SPECIAL,
        {},
        {"tokenizer_config": {**FAST, **TOKEN_NAMES}, "special_tokens_map": {"eos_token": added_token("<|im_end|>")}},
    ),
    "names as objects": (SPECIAL, {}, {"tokenizer_config": {**FAST, "eos_token": serialized_token("<|im_end|>")}}),
    "tokens in added_tokens_decoder": (
        SPECIAL[:2],
        {},
        {
            "tokenizer_config": {
                **FAST,
                "bos_token": "<s>",
                "eos_token": "<|im_end|>",
                "added_tokens_decoder": {
                    "258": added_token("<|im_start|>"),
                    "259": added_token("<|im_end|>"),
                    "260": added_token("<tool>", special=False),
                },
            }
        },
    ),
    "other flags in added_tokens_decoder": (
        SPECIAL,
        {},
        {
            "tokenizer_config": {
                **FAST,
                **TOKEN_NAMES,
                "added_tokens_decoder": {"1": added_token("</s>"), "2": added_token("<|im_start|>"), "3": added_token("<|im_end|>", lstrip=True, rstrip=True)},
            }
        },
    ),
    "tokens in added_tokens.json": (
        SPECIAL[:2],
        {},
        {
            "tokenizer_config": {**FAST, **TOKEN_NAMES},
            "added_tokens": {"<|im_start|>": 258, "<|im_end|>": 259},
        },
    ),
    "special tokens in added_tokens.json": (
        SPECIAL[:2],
        {},
        {
            "tokenizer_config": {**FAST, "bos_token": "<s>", "additional_special_tokens": ["<|im_start|>"]},
            "added_tokens": {"<|im_start|>": 258, "<|im_end|>": 259},
            "special_tokens_map": {"eos_token": "<|im_end|>"},
        },
    ),
    "additional_special_tokens that are words": (
        SPECIAL,
        {"added_tokens": [added_token("<s>", 0), added_token("</s>", 1)]},
        {"tokenizer_config": {**FAST, **TOKEN_NAMES, "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}},
    ),
    "additional_special_tokens that are new": (
        SPECIAL[:2],
        {},
        {"tokenizer_config": {**FAST, **TOKEN_NAMES, "additional_special_tokens": ["<|im_start|>", serialized_token("<|im_end|>")]}},
    ),
    "additional_special_tokens beside an empty extra_special_tokens": (
        SPECIAL[:2],
        {},
        {
            "tokenizer_config": {
                **FAST,
                **TOKEN_NAMES,
                "additional_special_tokens": ["<|im_start|>"],
                "extra_special_tokens": [],
            }
        },
    ),
    "an end token that is new": (SPECIAL[:2], {}, {"tokenizer_config": {**FAST, "eos_token": "<|im_end|>"}}),
    "add_prefix_space in tokenizer_config.json": (
        SPECIAL,
        {},
        {"tokenizer_config": {**TOKEN_NAMES, "tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}},
    ),
    "a chat template that writes no BOS": (
        SPECIAL,
        {"post_processor": BOS_FIRST},
        {"tokenizer_config": {**FAST, **TOKEN_NAMES, "chat_template": TEMPLATE}},
    ),
}  # fmt: skip


def compute_case(special, changes, other_files):
    with tempfile.TemporaryDirectory() as folder:
        files = {"tokenizer": definition(special, **changes), **other_files}
        for name, content in files.items():
            (Path(folder) / f"{name}.json").write_text(json.dumps(content))
        tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer.encode(text) for text in TEXTS]
    chat = {}
    if tokenizer.chat_template is not None:
        chat = {"chat": tokenizer.apply_chat_template(MESSAGES, return_dict=False)}
    return {
        "special": special,
        "changes": changes,
        "beside": other_files,
        "eos": tokenizer.eos_token_id,
        "ids": ids,
        "decoded": [tokenizer.decode(tokens, skip_special_tokens=True) for tokens in ids],
        **chat,
    }


def main():
    rows = [json.dumps({"name": name, **compute_case(*folder)}) for name, folder in FOLDERS.items()]
    head = [
        f'"definition": {json.dumps(definition([]))}',
        f'"alphabet": {json.dumps(sorted(ByteLevel.alphabet()))}',
        f'"texts": {json.dumps(TEXTS)}',
        f'"messages": {json.dumps(MESSAGES)}',
        '"folders": [\n' + ",\n".join(rows) + "\n]",
    ]
    FIXTURE.write_text("{\n" + ",\n".join(head) + "\n}\n")


if __name__ == "__main__":
    main()
