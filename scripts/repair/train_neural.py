#!/usr/bin/env python3
"""Fits how a language model joins the trees of the repair stage: data/repair/neural.tsv.

    scripts/repair/train_neural.py --lm MODEL.gguf [--candidates FILE] [--write] [--l2 1] [--from 0.1] [--to 0.97]

Reads document 002 and the dev passages, as `train_judge.py` does to measure: the trees have not seen them. The few weights of the joining (of the trees' log-odds, of
the nats that the model says for a repair, and an intercept) are fitted on all documents but the one that is asked about (leave one out), as a
conditional logit over the readings of a place. Prints the figures of the trees beside those with the model, family by family, for several choices of evidence and
of the places in doubt. `--candidates` keeps what `examples/repair_candidates --lm` says (some minutes of computing) in FILE, or takes it from there. `--write` writes the weights fitted on
all documents. Needs numpy, scipy and lightgbm.
"""
import argparse, collections, os, pathlib, sys
import numpy as np
import scipy.optimize

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import train_judge as tj  # noqa: E402

EVIDENCE = ("odds", "nats")


def places_of(data):
    """Candidates by place."""
    out = collections.defaultdict(list)
    for i, (doc, span) in enumerate(zip(data.doc, data.span)):
        out[doc, *span].append(i)
    return out


class Joining:
    """The places that the model is asked about, and what joins."""

    def __init__(self, data, heard, odds, p, low, high, names):
        self.data, self.p = data, p
        columns = {"odds": odds, "nats": heard}
        self.x = np.stack([columns[n] for n in names] + [np.ones(len(odds))], 1)
        asked = ~np.isnan(heard)
        self.places = {}
        for key, place in places_of(data).items():
            place = [i for i in place if asked[i]]
            if place and low <= max(p[i] for i in place) <= high:
                self.places[key] = place

    def fit(self, docs, l2=1.0):
        y = self.data.y
        places = [[i for i in p if y[i] >= 0] for k, p in self.places.items() if k[0] in docs]
        places = [p for p in places if p]
        scale = self.x[[i for p in places for i in p]].std(0) + 1e-6
        scale[-1] = 1

        def loss(w):
            total, grad = l2 / 2 * (w[:-1] @ w[:-1]), np.append(l2 * w[:-1], 0.0)
            for p in places:
                z = self.x[p] / scale
                e = np.exp(np.clip(z @ w, -30, 30))
                norm, right = 1 + e.sum(), y[p] == 1
                good = e[right].sum() if right.any() else 1.0
                total -= np.log(good / norm)
                grad += z.T @ (e / norm) - (z[right].T @ (e[right] / good) if right.any() else 0)
            return total, grad

        w = scipy.optimize.minimize(loss, np.zeros(self.x.shape[1]), jac=True, method="L-BFGS-B").x
        return w / scale

    def predict(self, w, docs):
        """Probabilities of the candidates of `docs`: the trees' where the model is not asked."""
        p = np.where(np.isin(self.data.doc, list(docs)), self.p, 0)
        for key, place in self.places.items():
            if key[0] in docs:
                e = np.exp(np.clip(self.x[place] @ w, -30, 30))
                # The readings that are not asked about keep their odds against leaving.
                p[place] = e / (1 + e.sum())
        return p


def likelihood(data, p):
    """Mean log-probability of what is right, over the places with something known."""
    out = []
    for place in places_of(data).values():
        good = sum(p[i] for i in place if data.y[i] == 1)
        if any(data.y[i] == 1 for i in place):
            out.append(np.log(max(good, 1e-4)))
        else:
            out.append(np.log(max(1 - sum(p[i] for i in place if data.y[i] == 0), 1e-4)))
    return np.mean(out)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--lm", required=True)
    ap.add_argument("--candidates")
    ap.add_argument("--write", action="store_true")
    ap.add_argument("--l2", type=float, default=1.0)
    ap.add_argument("--from", dest="low", type=float, default=0.1)
    ap.add_argument("--to", dest="high", type=float, default=0.97)
    args = ap.parse_args()
    docs = tj.documents()
    if args.candidates and os.path.exists(args.candidates):
        rows = tj.scorer.load_jsonl(args.candidates)
    else:
        os.environ.setdefault("RUN", "cargo run -q --release --features neural --example repair_candidates --")
        rows = tj.candidates(docs, ["dev", "002"], ["--lm", str(pathlib.Path(args.lm).resolve())])
        if args.candidates:
            with open(args.candidates, "w", encoding="utf-8") as f:
                f.writelines(tj.json.dumps(r) + "\n" for r in rows)
    data = tj.Data(docs, rows, tj.Memory(tj.passages()))
    heard = np.array([np.nan if r["nats"] is None else r["nats"] for r in rows])
    p, odds = np.array([r["probability"] for r in rows]), np.zeros(len(rows))
    for place in places_of(data).values():
        odds[place] = np.log(p[place] / max(1e-6, 1 - p[place].sum()))
    print(f"{len(rows)} candidates, {(~np.isnan(heard)).sum()} heard; mean log-probability {likelihood(data, p):.4f}")
    data.report(docs, p, (0.5, 0.6, 0.7, 0.8))
    ranges = [(EVIDENCE, low, high) for low, high in ((0.03, 0.995), (0.15, 0.97), (0.3, 0.9))]
    for names, low, high in [(EVIDENCE, args.low, args.high), (("odds",), args.low, args.high), (("nats",), args.low, args.high), *ranges]:
        j = Joining(data, heard, odds, p, low, high, names)
        joined = sum(j.predict(j.fit(set(docs) - {d}), {d}) for d in docs)
        print(f"== {'+'.join(names)}, {len(j.places)} places from {low} to {high}: mean log-probability {likelihood(data, joined):.4f}")
        if len(j.places) and (names, low, high) == (EVIDENCE, args.low, args.high):
            data.report(docs, joined)
        else:
            data.report(docs, joined, (0.7,))
    j = Joining(data, heard, odds, p, args.low, args.high, EVIDENCE)
    weights = [*zip((*EVIDENCE, "intercept"), j.fit(set(docs))), ("from", args.low), ("to", args.high)]
    for name, weight in weights:
        print(f"{name}\t{weight:.3f}")
    if args.write:
        with open(tj.ROOT / "data/repair/neural.tsv", "w", encoding="utf-8") as out:
            out.write("# weight\tvalue\n" + "".join(f"{n}\t{x:.3f}\n" for n, x in weights))


if __name__ == "__main__":
    main()
