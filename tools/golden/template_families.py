"""Writes tests/golden/fixtures/template-families.json and template-expressions.json with jinja2.

    python tools/golden/template_families.py

template-families.json contains the texts rendered from tests/golden/templates-families: templates written for Quire, each
in the style of a model family. template-expressions.json contains the result of each line of
tests/golden/templates-expressions.txt, where ⏎ represents a line break. Both use the Jinja environment that transformers
creates for chat templates. The packages are listed in requirements.txt.
"""

import datetime
import json
import re
from pathlib import Path

from transformers.utils import chat_template_utils

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
NOW = "2026-09-03T14:05:09"


class FrozenTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat(NOW)


def message(role, content, **fields):
    return {"role": role, "content": content, **fields}


def call(name, arguments, number=1):
    return {"id": f"call0000{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


CALL = call("weather", {"place": "北京 \"城\"", "days": 2})
OTHER_CALL = call("add", {"a": 1.5, "list": [1, None, True], "deep": {"x": "é"}}, 2)
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Weather of a place — 天气 <b>&'",
            "parameters": {
                "type": "object",
                "properties": {
                    "place": {"type": "string", "description": "a city"},
                    "days": {"type": "integer", "default": 1},
                    "kind": {"type": "string", "enum": ["hour", "day"]},
                },
                "required": ["place"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds",
            "parameters": {
                "type": "object",
                "properties": {
                    "list": {"type": "array", "items": {"type": "number"}},
                    "deep": {"type": "object", "properties": {"x": {"type": ["string", "null"]}}},
                },
            },
        },
    },
]
DOCUMENTS = [{"title": "One", "text": "first text"}, {"title": "Zwei", "text": "ein Text"}]
CONVERSATIONS = {
    "plain": [message("user", "Hello, world!")],
    "system": [message("system", "Be brief."), message("user", "Why?")],
    "turns": [
        message("system", "Be kind."),
        message("user", "Who are you?"),
        message("assistant", "A model."),
        message("user", " And why?\n"),
        message("assistant", "  Nobody knows. "),
        message("user", "Thanks."),
    ],
    "calls": [
        message("user", "Weather?"),
        message("assistant", "", tool_calls=[CALL]),
        message("tool", "sunny", tool_call_id="call00001", name="weather"),
        message("assistant", "It is sunny."),
        message("user", "And in sum?"),
    ],
    "two calls": [
        message("system", "Use tools."),
        message("user", "Both."),
        message("assistant", "I look.", tool_calls=[CALL, OTHER_CALL]),
        message("tool", '{"t": 21}', tool_call_id="call00001", name="weather"),
        message("tool", "2.5", tool_call_id="call00002", name="add"),
    ],
    "reasoning": [
        message("user", "1+1?"),
        message("assistant", "2", reasoning_content="one and one"),
        message("user", "2+2?"),
        message("assistant", "<think>\ntwo and two\n</think>\n\n4", reasoning_content="\nmore\n"),
    ],
    "thoughts": [
        message("user", "1+1?"),
        message("assistant", "<think>\nlong\n</think>\n\n2"),
        message("user", "2+2? /no_think"),
    ],
    "unicode": [message("user", "世界 🏔️ é\u2028\u00a0ẞ 'q' \"d\" \\ <b>"), message("assistant", "👩‍👧 ﬁn\u200b")],
    "blank": [message("system", ""), message("user", "  \n\n a \t\r\n"), message("assistant", "\n"), message("user", "")],
    "none": [message("user", "x"), message("assistant", None, tool_calls=[OTHER_CALL]), message("tool", "y", tool_call_id="call00002")],
    "wrong": [message("user", "a"), message("user", "b"), message("critic", "c")],
}
TEMPLATE_OPTIONS = [
    {"enable_thinking": True, "thinking": True, "reasoning_effort": "high", "thinking_budget": 512},
    {"enable_thinking": False, "thinking": False, "thinking_budget": 0, "date_string": "1 Jan 2025"},
]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": ""}
VARIABLES = {
    "word": "tree",
    "number": 5,
    "flag": True,
    "person": {"name": "Ann Lee", "age": 31, "pets": [{"kind": "cat"}, {"kind": "dog"}]},
    "people": [
        {"name": "Ann", "age": 31, "pet": "cat", "tags": ["x", "y"]},
        {"name": "Bo", "age": 28, "tags": []},
        {"name": "Cy", "age": 31, "pet": None, "tags": ["z"]},
    ],
    "tree": [{"name": "a", "children": [{"name": "b"}, {"name": "c", "children": [{"name": "d"}]}]}, {"name": "e"}],
    "chat": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "user", "content": "there"},
        {"role": "assistant", "content": "Hello"},
    ],
}


def main() -> None:
    chat_template_utils.datetime = FrozenTime
    texts: list[str] = []
    indices: dict[str, int] = {}

    def index_of(text):
        if text is None:
            return None
        if text not in indices:
            indices[text] = len(texts)
            texts.append(text)
        return indices[text]

    variants = _variants()
    templates = {
        path.stem: [index_of(_render(path.read_text(), {**TOKENS, **_variables(each)})) for each in variants]
        for path in sorted((GOLDEN / "templates-families").glob("*.jinja"))
    }
    families = {
        "now": NOW, "tokens": TOKENS, "tools": TOOLS, "documents": DOCUMENTS, "conversations": CONVERSATIONS,
        "variants": variants, "texts": texts, "templates": templates,
    }
    _write("template-families.json", families)
    lines = (GOLDEN / "templates-expressions.txt").read_text().split("\n")
    sources = [line.replace("⏎", "\n") for line in lines if line and not line.startswith("#")]
    expressions = [[source, _render(source, VARIABLES)] for source in sources]
    _write("template-expressions.json", {"now": NOW, "variables": VARIABLES, "expressions": expressions})
    rejected = [source for source, text in expressions if text is None]
    print(len(templates), "templates", len(variants), "variants", len(expressions), "expressions", len(rejected), "rejected")


def _variants():
    without_options = [{"conversation": name} for name in CONVERSATIONS]
    without_prompt = [{"conversation": name, "addGenerationPrompt": False} for name in ("turns", "calls", "reasoning")]
    with_tools = [{"conversation": name, "tools": True} for name in ("system", "calls", "two calls")]
    with_options = [{"conversation": name, "templateOptions": options} for options in TEMPLATE_OPTIONS for name in ("system", "thoughts")]
    return without_options + without_prompt + with_tools + with_options + [{"conversation": "turns", "documents": True}]


def _variables(variant):
    return {
        "messages": CONVERSATIONS[variant["conversation"]],
        "tools": TOOLS if "tools" in variant else None,
        "documents": DOCUMENTS if "documents" in variant else None,
        "add_generation_prompt": variant.get("addGenerationPrompt", True),
        **variant.get("templateOptions", {}),
    }


# Python prints the memory address of some values, which differs between runs.
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def _render(source, variables):
    try:
        text = chat_template_utils._compile_jinja_template(source).render(**variables)
    except Exception:  # any error counts as rejected; the error messages are not compared
        return None
    return ADDRESS.sub(" at ADDRESS", text)


def _write(name, content):
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # Writes each item of long lists on a separate line, so that diffs are readable.
    text = text.replace('],["', '],\n["').replace('","', '",\n"')
    assert json.loads(text) == content
    (GOLDEN / "fixtures" / name).write_text(text + "\n")


if __name__ == "__main__":
    main()
