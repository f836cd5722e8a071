"""Command line of the dialogue generator.

    generate.py sample 20          prints dialogues to read
    generate.py corpus 60000 FILE  writes one message per line, to train the tokenizer
    generate.py eval FILE          writes 150 dialogues per language with held-out values, the set `generated` of evaluate.ts
"""

import json
import random
import sys
from pathlib import Path

import dialogue
from domain.values import Values

EVAL_SEED = 20_000_003


def sample(count: int, seed: int) -> None:
    rng, values = random.Random(seed), Values(evaluation=False)
    for _ in range(count):
        generated = dialogue.training_dialogue(rng, values, rng.random())
        print("-" * 8, generated.lang, generated.system or "")
        for turn in generated.turns:
            print(f"  {turn.kind:14}{'*' if turn.depends else ' '} {turn.user}\n{'':18}> {turn.answer}")


def corpus(count: int, path: Path) -> None:
    rng, values = random.Random(1), Values(evaluation=False, random_share=0.1)
    with path.open("w") as out:
        for _ in range(count // 2):  # plausible Chinese values, so that their characters become tokens
            for kind in ("name", "city", "petname", "food"):
                out.write(values.plausible(rng, kind, "zh") + "\n")
        for _ in range(count):
            for turn in dialogue.training_dialogue(rng, values, rng.random()).turns:
                out.write(turn.user.replace("\n", " ") + "\n" + turn.answer + "\n")


def evaluation(path: Path) -> None:
    rng, values = random.Random(EVAL_SEED), Values(evaluation=True, random_share=0.1)
    with path.open("w") as out:
        for lang in ("en", "zh"):
            for number in range(150):
                plan = rng.choices(list(dialogue.EVALUATION_PLANS), list(dialogue.EVALUATION_PLANS.values()))[0]
                generated = dialogue.generate_dialogue(rng, values, plan, rng.randrange(6, 11), lang)
                turns = [{"user": turn.user, "exact": turn.answer, "dependsOnEarlier": turn.depends, "kind": turn.kind} for turn in generated.turns]
                out.write(json.dumps({"id": f"{lang}-{number + 1:03}", "lang": lang, "turns": turns}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    command = sys.argv[1]
    if command == "sample":
        sample(int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 7)
    elif command == "corpus":
        corpus(int(sys.argv[2]), Path(sys.argv[3]))
    elif command == "eval":
        evaluation(Path(sys.argv[2]))
    else:
        sys.exit(f"unknown command {command}; use sample, corpus or eval")
