#!/usr/bin/env python3
"""Trains what decides in the repair stage: data/repair/trees.tsv and memory.tsv, and with --judge data/repair/judge.tsv.

    scripts/repair/train_judge.py [--write] [--judge] [--with-all] [--parts] [--seed N] [--rounds N] [--batches FILE...]

Learns from data/repair/passages.tsv alone: passages as spinners of three families garble them, with what was meant. Document 002 and the dev passages of
the shared data (LIMPID_SHARED, default ../shared) only measure. Lexicon rows written after reading these are left out, for they are right here too often;
`--with-all` keeps them.

Every candidate of `examples/repair_candidates` is right when it brings its place closer to the nearest accepted repair, else wrong. The readings of one
phrase, and leaving it, share one probability: a conditional logit (McFadden 1974) is the judge, who is cheap and looks at everything; boosted trees (Friedman
2001, by LightGBM) that begin where the judge ends have the last word. What the passages show of a phrase ("seen") is, for a candidate of a passage, counted
without that passage.

Prints, for judge and trees, what they do on the measured documents: repairs right and wrong from a probability on, recall of whole spans, precision; and how
often a repair of so much probability is right. `--parts` prints the same at the bar of the stage with each part of the evidence left out in turn, all trained
anew. Needs numpy, scipy and lightgbm.

The weights of what the batch says (batch-...) stay what they are in judge.tsv, for passages have no batch. `--batches` fits them, and only them, on FILEs made by
scripts/repair/spin_batch.py (half a). But not that of batch-topic: fitted there it is more than twice as high, for all those documents are news, and does harm
beside clean documents of another kind. It was set by hand: see docs/repair.md.
"""
import argparse, collections, json, os, pathlib, re, subprocess, sys, tempfile

# Sums in one thread have one order, and these are small.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
import scipy.optimize  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LIMPID_SHARED", ROOT.parent / "shared"))
sys.path.insert(0, str(SHARED / "tools"))
import score_repair as scorer  # noqa: E402

FAMILIES = ("002", "W", "A", "B")
# What the trees see beyond the judge's evidence; the judge sees the context too.
SEEN = ["seen-right", "seen-other", "seen-stood", "seen-share"]
BEYOND = ["judged", "shared", "stands", "said", "spunness", "among-rivals", "rivals", *SEEN]
# The judge's probability below which a candidate teaches nothing.
LEAST = 0.001
MARK = re.compile(r"\[\[(.*?)\|\|(.*?)\]\]")
NUMBER = re.compile("[0-9]")
WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


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


def passages():
    """id -> (text, gold spans, family) of data/repair/passages.tsv."""
    out = {}
    for number, line in enumerate(open(ROOT / "data/repair/passages.tsv", encoding="utf-8"), 1):
        if line.startswith("#"):
            continue
        family, _, marked = line.rstrip("\n").split("\t")
        text, gold, at = "", [], 0
        for m in MARK.finditer(marked):
            text += marked[at : m.start()]
            gold.append({"start": len(text), "end": len(text) + len(m[1]), "spun": m[1], "accept": [m[2]], "kind": "lexical"})
            text, at = text + m[1], m.end()
        out[f"passage {number}"] = (text + marked[at:], gold, family)
    return out


def fixed_weights(names, fixed):
    """Of judge.tsv, the weights of the evidence for which `fixed` holds; nan for the rest, to be fitted."""
    rows = (line.rstrip("\n").split("\t") for line in open(ROOT / "data/repair/judge.tsv", encoding="utf-8") if not line.startswith("#"))
    known = {name: float(weight) for name, weight in rows}
    return np.array([known.get(n, 0.0) if fixed(n) else np.nan for n in names])


def is_batch(name):
    return name.startswith("batch-")


def candidates(docs, without, more=()):
    run = os.environ.get("RUN", "cargo run -q --release --example repair_candidates --").split()
    others = [f for p in sorted((ROOT / "seeds").glob("*.txt")) if not p.name.startswith("002") for f in ("--batch", str(p))]
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        for batch, ids in ((others, [d for d in docs if d == "002"]), ([], [d for d in docs if d != "002"])):
            source, target = f"{tmp}/in.jsonl", f"{tmp}/out.jsonl"
            with open(source, "w", encoding="utf-8") as f:
                for i in ids:
                    f.write(json.dumps({"id": i, "text": docs[i][0]}) + "\n")
            options = [o for w in without for o in ("--without", w)]
            subprocess.run(run + options + list(more) + batch + [source, target], check=True, cwd=ROOT)
            for line in open(target, encoding="utf-8"):
                row = json.loads(line)
                if row["probability"] >= LEAST:
                    rows.append(row)
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


def fold(text):
    return " ".join(WORD.findall(text.lower().replace("\u2019", "'")))


class Memory:
    """What the passages show: how often a phrase was put in for what, and how often it stood of itself. Numbers are not remembered."""

    def __init__(self, docs):
        self.put, self.stood = {}, {}
        for name, (text, gold, _) in docs.items():
            pairs = [(fold(g["spun"]), fold(g["accept"][0])) for g in gold]
            self.put[name] = collections.Counter(p for p in pairs if not NUMBER.search(p[0]))
            pieces, at = [], 0
            for g in gold:
                pieces.append(text[at : g["start"]])
                at = g["end"]
            self.stood[name] = stood = collections.Counter()
            for piece in pieces + [text[at:]]:
                ws = WORD.findall(piece.lower().replace("\u2019", "'"))
                grams = (" ".join(ws[i : i + n]) for n in range(1, 6) for i in range(len(ws) - n + 1))
                stood.update(g for g in grams if not NUMBER.search(g))
        self.pairs, self.all_stood = collections.Counter(), collections.Counter()
        for name in docs:
            self.pairs.update(self.put[name])
            self.all_stood.update(self.stood[name])
        self.all_put = collections.Counter()
        for (spun, _), n in self.pairs.items():
            self.all_put[spun] += n

    def seen(self, name, spun, meant):
        """The four columns "seen-…", the passage `name` left out."""
        right, put, stood = self.pairs[spun, meant], self.all_put[spun], self.all_stood[spun]
        if name in self.put:
            right -= self.put[name][spun, meant]
            put -= sum(n for (s, _), n in self.put[name].items() if s == spun)
            stood -= self.stood[name][spun]
        return np.log1p(right), np.log1p(put - right), np.log1p(stood), right / (put + stood + 2)

    def write(self, path, asked):
        """Writes what is known of the phrases in `asked`."""
        meant = collections.defaultdict(list)
        for (spun, m), n in sorted(self.pairs.items()):
            meant[spun].append(f"{m}:{n}")
        with open(path, "w", encoding="utf-8") as out:
            out.write("# phrase\tstood\tmeant:times; counted in passages.tsv by scripts/repair/train_judge.py\n")
            for spun in sorted(asked):
                if spun and (meant[spun] or self.all_stood[spun] > 1):
                    out.write(f"{spun}\t{self.all_stood[spun]}\t{'|'.join(meant[spun])}\n")


class Data:
    def __init__(self, docs, rows, memory):
        self.judged = [n for n in rows[0]["evidence"] if n not in BEYOND and n != "context"] + ["context"]
        self.names = self.judged + BEYOND
        self.x = np.array([[r["evidence"][n] for n in self.names] for r in rows], dtype=np.float64)
        self.doc = np.array([r["id"] for r in rows])
        self.family = np.array([docs[r["id"]][2] for r in rows])
        self.span = [(r["start"], r["end"]) for r in rows]
        self.spun = [fold(docs[r["id"]][0][r["start"] : r["end"]]) for r in rows]
        labels = [label(*docs[r["id"]][:2], r["start"], r["end"], r["meant"]) for r in rows]
        self.y, self.whole = np.array([lab[0] for lab in labels]), [lab[1] for lab in labels]
        seen = [self.names.index(n) for n in SEEN]
        for i, r in enumerate(rows):
            self.x[i, seen] = memory.seen(r["id"], self.spun[i], fold(r["meant"]))
        keys = [(r["id"], r["start"], r["end"]) for r in rows]
        number = {k: n for n, k in enumerate(dict.fromkeys(keys))}
        self.place = np.array([number[k] for k in keys])
        self.on = np.ones(len(rows), bool)

    def silence(self, *names):
        for n in names:
            self.x[:, self.names.index(n)] = 0

    def column(self, name):
        return self.x[:, self.names.index(name)]

    def softmax(self, odds):
        e = np.where(self.on, np.exp(np.clip(odds, -30, 30)), 0)
        return e / (1 + np.bincount(self.place, e))[self.place]

    def training(self, docs):
        """Rows to learn from, their places numbered anew, labels, and the places where a repair is right."""
        rows = np.flatnonzero(np.isin(self.doc, list(docs)) & (self.y >= 0) & self.on)
        _, of = np.unique(self.place[rows], return_inverse=True)
        y = self.y[rows].astype(float)
        return rows, of, y, (np.bincount(of, y) > 0)[of]

    def fit(self, docs, l2, is_fixed=is_batch):
        """The judge: weights and intercept from the documents `docs`; those of the evidence that `is_fixed` stay as in judge.tsv."""
        rows, of, y, has = self.training(docs)
        fixed = fixed_weights([*self.judged, "intercept"], is_fixed)
        fit = np.isnan(fixed)
        x = np.hstack([self.x[rows][:, : len(self.judged)], np.ones((len(rows), 1))])
        scale = np.append(x[:, :-1].std(0) + 1e-6, 1)
        still, z, n = x[:, ~fit] @ fixed[~fit], (x / scale)[:, fit], of.max() + 1
        right = np.bincount(of, y) > 0

        def loss(w):
            e = np.exp(np.clip(z @ w + still, -30, 30))
            total = 1 + np.bincount(of, e, n)
            good = np.where(right, np.bincount(of, e * y, n), 1.0)
            share = np.where(has, e * y / np.maximum(good[of], 1e-30), 0)
            ridge = w.copy()
            ridge[-1] *= not fit[-1]
            return l2 / 2 * ridge @ ridge - np.log(good / total).sum(), z.T @ (e / total[of] - share) + l2 * ridge

        w = scipy.optimize.minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
        fixed[fit] = w / scale[fit]
        return fixed[:-1], fixed[-1]

    def judge(self, model):
        w, b = model
        return self.x[:, : len(w)] @ w + b

    def grow(self, docs, odds, args):
        """Trees that begin at `odds`, from the documents `docs`."""
        rows, of, y, has = self.training(docs)

        def gradient(pred, _):
            e = np.exp(np.clip(pred, -30, 30))
            p = e / (1 + np.bincount(of, e))[of]
            good = np.maximum(np.bincount(of, e * y), 1e-30)[of]
            return p - np.where(has, e * y / good, 0), np.maximum(p * (1 - p), 1e-3)

        settings = dict(
            objective=gradient, num_leaves=args.leaves, learning_rate=args.rate, min_data_in_leaf=80, lambda_l2=5.0, feature_fraction=0.6,
            bagging_fraction=0.8, bagging_freq=1, max_depth=8, verbose=-1, num_threads=1, deterministic=True, seed=args.seed,
        )
        return lightgbm.train(settings, lightgbm.Dataset(self.x[rows], label=y, init_score=odds[rows]), num_boost_round=args.rounds)

    def report(self, docs, p, bars=(0.5, 0.6, 0.7, 0.8)):
        for bar in bars:
            line = []
            for family in FAMILIES:
                taken, right, wrong, whole = collections.defaultdict(list), 0, 0, set()
                ours = np.array([d in docs for d in self.doc])
                for i in sorted(np.flatnonzero(ours & (self.family == family) & (p >= bar)), key=lambda i: -p[i]):
                    (a, b), doc = self.span[i], self.doc[i]
                    if any(a < d and b > c for c, d in taken[doc]):
                        continue
                    taken[doc].append((a, b))
                    right, wrong = right + (self.y[i] == 1), wrong + (self.y[i] == 0)
                    whole.update((doc, s) for s in self.whole[i])
                required = sum(g["kind"] != "harmless" for d in docs.values() if d[2] == family for g in d[1])
                if required:
                    line.append(f"{family}: {right} right {wrong} wrong, recall {len(whole) / required:.3f} precision {right / max(1, right + wrong):.3f}")
            print(bar, " | ".join(line), flush=True)

    def reliability(self, docs, p):
        known = (self.y >= 0) & np.isin(self.doc, list(docs))
        for low in np.arange(0.3, 1, 0.1):
            here = known & (p >= low) & (p < low + 0.1)
            print(f"probability {low:.1f} to {low + 0.1:.1f}: {here.sum()} candidates, {self.y[here].mean() if here.any() else 0:.2f} right")


PARTS = {
    "all": lambda d: None,
    "no vectors": lambda d: d.silence("alike", "narrow", "wide"),
    "no language model": lambda d: d.silence("context"),
    "families alike": lambda d: d.silence("doubted", "own", "link-w", "link-a", "link-b", "rarer-w"),
    "no word counts": lambda d: d.silence("rarer", "rarer-w", "stands", "said", "spunness", "among-rivals"),
    "nothing seen": lambda d: d.silence(*SEEN),
    "no conditions": lambda d: d.silence("half"),
    "no entries": lambda d: setattr(d, "on", (d.column("entry") + d.column("both")) == 0),
    "no forward tables, no thesaurus": lambda d: setattr(d, "on", d.column("link") == 0),
    "no composition": lambda d: setattr(d, "on", (d.column("composed") == 0) | (d.column("entry") + d.column("both") + d.column("link") > 0)),
}


def write_trees(path, booster, names):
    """A tree is a row `tree`, then its nodes: `leaf<TAB>value` or `feature<TAB>value<TAB>child<TAB>child`, children by their place among them."""
    with open(path, "w", encoding="utf-8") as out:
        out.write("# grown by scripts/repair/train_judge.py\n")
        for tree in booster.dump_model()["tree_info"]:
            rows = []

            def walk(node):
                at = len(rows)
                rows.append(None)
                if "leaf_value" in node:
                    rows[at] = f"leaf\t{node['leaf_value']:.5g}"
                else:
                    left, right = walk(node["left_child"]), walk(node["right_child"])
                    rows[at] = f"{names[node['split_feature']]}\t{node['threshold']:.7g}\t{left}\t{right}"
                return at

            walk(tree["tree_structure"])
            out.write("tree\n" + "".join(r + "\n" for r in rows))


def batches(files, l2):
    """The weights of what the batch says, all others as they are."""
    docs, rows = {}, []
    run = os.environ.get("RUN", "cargo run -q --release --example repair_candidates --").split()
    with tempfile.TemporaryDirectory() as tmp:
        for n, file in enumerate(files):
            docs.update({f"{n} {r['id']}": (r["text"], r["gold"], r["spinner_family"]) for r in scorer.load_jsonl(file) if r["spun"]})
            subprocess.run([*run, "--without", "dev", "--without", "002", os.path.abspath(file), f"{tmp}/out.jsonl"], check=True, cwd=ROOT)
            rows += [{**r, "id": f"{n} {r['id']}"} for r in scorer.load_jsonl(f"{tmp}/out.jsonl")]
    data = Data(docs, rows, Memory({}))
    return data.judged, data.fit(set(docs), l2, lambda name: not is_batch(name) or name == "batch-topic")


def write_judge(names, model):
    w, b = model
    with open(ROOT / "data/repair/judge.tsv", "w", encoding="utf-8") as out:
        out.write("# evidence\tweight\n")
        out.writelines(f"{n}\t{x:.3f}\n" for n, x in [*zip(names[:-1], w), ("intercept", b), ("context", w[-1])])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--write", action="store_true")
    ap.add_argument("--judge", action="store_true")
    ap.add_argument("--with-all", action="store_true")
    ap.add_argument("--parts", action="store_true")
    ap.add_argument("--l2", type=float, default=1.0)
    ap.add_argument("--rounds", type=int, default=250)
    ap.add_argument("--leaves", type=int, default=15)
    ap.add_argument("--rate", type=float, default=0.05)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--batches", nargs="+")
    args = ap.parse_args()
    if args.batches:
        names, model = batches(args.batches, args.l2)
        print("".join(f"{n}\t{x:.3f}\n" for n, x in zip(names, model[0]) if is_batch(n)), end="")
        return write_judge(names, model) if args.write else None
    measured, learned = documents(), passages()
    memory = Memory(learned)
    docs = {**measured, **learned}
    data = Data(docs, candidates(docs, [] if args.with_all else ["dev", "002"]), memory)
    if args.parts:
        whole = data.x.copy()
        for name, change in PARTS.items():
            data.x, data.on = whole.copy(), np.ones(len(whole), bool)
            change(data)
            odds = data.judge(data.fit(learned, args.l2))
            data.x[:, data.names.index("judged")] = odds
            print(name, end=": ")
            data.report(measured, data.softmax(odds + data.grow(learned, odds, args).predict(data.x)), (0.7,))
        return
    if args.judge:
        model = data.fit(learned, args.l2)
        odds = data.judge(model)
        data.x[:, data.names.index("judged")] = odds
    else:
        odds = data.column("judged")
    print("judge")
    data.report(measured, data.softmax(odds))
    trees = data.grow(learned, odds, args)
    p = data.softmax(odds + trees.predict(data.x))
    print("trees")
    data.report(measured, p)
    data.reliability(measured, p)
    if args.write:
        write_trees(ROOT / "data/repair/trees.tsv", trees, data.names)
        memory.write(ROOT / "data/repair/memory.tsv", set(data.spun) | set(memory.all_put))
        if args.judge:
            write_judge(data.judged, model)


if __name__ == "__main__":
    main()
