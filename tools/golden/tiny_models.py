"""Tiny models with random weights, and a byte-level BPE tokenizer trained on a few sentences.

The weights are larger than in usual initializations, so that the logits differ clearly and an error in any operation
changes them. All random numbers are seeded.
"""

from dataclasses import dataclass, field

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MinistralConfig,
    MinistralForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Olmo2Config,
    Olmo2ForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    SiglipVisionConfig,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

VOCABULARY = 384
CONTEXT = 128
SPECIAL = ["<|bos|>", "<|im_start|>", "<|im_end|>", "<|pad|>"]
# the pre-tokenizer of Qwen 2
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SENTENCES = [
    "The highest mountain in the world is the one that the others are measured by.",
    "A cache keeps the keys and the values of the tokens that were computed before.",
    "No token is ever computed twice, and the answer is the same to the last bit.",
    "What is the second? And the third? The system answers the user and the user asks again.",
    "今天天气怎么样？晴天，适合去公园。那明天呢？明天有雨，在家看书吧。",
    "世界上最高的山是哪一座？第二高的呢？第三高的呢？",
]


@dataclass(frozen=True)
class Spec:
    """A tiny model. `options` are passed to its configuration class."""

    name: str
    family: str
    options: dict = field(default_factory=dict)
    gguf_types: tuple[str, ...] = ("F16",)
    dtype: torch.dtype = torch.bfloat16  # of the safetensors file
    context: int | None = None  # context length of the engine, if it is not that of the model
    stretched: int | None = None  # the only prompt length to compare, if rotary angles depend on the length
    texts: bool = False  # whether the tokenizer and the chat template are also compared
    model_type: str | None = None  # model_type in config.json, if it is not that of the class used here


def _rope(kind: str, **options) -> dict:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 10_000.0, **options}}


def _ropes(full: dict) -> dict:
    """Returns the rotary embeddings of the two kinds of layers of Gemma 3."""
    window = {"rope_type": "default", "rope_theta": 10_000.0}
    return {"rope_parameters": {"full_attention": {"rope_theta": 1_000_000.0, **full}, "sliding_attention": window}}


def _longrope(pairs: int, original: int) -> dict:
    """Returns two lists of factors, whose effect is visible within the tested lengths."""
    short = [1.0 + 0.1 * pair for pair in range(pairs)]
    long = [1.5 + 0.75 * pair for pair in range(pairs)]
    return {"original_max_position_embeddings": original, **_rope("longrope", short_factor=short, long_factor=long)}


LAYER_TYPES = ["sliding_attention", "full_attention", "sliding_attention"]
MODELS = [
    Spec("llama", "llama", {"hidden_size": 64, "intermediate_size": 128, "tie_word_embeddings": False,
                            **_rope("default") }, ("F16", "Q8_0"), torch.float32, texts=True),
    Spec("gpt2", "gpt2", {}, ("BF16",), torch.float32, texts=True),
    Spec("llama-biased", "llama", {"attention_bias": True, "mlp_bias": True}, ("Q4_0", "Q5_1")),
    Spec("llama-linear", "llama", _rope("linear", factor=4.0)),
    Spec("llama-llama3", "llama", _rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                        original_max_position_embeddings=32)),
    Spec("llama-yarn", "llama", _rope("yarn", factor=4.0, original_max_position_embeddings=32)),
    Spec("llama-dynamic", "llama", {"max_position_embeddings": 32, **_rope("dynamic", factor=4.0)}, (),
         stretched=96),
    Spec("mistral", "mistral", {"sliding_window": 12}, ("F16", "Q4_1")),
    # Checkpoints have the model type mistral, but in transformers only Ministral applies layer_types.
    Spec("mistral-layers", "ministral", {"num_hidden_layers": 3, "sliding_window": 12, "layer_types": LAYER_TYPES}, (),
         torch.float32, model_type="mistral"),
    Spec("ministral", "ministral", {"sliding_window": 12, "layer_types": ["full_attention", "sliding_attention"]}, ()),
    Spec("qwen2", "qwen2", {"use_sliding_window": False}, ("F16", "Q5_0")),
    Spec("qwen2-window", "qwen2", {"use_sliding_window": True, "sliding_window": 9, "max_window_layers": 1}, ()),
    Spec("qwen3", "qwen3", {}, ("F16", "Q8_0")),
    Spec("smollm3", "smollm3", {"num_hidden_layers": 4}, ("F16", "Q4_0")),
    Spec("smollm3-window", "smollm3", {"num_hidden_layers": 3, "no_rope_layers": [0, 1, 0],
                                       "use_sliding_window": True, "sliding_window": 9}, ()),
    Spec("granite", "granite", {"embedding_multiplier": 3.0, "residual_multiplier": 0.6, "attention_multiplier": 0.4,
                                "logits_scaling": 2.5}, ("F16", "Q8_0")),
    # The limits are small enough to change scores and logits. Only eager attention implements that of the scores.
    Spec("gemma2", "gemma2", {"num_hidden_layers": 4, "sliding_window": 12, "query_pre_attn_scalar": 16,
                              "attn_logit_softcapping": 3.0, "final_logit_softcapping": 8.0,
                              "attn_implementation": "eager"}, ("F16", "Q8_0"), torch.float32),
    # Every sixth layer attends to all tokens, as llama.cpp assumes.
    Spec("gemma3", "gemma3_text", {"num_hidden_layers": 6, "sliding_window": 12, "query_pre_attn_scalar": 16,
                                   "rms_norm_eps": 1e-6, **_ropes({"rope_type": "linear", "factor": 4.0})},
         ("F16", "Q8_0")),
    Spec("gemma3-images", "gemma3", {"num_hidden_layers": 3, "sliding_window": 9, "layer_types": LAYER_TYPES,
                                     "query_pre_attn_scalar": 40, **_ropes({"rope_type": "default"})}, ()),
    Spec("phi3", "phi3", {"head_dim": 8, **_rope("default", partial_rotary_factor=0.75)}, ("F16", "Q8_0")),
    Spec("phi3-window", "phi3", {"head_dim": 8, "sliding_window": 12}, ()),
    # The lists for contexts up to 96 tokens and for longer contexts.
    Spec("phi3-short", "phi3", {"head_dim": 8, **_longrope(4, 96)}, ("F16",), context=96),
    Spec("phi3-long", "phi3", {"head_dim": 8, **_longrope(4, 32)}, ("F16",), stretched=96),
    Spec("olmo2", "olmo2", {"hidden_size": 64, "intermediate_size": 128, "tie_word_embeddings": False},
         ("F16", "Q8_0")),
]
CLASSES = {
    "gemma2": (Gemma2Config, Gemma2ForCausalLM),
    "gemma3_text": (Gemma3TextConfig, Gemma3ForCausalLM),
    "granite": (GraniteConfig, GraniteForCausalLM),
    "llama": (LlamaConfig, LlamaForCausalLM),
    "ministral": (MinistralConfig, MinistralForCausalLM),
    "mistral": (MistralConfig, MistralForCausalLM),
    "olmo2": (Olmo2Config, Olmo2ForCausalLM),
    "phi3": (Phi3Config, Phi3ForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "smollm3": (SmolLM3Config, SmolLM3ForCausalLM),
}


def build(spec: Spec, seed: int):
    """Returns the model in float32, with weights rounded to `spec.dtype`, the type of its safetensors file."""
    model = _gpt2() if spec.family == "gpt2" else _gemma3_with_images(spec) if spec.family == "gemma3" else _gated(spec)
    _randomize(model, seed)
    with torch.no_grad():
        for weight in model.parameters():  # not buffers: rotary frequencies stay float32
            weight.copy_(weight.to(spec.dtype).float())
    return model


def _gated(spec: Spec):
    config_class, model_class = CLASSES[spec.family]
    return model_class(config_class(**_options(spec)))


def _gemma3_with_images(spec: Spec) -> Gemma3ForConditionalGeneration:
    vision = SiglipVisionConfig(
        hidden_size=4, intermediate_size=4, num_hidden_layers=1, num_attention_heads=1, image_size=8, patch_size=4
    )
    text = Gemma3TextConfig(**_options(spec))
    return Gemma3ForConditionalGeneration(Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4))


def _options(spec: Spec) -> dict:
    options = dict(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=3,
        **_rope("default"),
    )
    return {**options, **spec.options}


def _gpt2() -> GPT2LMHeadModel:
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
    return GPT2LMHeadModel(config)


def _randomize(model, seed: int):
    generator = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        is_norm = "norm" in name or ".ln_" in name
        # Gemma 3 adds 1. Larger queries and keys would make the tokens depend on the rounding of activations to 8 bits.
        mean = 0 if model.config.model_type.startswith("gemma3") and ("q_norm" in name or "k_norm" in name) else 1
        with torch.no_grad():
            if name.endswith("bias"):
                weight.copy_(0.1 * noise)
            else:
                weight.copy_(mean + 0.2 * noise if is_norm else 0.2 * noise)
    return model.float().eval()


def tokenizer(family: str) -> PreTrainedTokenizerFast:
    """Returns a tokenizer: for gpt2 as in GPT-2, otherwise with the pre-tokenizer of Qwen 2 and a BOS token at the start."""
    inner = Tokenizer(models.BPE())
    if family != "gpt2":
        inner.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(QWEN2_PATTERN), behavior="isolated"),
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
    inner.train_from_iterator(SENTENCES * 4, trainer)
    assert inner.get_vocab_size() == VOCABULARY, inner.get_vocab_size()
    if family != "gpt2":
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
    if family != "gpt2":
        fast.chat_template = CHAT_TEMPLATE
    return fast
