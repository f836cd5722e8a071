"""Tiny models with random weights, and a byte-level BPE tokenizer trained on a few sentences.

Weights are larger than a fresh initialization's, so that logits differ clearly and an error anywhere
shows in them. Everything is seeded.
"""

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 384
CONTEXT = 128
SPECIAL = ["<|bos|>", "<|im_start|>", "<|im_end|>", "<|pad|>"]
# how Qwen 2 splits text before BPE
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT = [
    "The highest mountain in the world is the one that the others are measured by.",
    "A cache keeps the keys and the values of the tokens that were computed before.",
    "No token is ever computed twice, and the answer is the same to the last bit.",
    "What is the second? And the third? The system answers the user and the user asks again.",
    "今天天气怎么样？晴天，适合去公园。那明天呢？明天有雨，在家看书吧。",
    "世界上最高的山是哪一座？第二高的呢？第三高的呢？",
]


def llama(seed: int) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 50000.0},
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=3,
    )
    return _lively(LlamaForCausalLM(config), seed)


def gpt2(seed: int) -> GPT2LMHeadModel:
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=CONTEXT,
        n_embd=64,
        n_layer=2,
        n_head=4,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=3,
    )
    return _lively(GPT2LMHeadModel(config), seed)


def _lively(model, seed: int):
    generator = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        is_norm = "norm" in name or ".ln_" in name
        with torch.no_grad():
            if name.endswith("bias"):
                weight.copy_(0.1 * noise)
            else:
                weight.copy_(1 + 0.2 * noise if is_norm else 0.2 * noise)
    return model.float().eval()


def tokenizer(family: str) -> PreTrainedTokenizerFast:
    """The llama one splits as Qwen 2 does and begins with BOS; the gpt2 one is GPT-2's."""
    inner = Tokenizer(models.BPE())
    if family == "llama":
        inner.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    else:
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(TEXT * 4, trainer)
    assert inner.get_vocab_size() == VOCABULARY, inner.get_vocab_size()
    if family == "llama":
        inner.post_processor = processors.TemplateProcessing(
            single="<|bos|> $A", pair="<|bos|> $A $B", special_tokens=[("<|bos|>", 0)]
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<|bos|>",
        eos_token="<|im_end|>",
        pad_token="<|pad|>",
        additional_special_tokens=["<|im_start|>"],
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    if family == "llama":
        fast.chat_template = CHAT_TEMPLATE
    return fast
