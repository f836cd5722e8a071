"""Writes tests/golden/fixtures/embeddings: a tiny embedding model, and the vectors that transformers computes with it.

    python tools/golden/make_embeddings.py

tiny-qwen3-embedding is saved as Qwen 3 Embedding models are: without output head, tensor names without the prefix `model.`, with the
files of Sentence Transformers, and with a tokenizer that appends a token. The GGUF has the metadata that llama.cpp's converter writes.
golden.json contains for each text its token ids and the normalized vectors of both pooling methods.
"""

import copy
import json
import shutil
from pathlib import Path

import gguf
import gguf_file
import make_golden
import tiny_models
import torch
from tokenizers import processors

FOLDER = make_golden.FIXTURES / "embeddings"
NAME = "tiny-qwen3-embedding"
END = "<|pad|>"
TEXTS = [
    *[text for text in make_golden.TEXTS if text],
    *tiny_models.SENTENCES,
    "Instruct: Find the answer.\nQuery: What is the second?",
    "a",
]
SPEC = tiny_models.Spec("qwen3-embedding", "qwen3", {"tie_word_embeddings": False, "num_hidden_layers": 3})


def main() -> None:
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    folder = FOLDER / NAME
    model, tokenizer = tiny_models.build(SPEC, make_golden.SEED), _tokenizer()
    copy.deepcopy(model).model.to(SPEC.dtype).save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save_pretrained(folder, save_jinja_files=False)
    _write_modules(folder)
    make_golden._write(FOLDER / "golden.json", _golden(model.model, tokenizer))
    _write_gguf(model, tokenizer, FOLDER / f"{NAME}-f16.gguf")


def _tokenizer():
    tokenizer = tiny_models.tokenizer("qwen3")
    ids = tokenizer.get_vocab()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=f"$A $B {END}", special_tokens=[(END, ids[END])]
    )
    return tokenizer


def _write_modules(folder: Path) -> None:
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [
        {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for index, (path, kind) in enumerate(kinds)
    ]
    pooling = {
        "word_embedding_dimension": 32,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": False,
        "pooling_mode_max_tokens": False,
        "pooling_mode_lasttoken": True,
        "include_prompt": True,
    }
    (folder / "1_Pooling").mkdir()
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n")
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=2) + "\n")


def _golden(model, tokenizer) -> list[dict]:
    entries = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        with torch.no_grad():
            hidden = model(torch.tensor([ids])).last_hidden_state[0]
        vectors = {"last": hidden[-1], "mean": hidden.mean(dim=0)}
        normalized = {method: torch.nn.functional.normalize(vector, dim=0) for method, vector in vectors.items()}
        rounded = {method: [float(f"{x:.7g}") for x in vector] for method, vector in normalized.items()}
        entries.append({"text": text, "tokens": ids, **rounded})
    return entries


def _write_gguf(model, tokenizer, path: Path) -> None:
    tied = copy.deepcopy(model)  # a converter writes no head for a checkpoint without one
    tied.config.tie_word_embeddings = True
    writer_class = gguf.GGUFWriter
    end = tokenizer.get_vocab()[END]

    class Writer(writer_class):
        def add_eos_token_id(self, _id: int) -> None:
            super().add_eos_token_id(end)
            super().add_add_eos_token(True)
            super().add_pooling_type(gguf.PoolingType.LAST)

        def add_add_bos_token(self, _value: bool) -> None:
            super().add_add_bos_token(False)

    gguf.GGUFWriter = Writer
    try:
        gguf_file.write(tied, tokenizer, path, "F16")
    finally:
        gguf.GGUFWriter = writer_class


if __name__ == "__main__":
    main()
