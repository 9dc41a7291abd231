"""What every peer needs: documents in, texts or pairs out."""

import json
import re
import sys
from pathlib import Path

SIMILARITY = 0.8
SHINGLE_WORDS = 5


def arguments():
    """The corpus to read and the folder to write to."""
    corpus, out = map(Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    return corpus, out


def documents(corpus):
    """(id, text) of each line, one at a time."""
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield record["id"], record["text"]


def word_shingles(text, words=re.compile(r"\w+").findall):
    """Runs of five lower-case words as strings, for tools that leave cutting to the caller."""
    cut = words(text.lower())
    if len(cut) < SHINGLE_WORDS:
        return [" ".join(cut)]
    return [" ".join(run) for run in zip(cut, cut[1:], cut[2:], cut[3:], cut[4:])]


def write_pairs(out, pairs):
    """Pairs of ids, sorted, one a line."""
    with (out / "pairs.tsv").open("w", encoding="utf-8") as file:
        file.writelines(f"{a}\t{b}\n" for a, b in sorted({(min(p), max(p)) for p in pairs}))
