#!/usr/bin/env python3
"""Sums up what a language model says of the rows of the lexicons: which priors it doubts, and whether the n-gram model agrees with it.

    scripts/repair/teacher.py ANSWERS.jsonl [--lm MODEL.gguf [--samples 400] [--table w]...] [--rows 20]

ANSWERS.jsonl is what `examples/repair_teacher` wrote; with --lm it is run first, over the main text of the articles of html_wcxb (web pages of 2025 and 2026) in the shared data
(LIMPID_SHARED, default ../shared), and adds up to as many answers as --samples; it goes on where it was stopped. Prints, table by table: in how many sentences where the meant phrase stood the model prefers it to the spun one (it should), and in how
many where the spun phrase stood by itself, innocent, it would exchange it (it should not); how well the nats part the two kinds (area under the curve: the chance that a
sentence of the first kind gets more than one of the second); the same for the n-gram model and the judge where the stage offers the repair; and how the n-gram model and the language model
correlate (rank correlation). Then the rows whose prior disagrees. Nothing is changed: a prior is decided on by whoever edits the table.
"""
import argparse, collections, json, os, pathlib, subprocess, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LIMPID_SHARED", ROOT.parent / "shared"))


def ask(lm, samples, answers, tables):
    """Runs the example over clean articles."""
    run = os.environ.get("RUN", "cargo run -q --release --features neural --example repair_teacher --").split()
    with tempfile.TemporaryDirectory() as tmp:
        archive = SHARED / "data/html_wcxb/pages.tar.zst"
        packed = subprocess.Popen(["zstd", "-dc", "--long=27", archive], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", tmp, "--wildcards", "*.json"], stdin=packed.stdout, check=True)
        pages = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(pathlib.Path(tmp).rglob("*.json"))]
        texts = f"{tmp}/articles.jsonl"
        with open(texts, "w", encoding="utf-8") as f:
            f.writelines(json.dumps({"text": p["ground_truth"].get("main_content") or ""}) + "\n" for p in pages if p["_internal"]["page_type"]["primary"] == "article")
        subprocess.run([*run, "--lm", lm, "--samples", str(samples), *(o for t in tables for o in ("--table", t)), answers, texts], check=True)


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    out, i = [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j < len(order) and values[order[j]] == values[order[i]]:
            j += 1
        for k in order[i:j]:
            out[k] = (i + j - 1) / 2
        i = j
    return out


def correlation(a, b):
    """Spearman's rank correlation; None for fewer than three pairs or a constant."""
    if len(a) < 3:
        return None
    a, b = ranks(a), ranks(b)
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    va, vb = sum((x - ma) ** 2 for x in a), sum((y - mb) ** 2 for y in b)
    return sum((x - ma) * (y - mb) for x, y in zip(a, b)) / (va * vb) ** 0.5 if va and vb else None


def area(good, bad):
    """Chance that one of `good` is greater than one of `bad`, ties half; None where either is empty."""
    if not good or not bad:
        return None
    r = ranks(good + bad)
    return (sum(r[: len(good)]) - len(good) * (len(good) - 1) / 2) / (len(good) * len(bad))


def share(values, bar=0.0):
    return sum(v > bar for v in values) / len(values) if values else None


def number(x, form=".2f"):
    return "-" if x is None else format(x, form)


def rows_of(answers):
    """(table, spun, meant, prior) -> {"meant": nats, "innocent": nats}"""
    out = collections.defaultdict(lambda: {"meant": [], "innocent": []})
    for a in answers:
        out[(a["table"], a["spun"], a["meant"], a["prior"])][a["way"]].append(a["nats"])
    return out


def doubts(rows):
    """Rows whose prior disagrees with the model: [(why, disagreement, row, nats)], the worst first."""
    out = []
    for key, nats in rows.items():
        prior, meant, innocent = key[3], nats["meant"], nats["innocent"]
        if prior is None:
            continue
        if prior >= 70 and len(meant) >= 2 and sum(meant) / len(meant) < 0:
            out.append(("high prior, but the spun phrase reads better where the meant one stood", sum(meant) / len(meant), key, nats))
        if prior >= 70 and len(innocent) >= 2 and share(innocent) < 0.5:
            out.append(("high prior, but the phrase is innocent in clean text", -float(len(innocent)), key, nats))
        if prior <= 50 and len(meant) >= 2 and min(meant) > 3 and (not innocent or max(innocent) < 0):
            out.append(("low prior, but the model tells the two apart every time", -min(meant), key, nats))
    return sorted(out, key=lambda d: d[:3])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("answers")
    ap.add_argument("--rows", type=int, default=20)
    ap.add_argument("--lm")
    ap.add_argument("--samples", type=int, default=400)
    ap.add_argument("--table", action="append", default=[])
    args = ap.parse_args()
    if args.lm:
        ask(args.lm, args.samples, args.answers, args.table)
    with open(args.answers, encoding="utf-8") as f:
        answers = [json.loads(line) for line in f]
    print("table\tmeant: places\tprefers the meant phrase\tinnocent: places\twould exchange it\tarea, model\tarea, n-grams\tarea, judge\tcorrelation of n-grams and model")
    for table in [*sorted({a["table"] for a in answers}), None]:
        mine = [a for a in answers if table in (a["table"], None)]
        nats = {way: [a["nats"] for a in mine if a["way"] == way] for way in ("meant", "innocent")}
        offered = [a for a in mine if a["context"] is not None]
        by = {(way, what): [a[what] for a in offered if a["way"] == way] for way in nats for what in ("nats", "context", "probability")}
        cells = [table or "all", len(nats["meant"]), number(share(nats["meant"])), len(nats["innocent"]), number(share(nats["innocent"]))]
        cells += [number(area(by[("meant", w)], by[("innocent", w)])) for w in ("nats", "context", "probability")]
        cells.append(f"{number(correlation([a['context'] for a in offered], [a['nats'] for a in offered]))} ({len(offered)})")
        print(*cells, sep="\t")
    print("\nAreas and correlation: places where the stage offers the repair.")
    last, shown = None, 0
    for why, _, (table, spun, meant, prior), nats in doubts(rows_of(answers)):
        shown = shown + 1 if why == last else 0
        if why != last:
            print(f"\n{why}:")
        last = why
        if shown < args.rows:
            told = ", ".join(f"{way} {' '.join(format(n, '+.1f') for n in v)}" for way, v in nats.items() if v)
            print(f"  {table}: {spun} -> {meant} ({prior}): {told}")


if __name__ == "__main__":
    main()
