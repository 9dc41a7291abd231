#!/usr/bin/env python3
"""Measures induction from the batch: recall and precision of the repair stage with and without it, on batches of one subject.

    scripts/repair/induction.py [--half b] [--families wab] [--rate 0.6] [--seed 1] [--no-site] [--strange] [--list] [--without SOURCE]...

Makes the batches with scripts/repair/spin_batch.py (see there), once spun and once unspun, repairs every document beside the others of its batch and scores the spun ones with
tools/score_repair.py of the shared data (LIMPID_SHARED, default ../shared). The documents that were left as they are must not be edited. RUN is the command that repairs,
default `cargo run -q --release --example repair_score --`; OUT a scratch folder.
"""
import argparse, json, os, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LIMPID_SHARED", ROOT.parent / "shared"))
OUT = pathlib.Path(os.environ.get("OUT", "/tmp/repair_induction"))
RUN = os.environ.get("RUN", "cargo run -q --release --example repair_score --").split()
sys.path.insert(0, str(SHARED / "tools"))
import score_repair as scorer  # noqa: E402


def words(text):
    return ["a" if w[0] == "an" else w[0] for w in scorer.toks(scorer.fold(text))]


def is_right(row, edit):
    """Whether the edit brings its place closer to the original; None where it lies in no exchanged phrase and takes none away."""
    a, b, text = edit["start"], edit["end"], row["text"]
    over = [g for g in row["gold"] if g["start"] < b and g["end"] > a]
    if not over:
        return False
    a0, b0 = min([a] + [g["start"] for g in over]), max([b] + [g["end"] for g in over])
    wanted, at = "", a0
    for g in over:
        wanted += text[at : g["start"]] + g["accept"][0]
        at = g["end"]
    wanted = words(wanted + text[at:b0])
    before, after = words(text[a0:b0]), words(text[a0:a] + edit["after"] + text[b:b0])
    return scorer.lev(after, wanted) < scorer.lev(before, wanted)


def repaired(source, target, options):
    subprocess.run([*RUN, *options, str(source), str(target)], check=True, cwd=ROOT)
    return scorer.load_jsonl(target)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--half", default="b")
    ap.add_argument("--families", default="wab")
    ap.add_argument("--rate", default="0.6")
    ap.add_argument("--seed", default="1")
    ap.add_argument("--no-site", action="store_true")
    ap.add_argument("--strange", action="store_true")
    ap.add_argument("--list", action="store_true")
    ap.add_argument("--without", action="append", default=[])
    args = ap.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    without = [o for w in args.without for o in ("--without", w)]
    for family in args.families:
        spun = OUT / f"{family}{args.half}.jsonl"
        make = [sys.executable, str(ROOT / "scripts/repair/spin_batch.py"), "--half", args.half, "--family", family, "--rate", args.rate, "--seed", args.seed, *["--no-site"] * args.no_site, *["--strange"] * args.strange]
        subprocess.run([*make, str(spun)], check=True, env={**os.environ, "LIMPID_SHARED": str(SHARED)})
        rows = {r["id"]: r for r in scorer.load_jsonl(spun)}
        gold = OUT / f"{family}{args.half}.gold.jsonl"
        gold.write_text("".join(json.dumps(r) + "\n" for r in rows.values() if r["spun"]), encoding="utf-8")
        for mode in ("off", "on"):
            found = repaired(spun, OUT / f"{family}{args.half}.{mode}.jsonl", ["--induction", mode, *without])
            only = OUT / "spun.out.jsonl"
            only.write_text("".join(json.dumps(f) + "\n" for f in found if rows[f["id"]]["spun"]), encoding="utf-8")
            told = subprocess.run([sys.executable, str(SHARED / "tools/score_repair.py"), "--gold", str(gold), "--repaired-jsonl", str(only), "--json"],
                                  check=True, capture_output=True, text=True).stdout
            total = json.loads(told.splitlines()[-1])
            edits = [(f["id"], e, is_right(rows[f["id"]], e)) for f in found if rows[f["id"]]["spun"] for e in f["edits"]]
            batch = [x for x in edits if x[1]["rule"] == "spun-batch"]
            right = lambda es: f"{sum(bool(e[2]) for e in es)} right {sum(not e[2] for e in es)} wrong"
            print(f"{family.upper()} induction {mode}: spans", {k: round(v, 3) if isinstance(v, float) else v for k, v in total.items() if k in ("required", "correct", "wrong", "false_edits", "recall", "precision")},
                  "| edits", right(edits), "| spun-batch", right(batch),
                  "| called spun", sum(f["spun"] for f in found if rows[f["id"]]["spun"]), "of", sum(r["spun"] for r in rows.values()),
                  "| others called spun", sum(f["spun"] for f in found if not rows[f["id"]]["spun"]), "edits", sum(len(f["edits"]) for f in found if not rows[f["id"]]["spun"]))
            if args.list and mode == "on":
                for name, e, ok in batch:
                    print("  ", "right" if ok else "WRONG", name, repr(e["before"]), "->", repr(e["after"]), round(e["confidence"], 2))
        plain = OUT / f"{args.half}.unspun.jsonl"
        if not plain.exists() or family == args.families[0]:
            subprocess.run([*make, "--unspun", str(plain)], check=True, env={**os.environ, "LIMPID_SHARED": str(SHARED)})
            found = repaired(plain, OUT / f"{args.half}.unspun.out.jsonl", without)
            print(f"unspun: {len(found)} documents, called spun {sum(f['spun'] for f in found)}, edits {sum(len(f['edits']) for f in found)}")


if __name__ == "__main__":
    main()
