"""Writes tests/golden/fixtures/adapters: LoRA adapters of PEFT for tiny models, and what PEFT computes with them, unmerged.

    python tools/golden/make_adapters.py

Each folder holds the adapter and golden.json: for each base model that the adapter is used with, logits and greedy tokens.
llama/adapter.gguf is the same adapter as llama, as convert_lora_to_gguf.py of llama.cpp writes it.
"""

import copy
import json
import random
import shutil
import tempfile
from pathlib import Path

import gguf
import gguf_file
import make_golden
import numpy as np
import peft
import tiny_models
import torch
from greedy import greedy, logits

FOLDER = make_golden.FIXTURES / "adapters"
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
PATTERNS = {
    "rank_pattern": {"q_proj": 2, r"layers\.1\.mlp\.down_proj": 6},
    "alpha_pattern": {"v_proj": 16, r"^model\.layers\.0\.mlp\.up_proj": 3},
}
ADAPTERS = {
    "plain": ("qwen2", torch.float32, {"r": 4, "lora_alpha": 8, "target_modules": ALL}),
    "rslora": ("qwen2", torch.float16, {"r": 8, "lora_alpha": 4, "use_rslora": True, "target_modules": ["q_proj", "v_proj"]}),
    "patterns": ("qwen2", torch.bfloat16, {"r": 4, "lora_alpha": 6, "target_modules": "all-linear", **PATTERNS}),
    "one": ("qwen2", torch.float32, {"r": 1, "lora_alpha": 2, "target_modules": r".*\.(k_proj|gate_proj)"}),
    "llama": ("llama", torch.float32, {"r": 4, "lora_alpha": 4, "target_modules": [*ALL, "lm_head"]}),
    "gpt2": ("gpt2", torch.float32, {"r": 4, "lora_alpha": 4, "target_modules": ["c_attn", "c_fc"], "fan_in_fan_out": True}),
}


def main() -> None:
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    specs = {spec.name: spec for spec in tiny_models.MODELS}
    for index, (name, (base, dtype, options)) in enumerate(ADAPTERS.items()):
        spec, folder = specs[base], FOLDER / name
        adapted = _adapted(tiny_models.build(spec, make_golden.SEED), dtype, options, seed=index)
        adapted.to(dtype).save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        (folder / "adapter_model.safetensors").chmod(0o644)
        bases = {f"tiny-{base}": tiny_models.build(spec, make_golden.SEED)}
        if base == "llama":
            bases["tiny-llama-f16.gguf"] = _stored_as_gguf(bases["tiny-llama"], spec)
            _write_gguf(adapted, bases["tiny-llama"].config, options["lora_alpha"], folder / "adapter.gguf")
        golden = {model: _facts(_with_adapter(weights, folder)) for model, weights in bases.items()}
        make_golden._write(folder / "golden.json", golden)


def _adapted(model, dtype: torch.dtype, options: dict, seed: int):
    """Returns the model with random adapters, rounded to `dtype`."""
    adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **options))
    adapted.peft_config["default"].base_model_name_or_path = "tiny"
    generator = torch.Generator().manual_seed(seed)
    for parameter_name, weight in adapted.named_parameters():
        if "lora_" in parameter_name:
            with torch.no_grad():
                weight.copy_((0.3 * torch.randn(weight.shape, generator=generator)).to(dtype).float())
    return adapted


def _with_adapter(model, folder: Path):
    """Returns the model with the adapter. PEFT also loads a copy of the output layer, which does not have the rounding of a GGUF."""
    head = model.get_output_embeddings().weight.detach().clone()
    adapted = peft.PeftModel.from_pretrained(model, folder).float().eval()
    with torch.no_grad():
        adapted.get_base_model().get_output_embeddings().weight.copy_(head)
    return adapted


def _facts(model) -> dict:
    numbers = random.Random(make_golden.SEED)
    random_tokens = lambda length: [numbers.randrange(4, tiny_models.VOCABULARY) for _ in range(length)]
    prompts = []
    for length in make_golden.PROMPT_LENGTHS:
        tokens = random_tokens(length)
        prompts.append({"tokens": tokens, "logits": [round(value, 6) for value in logits(model, tokens)[-1].tolist()]})
    candidates = [(prompt, greedy(model, prompt, 32)) for prompt in (random_tokens(9) for _ in range(24))]
    candidates = [candidate for candidate in candidates if 2 not in candidate[1].tokens] or candidates  # 2 ends an answer
    prompt, result = max(candidates, key=lambda candidate: candidate[1].min_margin)
    return {"prompts": prompts, "greedy": {"prompt": prompt, "tokens": result.tokens, "minMargin": round(result.min_margin, 4)}}


def _stored_as_gguf(model, spec):
    with tempfile.TemporaryDirectory() as folder:
        return gguf_file.write(copy.deepcopy(model), tiny_models.tokenizer(spec.family), Path(folder) / "model.gguf", "F16")


def _write_gguf(adapted, config, alpha: float, path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for parameter_name, weight in adapted.named_parameters():
        if "lora_" not in parameter_name:
            continue
        module, matrix = parameter_name.removeprefix("base_model.model.").split(".lora_")
        gguf_name = names.get_name(f"{module}.weight", try_suffixes=(".weight",))
        array = weight.detach().float().numpy()
        if matrix.startswith("B"):
            array = gguf_file._to_gguf(f"{module}.weight", array, config)
        writer.add_tensor(f"{gguf_name}.lora_{matrix[0].lower()}", np.ascontiguousarray(array))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
