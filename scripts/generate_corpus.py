#!/usr/bin/env python3
"""Writes a corpus of mutated real text with planted near-duplicates, for benchmarks.

    scripts/generate_corpus.py --mb 100 --out target/corpus.jsonl

Every document is recombined from real sentences: a sentence is followed for 4 to 12 words, then continued at another
place where its last two words stand too, so phrases are attested and long passages do not repeat by accident. A few
words are swapped, dropped or exchanged. A share of the documents is dressed as web text is: lines of a site around it,
curly punctuation, entities, UTF-8 once read as Windows-1252. 5 % are near-copies of an earlier document.

Writes OUT (JSON lines with "id" and "text"), OUT.pairs.tsv (the planted pairs with their exact similarity) and
OUT.meta.json. Same sources, size, seed and version of this file: same bytes. Only `random()` is drawn, because it
alone is promised to stay the same over Python versions. Needs nothing but Python 3.10.
"""

import argparse
import ast
import gzip
import hashlib
import json
import math
import os
import random
import re
import sys
import sysconfig
from array import array
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHINGLE_WORDS = 5
MUTATION = 0.03  # share of words changed in every document, so that no long run is verbatim
COPIES = 0.05
COPY_CHANGES = (0.02, 0.20)
COPY_WINDOW = 300  # a copy follows its original within about this many documents, so that prefixes hold pairs too
BOILERPLATE = 0.40
CURLY = 0.50
MOJIBAKE = 0.06
ENTITIES = 0.03
SITES = 200
BREAK = "\n\n"


def read_sources(paths):
    """Texts of the given files and folders, in sorted order: .txt, .jsonl and .jsonl.gz (field "text")."""
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix == ".txt":
                yield file.read_text("utf-8", "replace")
            elif file.name.endswith((".jsonl", ".jsonl.gz")):
                opener = gzip.open if file.suffix == ".gz" else open
                with opener(file, "rt", encoding="utf-8") as lines:
                    for line in lines:
                        yield json.loads(line)["text"]


def page_lines(texts):
    """Short lines that are no sentences: what stands around the text of a page."""
    lines = {" ".join(line.split()) for text in texts for line in text.splitlines()}
    return sorted(line for line in lines if 0 < len(line.split()) < 12 and line[-1] not in ".!?:;,\"'”’")


def standard_library_texts():
    """Docstrings of Python's standard library and its language reference: a few MB of prose on every machine."""
    root = Path(sysconfig.get_paths()["stdlib"])
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        if {"site-packages", "test", "tests", "idlelib", "lib2to3", "turtledemo"} & set(parts):
            continue
        try:
            tree = ast.parse(file.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError, OSError):
            continue
        if parts[0] == "pydoc_data":
            # a dict of help pages; strings alone are wanted
            yield from (
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 400
            )
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                text = ast.get_docstring(node)
                if text and len(text) > 200:
                    yield text


class Source:
    """Real prose as one row of words, with where sentences end and where else two words stand side by side."""

    def __init__(self, texts):
        self.words = []
        last = []
        for text in texts:
            self._add(text, last)
        if not self.words:
            sys.exit("error: the sources hold no prose")
        self._index(last)

    def _add(self, text, last):
        for paragraph in re.split(r"\n\s*\n|\n(?=\s{4})", text):
            paragraph_words = paragraph.split()
            if len(paragraph_words) < 8:
                continue
            for i, word in enumerate(paragraph_words):
                final = i + 1 == len(paragraph_words)
                ends = word.rstrip("\"')”’")[-1:] in {".", "!", "?"}
                if final or (ends and len(word) > 3 and paragraph_words[i + 1][0].isupper()):
                    last.append(len(self.words) + i)
            self.words += paragraph_words

    def _index(self, last):
        n = len(self.words)
        # end[i]: the last word of the sentence that word i stands in
        self.end = array("L", bytes(array("L").itemsize * n))
        self.starts = array("L")
        start = 0
        for stop in last:
            self.starts.append(start)
            for i in range(start, stop + 1):
                self.end[i] = stop
            start = stop + 1
        ids = {}
        keys = array("L", (ids.setdefault(word, len(ids)) for word in self.words))
        pairs = [keys[i] << 32 | keys[i + 1] for i in range(n - 1)]
        self.order = array("L", sorted(range(n - 1), key=pairs.__getitem__))
        self.low = array("L", bytes(array("L").itemsize * n))
        self.high = array("L", self.low)
        begin = 0
        for i in range(1, n):
            if i == n - 1 or pairs[self.order[i]] != pairs[self.order[begin]]:
                for j in range(begin, i):
                    self.low[self.order[j]], self.high[self.order[j]] = begin, i
                begin = i
        self.plain = [word for word in self.words if word.isalpha() and word.islower()]

    def sentence(self, draw):
        """A new sentence, made of runs of real ones that join where two words are the same."""
        words, end = self.words, self.end
        at = self.starts[int(draw() * len(self.starts))]
        out = []
        while True:
            last = end[at]
            stop = at + 4 + int(draw() * 9)
            if stop > last or len(out) > 50:
                out += words[at : last + 1]
                return out
            out += words[at:stop]
            joint = stop - 2
            low = self.low[joint]
            there = self.order[low + int(draw() * (self.high[joint] - low))]
            at = there + 2
            if at >= len(words) or end[there] <= there + 1:
                return out


def changed(words, share, source, draw):
    """`words` with about this share of them swapped, dropped, exchanged with the next, or joined by a new one."""
    out = []
    at = 0
    scale = 1.0 / math.log1p(-share)
    while True:
        skip = int(math.log(1.0 - draw()) * scale)
        out += words[at : at + skip]
        at += skip
        if at >= len(words):
            return out
        word = words[at]
        at += 1
        kind = draw()
        if word is BREAK:
            out.append(word)
        elif kind < 0.55:
            out.append(source.plain[int(draw() * len(source.plain))])
        elif kind < 0.75:
            pass
        elif kind < 0.90 and at < len(words) and words[at] is not BREAK:
            out += (words[at], word)
            at += 1
        else:
            out += (word, source.plain[int(draw() * len(source.plain))])


def rewritten(words, share, source, draw):
    """`words` with about this share of them replaced in runs of 8 to 25, as an editor rewrites or cuts a sentence."""
    out = list(words)
    left = share * len(words)
    while left >= 4 and len(out) > 16:
        run = min(8 + int(draw() * 18), max(4, int(left)))
        at = int(draw() * (len(out) - run))
        fresh = [] if draw() < 0.3 else source.sentence(draw)[:run]
        out[at : at + run] = fresh
        left -= run
    return out


def document(source, draw):
    """Words of one document with paragraph breaks. The length is log-normal with a median of 380 words."""
    normal = math.sqrt(-2.0 * math.log(1.0 - draw())) * math.cos(2.0 * math.pi * draw())
    length = min(8000, max(60, int(380 * math.exp(0.8 * normal))))
    words = []
    while len(words) < length:
        for _ in range(1 + int(draw() * 4)):
            words += source.sentence(draw)
        words.append(BREAK)
    words.pop()
    return changed(words, MUTATION, source, draw)


# Windows-1252 as browsers read it: the five bytes without a letter stand for themselves.
MISREAD = [bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in range(256)]


def dress(words, looks, site, draw):
    """The text as a page shows it. `looks` is what an original and its copy have in common."""
    text = " ".join(words).replace(f" {BREAK} ", BREAK).replace(f"{BREAK} ", BREAK).strip()
    if "curly" in looks:
        text = re.sub(r'"(?=\w)', "“", text).replace('"', "”").replace("'", "’").replace("--", "—")
    if "entities" in looks:
        text = text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;").replace("”", "&rdquo;")
    if site is not None:
        above, below = site
        text = "\n".join([*above, "", text, "", *below])
    if "mojibake" in looks:
        text = "".join(map(MISREAD.__getitem__, text.encode("utf-8")))
    return text


def shingles(text):
    """The set of runs of five words, lower-case, that similarity is measured on."""
    words = re.findall(r"\w+", text.lower())
    if len(words) < SHINGLE_WORDS:
        return {tuple(words)} if words else set()
    return set(zip(*(words[i:] for i in range(SHINGLE_WORDS))))


def jaccard(a, b):
    """Shared shingles of two texts over all of theirs."""
    a, b = shingles(a), shingles(b)
    return len(a & b) / max(1, len(a | b))


def documents(source, lines, draw, limit):
    """Documents as (text, planted), until they hold `limit` bytes; planted is None or (original, kind, share)."""

    def some_of(count):
        return [lines[int(draw() * len(lines))] for _ in range(count)]

    sites = [(some_of(2 + int(draw() * 4)), some_of(3 + int(draw() * 6))) for _ in range(SITES)]
    waiting = []  # (due, number, words, looks) of originals to be copied
    size = number = 0
    while size < limit:
        planted = None
        due = next((i for i, w in enumerate(waiting) if w[0] <= number), None)
        if due is not None:
            _, original, words, looks = waiting.pop(due)
            low, high = COPY_CHANGES
            share = low * (high / low) ** draw()
            kind, change = ("scattered", changed) if draw() < 0.5 else ("rewritten", rewritten)
            words = change(words, share, source, draw)
            planted = (original, kind, share)
        else:
            words = document(source, draw)
            looks = {
                name
                for name, odds in (("curly", CURLY), ("entities", ENTITIES), ("mojibake", MOJIBAKE))
                if draw() < odds
            }
            if "mojibake" in looks:
                looks.add("curly")  # plain ASCII cannot be misread
            if draw() < COPIES / (1.0 - COPIES):
                waiting.append((number + 1 + int(draw() * COPY_WINDOW), number, words, looks))
        site = sites[int(draw() * SITES)] if draw() < BOILERPLATE else None
        text = dress(words, looks, site, draw)
        size += len(text.encode("utf-8"))
        number += 1
        yield text, planted


def default_sources():
    """The seeds, and the newswire stories of the shared data; without those, Python's own documentation."""
    shared = Path(os.environ.get("LIMPID_SHARED", ROOT / ".." / "shared"))
    stories = shared / "data" / "dup_reuters" / "docs.jsonl.gz"
    seeds = [ROOT / "seeds"]
    if stories.is_file():
        return "seeds + Reuters stories of 1987", read_sources([*seeds, stories])
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"seeds + documentation of Python {python}", (
        text for part in (read_sources(seeds), standard_library_texts()) for text in part
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mb", type=float, default=100, help="text in MB (10^6 bytes of UTF-8) [default: 100]")
    parser.add_argument("--seed", type=int, default=1, help="[default: 1]")
    parser.add_argument("--out", type=Path, required=True, help="file to write, such as target/corpus.jsonl")
    parser.add_argument(
        "--source", type=Path, action="append", help="real text instead: file or folder of .txt, .jsonl, .jsonl.gz"
    )
    args = parser.parse_args()

    name, texts = ("given files", read_sources(args.source)) if args.source else default_sources()
    source = Source(texts)
    lines = page_lines(read_sources([ROOT / "seeds"]))
    draw = random.Random(args.seed).random
    digest = hashlib.sha256()
    size = count = 0
    pairs = []
    args.out.parent.mkdir(parents=True, exist_ok=True)
    partial = args.out.with_name(args.out.name + ".partial")
    recent = {}
    with partial.open("w", encoding="utf-8", newline="\n") as out:
        for number, (text, planted) in enumerate(documents(source, lines, draw, args.mb * 1e6)):
            line = json.dumps({"id": f"doc-{number:07d}", "text": text}, ensure_ascii=False) + "\n"
            digest.update(line.encode("utf-8"))
            out.write(line)
            size += len(text.encode("utf-8"))
            count += 1
            recent[number] = text
            recent.pop(number - 3 * COPY_WINDOW, None)
            if planted:
                original, kind, share = planted
                pairs.append((original, number, kind, share, jaccard(recent[original], text)))
    with Path(f"{args.out}.pairs.tsv").open("w", encoding="utf-8", newline="\n") as out:
        out.write("a\tb\tkind\tchanged\tjaccard\n")
        for a, b, kind, share, similarity in pairs:
            out.write(f"doc-{a:07d}\tdoc-{b:07d}\t{kind}\t{share:.4f}\t{similarity:.4f}\n")
    meta = {
        "sources": name,
        "source_words": len(source.words),
        "seed": args.seed,
        "documents": count,
        "text_bytes": size,
        "planted": len(pairs),
        "sha256": digest.hexdigest(),
    }
    Path(f"{args.out}.meta.json").write_text(json.dumps(meta, indent=1) + "\n", "utf-8")
    partial.replace(args.out)  # last, so that a corpus that is there is whole
    print(json.dumps(meta))


if __name__ == "__main__":
    main()
