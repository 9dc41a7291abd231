#!/usr/bin/env python3
"""Trains the judge of the repair stage: data/repair/judge.tsv.

    scripts/repair/train_judge.py [--write] [--with-all] [--l2 1] [--parts]

Reads document 002 and the dev passages of the shared data (LIMPID_SHARED, default ../shared), of which the original is known. Every candidate of
`examples/repair_candidates` is right when it brings its place closer to the nearest accepted repair, else wrong. The readings of one phrase, and leaving
it, share one probability: a conditional logit (McFadden 1974), with a little ridge. Lexicon entries written after reading these texts are left out, for
they are right here too often; `--with-all` keeps them.

Prints what each document's candidates get from a model that has not seen that document (leave one out), by family: repairs right and wrong from a probability on,
recall of whole spans, precision; and how often a repair of so much probability is right. `--parts` prints the same, at the bar of the stage, with each part of the evidence
left out in turn, the model trained anew without it. Needs numpy and scipy.
"""
import argparse, collections, json, os, pathlib, subprocess, sys, tempfile
import numpy as np
import scipy.optimize

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LIMPID_SHARED", ROOT.parent / "shared"))
sys.path.insert(0, str(SHARED / "tools"))
import score_repair as scorer  # noqa: E402

FAMILIES = ("002", "W", "A", "B")


def documents():
    """id -> (text, gold spans, family), family R left out: it is not repaired."""
    out = {}
    path = next((ROOT / "seeds").glob("002*"))
    text = path.read_text(encoding="utf-8")
    gold = scorer.load_jsonl(SHARED / "data/spun/002.gold.jsonl")
    out["002"] = (text, scorer.to_absolute(gold, text), "002")
    for row in scorer.load_jsonl(SHARED / "data/spun/dev.jsonl"):
        if row["spinner_family"] != "R":
            out[row["id"]] = (row["text"], row["gold"], row["spinner_family"])
    return out


def candidates(docs, without, more=()):
    run = os.environ.get("RUN", "cargo run -q --release --example repair_candidates --").split()
    others = [f for p in sorted((ROOT / "seeds").glob("*.txt")) if not p.name.startswith("002") for f in ("--batch", str(p))]
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for batch, ids in ((others, ["002"]), ([], [d for d in docs if d != "002"])):
            source, target = f"{tmp}/in.jsonl", f"{tmp}/out.jsonl"
            with open(source, "w", encoding="utf-8") as f:
                for i in ids:
                    f.write(json.dumps({"id": i, "text": docs[i][0]}) + "\n")
            options = [o for w in without for o in ("--without", w)]
            subprocess.run(run + options + list(more) + batch + [source, target], check=True, cwd=ROOT)
            rows += scorer.load_jsonl(target)
    return rows


def words(text):
    """Words for the distance; "a" and "an" are one, for the article is set afterwards."""
    return ["a" if w[0] == "an" else w[0] for w in scorer.toks(scorer.fold(text))]


def label(text, gold, start, end, meant):
    """(1 right, 0 wrong, -1 free; the gold spans that are then wholly right)"""
    over = [g for g in gold if g["start"] < end and g["end"] > start]
    if not over:
        return 0, []
    a, b = min([start] + [g["start"] for g in over]), max([end] + [g["end"] for g in over])
    wanted, at = [""], a
    for g in over:
        wanted = [w + text[at : g["start"]] + x for w in wanted for x in g["accept"][:8]][:200]
        at = g["end"]
    wanted = [words(w + text[at:b]) for w in wanted]
    before = min(scorer.lev(words(text[a:b]), w) for w in wanted)
    after = min(scorer.lev(words(text[a:start] + meant + text[end:b]), w) for w in wanted)
    required = [g for g in over if g["kind"] != "harmless"]
    if after < before and not required:
        return -1, []
    return int(after < before), [g["start"] for g in required] if after == 0 else []


class Data:
    def __init__(self, docs, rows):
        self.names = list(rows[0]["evidence"])
        self.x = np.array([[*r["evidence"].values(), r["context"]] for r in rows])
        self.doc = np.array([r["id"] for r in rows])
        self.family = np.array([docs[r["id"]][2] for r in rows])
        self.span = [(r["start"], r["end"]) for r in rows]
        labels = [label(*docs[r["id"]][:2], r["start"], r["end"], r["meant"]) for r in rows]
        self.y, self.whole = np.array([lab[0] for lab in labels]), [lab[1] for lab in labels]
        self.places = collections.defaultdict(list)
        for i in range(len(rows)):
            self.places[(self.doc[i], *self.span[i])].append(i)

    def silence(self, *names):
        for n in names:
            self.x[:, [*self.names, "context"].index(n)] = 0

    def drop(self, keep):
        """Leaves out the candidates whose evidence is not kept."""
        for key, place in list(self.places.items()):
            kept = [i for i in place if keep(self.evidence[i])]
            if kept:
                self.places[key] = kept
            else:
                del self.places[key]

    def fit(self, docs, l2):
        """Weights and intercept from the documents `docs`."""
        scale = self.x.std(0) + 1e-6
        z = np.hstack([self.x / scale, np.ones((len(self.x), 1))])
        places = [[i for i in p if self.y[i] >= 0] for k, p in self.places.items() if k[0] in docs]
        index = np.array([i for p in places for i in p])
        of = np.array([n for n, p in enumerate(places) for _ in p])
        zi, yi, n = z[index], self.y[index], len(places)
        right = np.zeros(n)
        np.maximum.at(right, of, yi)

        def loss(w):
            e = np.exp(np.clip(zi @ w, -30, 30))
            total = 1 + np.bincount(of, e, n)
            good = np.where(right > 0, np.bincount(of, e * yi, n), 1.0)
            share = np.where(right[of] > 0, e * yi / np.maximum(good[of], 1e-30), 0)
            ridge = w.copy()
            ridge[-1] = 0
            return l2 / 2 * ridge @ ridge - np.log(good / total).sum(), zi.T @ (e / total[of] - share) + l2 * ridge

        w = scipy.optimize.minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
        return w[:-1] / scale, w[-1]

    def predict(self, model, docs):
        w, b = model
        p = np.zeros(len(self.y))
        for key, place in self.places.items():
            if key[0] in docs:
                e = np.exp(np.clip(self.x[place] @ w + b, -30, 30))
                p[place] = e / (1 + e.sum())
        return p

    def report(self, docs, p, bars=(0.4, 0.5, 0.6, 0.7, 0.8)):
        for bar in bars:
            line = []
            for family in FAMILIES:
                taken, right, wrong, whole = collections.defaultdict(list), 0, 0, set()
                for i in sorted(np.flatnonzero((self.family == family) & (p >= bar)), key=lambda i: -p[i]):
                    (a, b), doc = self.span[i], self.doc[i]
                    if any(a < d and b > c for c, d in taken[doc]):
                        continue
                    taken[doc].append((a, b))
                    right, wrong = right + (self.y[i] == 1), wrong + (self.y[i] == 0)
                    whole.update((doc, s) for s in self.whole[i])
                required = sum(g["kind"] != "harmless" for d in docs.values() if d[2] == family for g in d[1])
                line.append(f"{family}: {right} right {wrong} wrong, recall {len(whole) / required:.3f} precision {right / max(1, right + wrong):.3f}")
            print(bar, " | ".join(line))
        if len(bars) == 1:
            return
        known = self.y >= 0
        for low in np.arange(0.3, 1, 0.1):
            here = known & (p >= low) & (p < low + 0.1)
            print(f"probability {low:.1f} to {low + 0.1:.1f}: {here.sum()} candidates, {self.y[here].mean() if here.any() else 0:.2f} right")


PARTS = {
    "all": lambda d: None,
    "no vectors": lambda d: d.silence("alike", "narrow", "wide"),
    "no language model": lambda d: d.silence("context"),
    "families alike": lambda d: d.silence("doubted", "own", "link-w", "link-a", "link-b", "rarer-w"),
    "no word counts": lambda d: d.silence("rarer", "rarer-w"),
    "no conditions": lambda d: d.silence("half"),
    "no entries": lambda d: d.drop(lambda e: e["entry"] == 0 and e["both"] == 0),
    "no forward tables, no thesaurus": lambda d: d.drop(lambda e: e["link"] == 0),
    "no composition": lambda d: d.drop(lambda e: e["composed"] == 0 or e["entry"] + e["both"] + e["link"] > 0),
}


def parts(docs, rows, l2):
    for name, change in PARTS.items():
        data = Data(docs, rows)
        data.evidence = [r["evidence"] for r in rows]
        change(data)
        everyone = set(docs)
        print(name, end=": ")
        data.report(docs, sum(data.predict(data.fit(everyone - {d}, l2), {d}) for d in docs), (0.7,))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--write", action="store_true")
    ap.add_argument("--with-all", action="store_true")
    ap.add_argument("--l2", type=float, default=1.0)
    ap.add_argument("--parts", action="store_true")
    args = ap.parse_args()
    docs = documents()
    rows = candidates(docs, [] if args.with_all else ["dev", "002"])
    if args.parts:
        return parts(docs, rows, args.l2)
    data = Data(docs, rows)
    everyone = set(docs)
    unseen = sum(data.predict(data.fit(everyone - {d}, args.l2), {d}) for d in docs)
    data.report(docs, unseen)
    w, b = data.fit(everyone, args.l2)
    rows = [*zip(data.names, w), ("intercept", b), ("context", w[-1])]
    for name, weight in rows:
        print(f"{name}\t{weight:.3f}")
    if args.write:
        with open(ROOT / "data/repair/judge.tsv", "w", encoding="utf-8") as out:
            out.write("# evidence\tweight\n" + "".join(f"{n}\t{x:.3f}\n" for n, x in rows))


if __name__ == "__main__":
    main()
