"""Writes tests/golden/fixtures/quants.json: random blocks of each quantized type, and their values as decoded by `gguf`.

    python tools/golden/make_quants.py

All bytes are random, but f16 scales and minima are made finite. Blocks and float32 values are stored as base64.
"""

import base64
import json
from pathlib import Path

import gguf
import numpy as np

OUT = Path(__file__).resolve().parents[2] / "tests" / "golden" / "fixtures" / "quants.json"
ROWS, COLUMNS = 3, 512
# by type: byte offsets of the f16 values in a block
F16_OFFSETS = {
    "Q8_0": [0],
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
}


def main() -> None:
    numbers = np.random.default_rng(20_26)
    types = {}
    for name, offsets in F16_OFFSETS.items():
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = numbers.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
        for offset in offsets:
            bits = blocks[:, offset : offset + 2].copy().view(np.uint16)
            # Clears a bit of exponents in which all bits are 1, which would mean infinity or NaN.
            blocks[:, offset : offset + 2] = np.where(bits & 0x7C00 == 0x7C00, bits & ~np.uint16(0x4000), bits).view(np.uint8)
        values = gguf.quants.dequantize(blocks.reshape(ROWS, -1), kind)
        assert values.shape == (ROWS, COLUMNS) and np.isfinite(values).all()
        types[name] = {"blocks": _base64(blocks), "values": _base64(values.astype("<f4"))}
    facts = {"rows": ROWS, "columns": COLUMNS, "numpy": np.__version__, "types": types}
    OUT.write_text(json.dumps(facts, indent=0) + "\n", encoding="utf8")


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


if __name__ == "__main__":
    main()
