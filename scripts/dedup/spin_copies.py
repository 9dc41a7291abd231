#!/usr/bin/env python3
"""Spins news stories, or joins sentences that people spun, to measure how spun copies are found.

    scripts/dedup/spin_copies.py OUT.jsonl [--family a|b|w] [--rates 0.3,0.5,0.7,1] [--count 150] [--seed 1] [--pan | --real | --folder DIR]

The stories are those of the shared data (LIMPID_SHARED, default ../shared; dup_reuters) that have no near-duplicate, of 100 to 700 words. Each phrase that the
forward table of the family lists is exchanged with the probability given, by the same synonym in seven of ten cases; names stay. `--pan`: no table is used, ten
sentences of pairs_pan in a row (`spin_like`: reworded by people who hid a copy) make a text. `--real`: the spun passages of data/spun with
their repaired text, as real spinners left them. `--folder`: every DIR/**/*.txt
as it is, to see what is called spun where nothing is. A row: {"id","original" or "reference","text","changed"}: the id or the text of the
original, and the share of its content words that were exchanged. The same arguments give the same file.
"""
import argparse, difflib, gzip, json, pathlib, random, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts/repair"), str(ROOT / "scripts/dedup")]
from build_synonyms import functions
from spin_batch import SHARED, WORD, forward, spin


def changed(original, text, grammar):
    """share of the content words of the original that the text has no longer in their place"""
    a, b = ([w for w in (m.group().lower() for m in WORD.finditer(t)) if w not in grammar] for t in (original, text))
    kept = sum(m.size for m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return round(1 - kept / max(len(a), 1), 4)


def stories(args, grammar):
    folder = SHARED / "data/dup_reuters"
    alike = {x for line in open(folder / "pairs.tsv", encoding="utf-8") for x in line.split("\t")[:2]}
    docs = [json.loads(x) for x in gzip.open(folder / "docs.jsonl.gz", "rt", encoding="utf-8")]
    docs = [d for d in docs if str(d["id"]) not in alike and 100 <= len(d["text"].split()) <= 700]
    rng, choose, rows = random.Random(args.seed), {}, forward(args.family)
    rng.shuffle(docs)
    for rate in args.rates.split(","):
        for d in docs[: args.count]:
            text, _ = spin(d["text"], rows, float(rate), choose, rng)
            yield {"id": f"{d['id']}-{args.family}-{rate}", "original": str(d["id"]), "text": text, "changed": changed(d["text"], text, grammar)}
        docs = docs[args.count :]


def sentences(grammar):
    rows = [json.loads(x) for x in gzip.open(SHARED / "data/pairs_pan/pairs.jsonl.gz", "rt", encoding="utf-8")]
    rows = [r for r in rows if r.get("spin_like")]
    for i in range(0, len(rows) - 9, 10):
        original, text = (" ".join(r[k] for r in rows[i : i + 10]) for k in ("original", "other"))
        yield {"id": f"pan-{i}", "reference": original, "text": text, "changed": changed(original, text, grammar)}


def passages(grammar):
    for line in open(SHARED / "data/spun/dev.jsonl", encoding="utf-8"):
        r = json.loads(line)
        yield {"id": r["id"], "reference": r["reference"], "text": r["text"], "changed": changed(r["reference"], r["text"], grammar)}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--family", default="b", choices=("w", "a", "b"))
    ap.add_argument("--rates", default="0.3,0.5,0.7,1")
    ap.add_argument("--count", type=int, default=150)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--pan", action="store_true")
    ap.add_argument("--real", action="store_true")
    ap.add_argument("--folder", type=pathlib.Path)
    args = ap.parse_args()
    grammar = functions()
    if args.folder:
        rows = ({"id": str(p.relative_to(args.folder)), "text": p.read_text(encoding="utf-8")} for p in sorted(args.folder.rglob("*.txt")))
    else:
        rows = sentences(grammar) if args.pan else passages(grammar) if args.real else stories(args, grammar)
    with open(args.out, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
