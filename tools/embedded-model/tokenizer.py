"""Trains the byte-level BPE tokenizer on generated text, and loads it.

During training each Han character is a separate word, so that no merge contains two of them. The saved tokenizer uses the
Qwen2 pre-tokenizer without this split, as `tokenizer.ggml.pre = qwen2` requires.
"""

import sys
import tempfile
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PATH = Path(__file__).parent / "tokenizer.json"
VOCAB_SIZE = 4096
SPECIALS = ["<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
PAD, SYSTEM, USER, ASSISTANT, END = range(5)
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
         r"\s*[\r\n]+|\s+(?!\S)|\s+")
TEMPLATE = ("{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}")


def train(corpus: Path) -> None:
    tokenizer = Tokenizer(models.BPE())
    words = pre_tokenizers.Split(Regex(QWEN2), "isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    han = pre_tokenizers.Split(Regex(r"\p{Han}"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, han, to_bytes])
    trainer = trainers.BpeTrainer(vocab_size=VOCAB_SIZE, special_tokens=[AddedToken(name, special=True) for name in SPECIALS],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train([str(corpus)], trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(PATH))
    print(f"{tokenizer.get_vocab_size()} tokens -> {PATH.name}")


def load() -> Tokenizer:
    return Tokenizer.from_file(str(PATH))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(Path(sys.argv[1]))
    else:
        import generate
        with tempfile.TemporaryDirectory() as folder:
            generate.corpus(60_000, Path(folder) / "corpus.txt")
            train(Path(folder) / "corpus.txt")
