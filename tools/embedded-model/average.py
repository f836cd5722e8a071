"""Writes a checkpoint with the weighted mean of several checkpoints' weights.

    average.py OUT.pt FIRST.pt=0.3 SECOND.pt=0.45 THIRD.pt=0.25
"""

import sys

import torch


def average(parts: list[tuple[str, float]]) -> dict:
    """Returns a copy of the last checkpoint with the weighted mean of the weights. The shares must add up to 1."""
    if not parts or abs(sum(share for _, share in parts) - 1) > 1e-6:
        raise SystemExit(f"the shares must add up to 1, got {sum(share for _, share in parts)}")
    loaded = [(torch.load(path), share) for path, share in parts]
    result = dict(loaded[-1][0])
    result["model"] = {name: sum(share * checkpoint["model"][name] for checkpoint, share in loaded) for name in result["model"]}
    return result


if __name__ == "__main__":
    pairs = [part.rsplit("=", 1) for part in sys.argv[2:]]
    torch.save(average([(path, float(share)) for path, share in pairs]), sys.argv[1])
