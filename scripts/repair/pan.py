#!/usr/bin/env python3
"""Whether repair brings reworded sentences nearer to their originals.

    scripts/repair/pan.py PAIRS SCORER [--gate on|off] [ARGUMENTS OF repair_score...]

PAIRS is pairs.jsonl.gz of pairs_pan (records with `original`, `other`, `spin_like`), SCORER the built example
`repair_score`. Each `other` of a pair that is `spin_like` goes through the stage as a document of its own; its distance
to `original` is counted in words (Levenshtein, case and punctuation aside) before and after. Without --gate both are run.
For measuring only: nothing is to be tuned on these pairs.
"""

import argparse
import gzip
import json
import re
import subprocess
import tempfile
from pathlib import Path

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of `text` in lower case."""
    return WORD.findall(text.lower().replace("’", "'"))


def distance(a: list[str], b: list[str]) -> int:
    """Fewest words to put in, take out or exchange to make `b` of `a`."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def spin_like(path: Path) -> list[dict]:
    """The pairs that look spun."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [pair for line in lines if (pair := json.loads(line))["spin_like"]]


def repaired(pairs: list[dict], scorer: Path, arguments: list[str]) -> list[dict]:
    """What the stage makes of each `other`."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
        rows = (json.dumps({"id": p["id"], "text": p["other"]}) for p in pairs)
        source.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
        subprocess.run([scorer, *arguments, source, result], check=True)
        return [json.loads(line) for line in result.read_text(encoding="utf-8").splitlines()]


def report(pairs: list[dict], rows: list[dict]) -> str:
    """One line of figures."""
    before, after = [], []
    for pair, row in zip(pairs, rows, strict=True):
        original = words(pair["original"])
        before.append(distance(words(pair["other"]), original))
        after.append(distance(words(row["text"]), original))
    changes = [b - a for a, b in zip(before, after)]
    n = len(pairs)

    def share(count: int) -> str:
        return f"{count} ({100 * count / n:.1f} %)"

    return (
        f"{n} pairs, {sum(r['spun'] for r in rows)} called spun, {sum(bool(r['edits']) for r in rows)} edited "
        f"({sum(len(r['edits']) for r in rows)} edits); mean distance {sum(before) / n:.3f} -> {sum(after) / n:.3f} "
        f"words (mean change {sum(changes) / n:+.4f}); fell {share(sum(c < 0 for c in changes))}, "
        f"rose {share(sum(c > 0 for c in changes))}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--gate", choices=["on", "off"])
    args, more = parser.parse_known_args()
    pairs = spin_like(args.pairs)
    for gate in [args.gate] if args.gate else ["on", "off"]:
        rows = repaired(pairs, args.scorer, ["--gate", gate, *more])
        print(f"gate {gate}: {report(pairs, rows)}")


if __name__ == "__main__":
    main()
