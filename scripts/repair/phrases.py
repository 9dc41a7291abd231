#!/usr/bin/env python3
"""How many tortured terms the stage restores.  Python 3.11, standard library only.

    scripts/repair/phrases.py [--half train | held] [--list] [options of examples/repair_score]

Reads LIMPID_SHARED/data/spun_phrases/phrases.tsv (default ../shared), puts every tortured phrase into a neutral
sentence of its own, runs examples/repair_score over them with the gate forced open, and counts the sentences that
hold the meant term afterwards (case, hyphens and plural endings aside). Phrases that the screener takes for innocent
unless another word stands near (AND in its query) count the other way: an edit there is a false repair.

The meant terms are parted in two by a hash of the term, fixed before any was read: `held` is for the figures alone,
`train` may be looked into. `--list` prints the failures of the train half and refuses to do so for the other.
"""
import csv, hashlib, json, os, re, subprocess, sys, tempfile

SHARED = os.environ.get("LIMPID_SHARED", "../shared")
RUN = os.environ.get("RUN", "cargo run -q --release --example repair_score --").split()
FRAME = "The second part of the report deals with %s and what it means for later work."


def half(meant):
    return "held" if hashlib.sha256(b"limpid phrases 1:" + meant.lower().encode()).digest()[0] & 1 else "train"


def plain(text):
    return " ".join(re.sub(r"(?<=\w{3})s$", "", w) for w in re.findall(r"[a-z0-9]+", text.lower()))


def main():
    args = sys.argv[1:]
    which = args[args.index("--half") + 1] if "--half" in args else "held"
    show = "--list" in args
    if show and which == "held":
        sys.exit("the held-out half is not for reading")
    options = [a for i, a in enumerate(args) if a not in ("--list", "--half") and (i == 0 or args[i - 1] != "--half")]
    with open(os.path.join(SHARED, "data/spun_phrases/phrases.tsv"), encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE) if half(r["meant"]) == which]
    with tempfile.TemporaryDirectory() as folder:
        source, out = folder + "/in.jsonl", folder + "/out.jsonl"
        with open(source, "w", encoding="utf-8") as f:
            for i, r in enumerate(rows):
                f.write(json.dumps({"id": str(i), "text": FRAME % r["tortured"]}) + "\n")
        subprocess.run(RUN + ["--gate", "off"] + options + [source, out], check=True)
        done = [json.loads(line) for line in open(out, encoding="utf-8")]
    counts = dict.fromkeys(("restored", "wrong", "left", "innocent", "touched"), 0)
    terms, whole = set(), set()
    papers = [0, 0]
    for r, d in zip(rows, done):
        n = int(r["papers"] or 0)
        if " AND " in r["screener_query"]:
            counts["innocent"] += 1
            counts["touched"] += bool(d["edits"])
            if show and d["edits"]:
                print("touched", r["tortured"], "->", [(e["before"], e["after"]) for e in d["edits"]], sep="\t")
            continue
        good = f" {plain(r['meant'])} " in f" {plain(d['text'])} "
        verdict = "restored" if good else "wrong" if d["edits"] else "left"
        counts[verdict] += 1
        terms.add(r["meant"].lower())
        papers[1] += n
        if good:
            whole.add(r["meant"].lower())
            papers[0] += n
        elif show:
            edits = [(e["before"], e["after"], round(e["confidence"], 2)) for e in d["edits"]]
            print(verdict, r["tortured"], r["meant"], n, edits or "", sep="\t")
    total = max(1, counts["restored"] + counts["wrong"] + counts["left"])
    print(f"{which}: {total} phrases, restored {counts['restored']} ({counts['restored'] / total:.3f}), wrong {counts['wrong']}, left {counts['left']}; "
          f"by papers {papers[0] / max(1, papers[1]):.3f}; terms with a phrase restored {len(whole)} of {len(terms)}; "
          f"innocent alone {counts['innocent']}, touched {counts['touched']}")


if __name__ == "__main__":
    main()
