#!/usr/bin/env python3
"""Trains the line model of `strip` and scores it on sites it has not seen.

    python3 -m venv /tmp/train && /tmp/train/bin/pip install numpy scikit-learn
    /tmp/train/bin/python scripts/strip/train.py --data ../shared/data/lines --clean DIR [--full] [--out data/strip/model.tsv]

Pages are split by host: a host whose hash is 0 modulo 3 is for the report only, never for training. --clean names
folders of text files that are all content (prose, verse, code, tables); a third of them is held out likewise.
Each training page is shown several times: as it is, with its blank lines evened out or removed, and as its main text
alone with none or some of the furniture around it, because most text files in the world are such extracts.
Features come from `cargo run --release --example strip_features`: the code that runs later.
"""
import argparse, gzip, hashlib, json, random, struct, subprocess, sys, pathlib
from urllib.parse import urlparse
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(__import__("os").environ.get("STRIP_FEATURES", ROOT / "target/release/examples/strip_features"))


def held_out(name):
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % 3 == 0


def host(url):
    h = urlparse(url).netloc.lower().split(":")[0]
    parts = h.split(".")
    return ".".join(parts[-2:]) if len(parts[-1]) > 2 or len(parts) < 3 or len(parts[-2]) > 3 else ".".join(parts[-3:])


def weight_of(line):
    """0 where the label is unknown or arguable."""
    if line.get("soft") or line.get("keep") is None:
        return 0.0
    return float(len(line["text"]))


def flatten(lines, style):
    """Text of the lines, and for each of its line numbers the index of the line."""
    parts, where, number = [], {}, 0
    for i, l in enumerate(lines):
        if i:
            gap = {"as": 2 if l.get("sp") else 1, "one": 1, "two": 2}[style]
            parts.append("\n" * gap)
            number += gap
        where[number] = i
        text = l["text"].replace("\n", " ")
        parts.append(text)
    return "".join(parts), where


def load(data):
    pages = []
    for name in ("aeb", "wcxb", "traf"):
        for row in gzip.open(data / f"{name}.jsonl.gz", "rt"):
            page = json.loads(row)
            page["set"] = name
            page["held"] = held_out(host(page["url"]))
            page["lines"] = [l for l in page["lines"] if l["text"].strip()]
            pages.append(page)
    return pages


def clean_documents(folders):
    out = []
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.is_file():
                try:
                    text = path.read_text("utf-8")
                except (UnicodeDecodeError, OSError):
                    continue
                lines = text.split("\n")
                # Long books: a stretch is enough.
                start = random.Random(path.name).randrange(max(1, len(lines) - 1500))
                text = "\n".join(lines[start:start + 1500])
                if text.strip():
                    out.append((str(path), text))
    return out


def extracts(page, rng):
    """Lines of the main text alone, or with some of the furniture around and inside."""
    lines = page["lines"]
    kept = [i for i, l in enumerate(lines) if l.get("keep")]
    if len(kept) < 3 or page["set"] == "traf":
        return []
    a, b = kept[0], kept[-1]
    soft = {i for i, l in enumerate(lines) if l.get("soft") in ("title", "dek", "meta", "caption")}
    out = [[lines[i] for i in kept]]
    near = range(max(0, a - rng.randint(0, 12)), min(len(lines), b + 1 + rng.randint(0, 25)))
    out.append([lines[i] for i in near])
    share = rng.random() * 0.5
    out.append([l for i, l in enumerate(lines[max(0, a - 30):b + 60], max(0, a - 30))
                if l.get("keep") or (i in soft and rng.random() < 0.7) or rng.random() < share * 0.3])
    return out


def rows(texts, columns):
    proc = subprocess.Popen([BIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    import threading
    def feed():
        for t in texts:
            proc.stdin.write(json.dumps({"text": t}).encode() + b"\n")
        proc.stdin.close()
    threading.Thread(target=feed).start()
    for _ in texts:
        (n,) = struct.unpack("<I", proc.stdout.read(4))
        raw = np.frombuffer(proc.stdout.read(n * 4 * (columns + 1)), dtype="<u4").reshape(n, columns + 1)
        yield raw[:, 0].copy(), raw[:, 1:].copy().view("<f4")


def export(model, names, bias, switch, switch_blank, path, note):
    with open(path, "w") as f:
        f.write(f"#\t{note}\nbias\t{bias:.5g}\nswitch\t{switch}\nswitch-blank\t{switch_blank}\n")
        for (tree,) in model._predictors:
            f.write("tree\n")
            for n in tree.nodes:
                if n["is_leaf"]:
                    f.write(f"leaf\t{n['value']:.5g}\n")
                else:
                    f.write(f"{names[n['feature_idx']]}\t{n['num_threshold']:.7g}\t{n['left']}\t{n['right']}\n")


def smooth(scores, blank, bar, switch, switch_blank):
    best, back = [0.0, 0.0], []
    for i, s in enumerate(scores):
        cost = 0.0 if i == 0 else switch_blank if blank[i] else switch
        half = 0.5 * min(max(s - bar, -6.0), 6.0)
        fd = (best[1] - cost > best[0], best[1] >= best[0] - cost)
        best = [max(best[1] - cost, best[0]) - half, max(best[1], best[0] - cost) + half]
        back.append(fd)
    out, state = [False] * len(scores), best[1] > best[0]
    for i in range(len(scores) - 1, -1, -1):
        out[i] = state
        state = back[i][state]
    return out


def f1(tp, fp, fn):
    return 2 * tp / max(1e-9, 2 * tp + fp + fn)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", type=pathlib.Path, required=True)
    ap.add_argument("--clean", nargs="*", default=[])
    ap.add_argument("--out", default=str(ROOT / "data/strip/model.tsv"))
    ap.add_argument("--trees", type=int, default=160)
    ap.add_argument("--leaves", type=int, default=24)
    ap.add_argument("--rate", type=float, default=0.1)
    ap.add_argument("--full", action="store_true", help="train on the held-out hosts too (no report)")
    args = ap.parse_args()
    names = subprocess.run([BIN, "--names"], capture_output=True, text=True, check=True).stdout.split()
    rng = random.Random(7)
    pages = load(args.data)
    train, test = [], []
    for p in pages:
        if p["held"] and not args.full:
            test.append(p)
            continue
        train.append((p, p["lines"], "as", 1.0))
        if p["set"] != "traf":
            train.append((p, p["lines"], rng.choice(["one", "two"]), 0.5))
            for lines in extracts(p, rng):
                train.append((p, lines, rng.choice(["as", "as", "one", "two"]), 0.6))
    clean = clean_documents(args.clean)
    clean_train = [c for c in clean if args.full or not held_out(c[0])]
    clean_test = [c for c in clean if held_out(c[0])]
    texts, keys = [], []
    for p, lines, style, w in train:
        text, where = flatten(lines, style)
        texts.append(text)
        keys.append((lines, where, w, p))
    X, y, W = [], [], []
    for (lines, where, w, p), (numbers, m) in zip(keys, rows(texts, len(names))):
        kind = {"article": 1.0, "documentation": 1.0, "aeb": 1.6, "traf": 1.0}.get(p.get("page_type", p["set"]), 0.45)
        total = sum(weight_of(l) ** 0.5 for l in lines) or 1.0
        for n, r in zip(numbers, m):
            l = lines[where[int(n)]]
            k = weight_of(l)
            if k:
                X.append(r); y.append(not l["keep"])
                # Each page counts alike, up to a length; long lines more than short ones.
                W.append(w * kind * k ** 0.5 * min(1.0, 400.0 / total))
    for (_, text), (numbers, m) in zip(clean_train, rows([c[1] for c in clean_train], len(names))):
        X.extend(m); y.extend([False] * len(m)); W.extend([2.0 * min(1.0, 600.0 / len(m))] * len(m))
    X, y, W = np.array(X), np.array(y), np.array(W)
    print("rows", X.shape, "drop share", y.mean(), file=sys.stderr)
    model = HistGradientBoostingClassifier(max_iter=args.trees, max_leaf_nodes=args.leaves, learning_rate=args.rate,
                                           min_samples_leaf=60, l2_regularization=2.0, early_stopping=False, random_state=1)
    model.fit(X, y, sample_weight=W)
    bias = float(model._baseline_prediction.ravel()[0])
    if args.full:
        export(model, names, bias, 1.2, 0.8, args.out, "scripts/strip/train.py --full")
        return
    # The report, with a small search for the chain's costs on the training side's spirit: same for all sets.
    scored = []
    made = [flatten(p["lines"], "as") for p in test]
    for p, (text, where), (numbers, m) in zip(test, made, rows([t for t, _ in made], len(names))):
        scores = model.decision_function(m)
        lines = p["lines"]
        idx = [where[int(n)] for n in numbers]
        blank = [bool(lines[i].get("sp")) for i in idx]
        scored.append((p, [lines[i] for i in idx], scores, blank))
    for switch, switch_blank in ((0, 0), (1.2, 0.8), (2.0, 1.2)):
        for bar in (0.0, 0.4):
            sums = {}
            for p, lines, scores, blank in scored:
                drop = smooth(scores, blank, bar, switch, switch_blank)
                c = sums.setdefault(p.get("page_type", p["set"]), np.zeros(8))
                for l, d in zip(lines, drop):
                    k = weight_of(l)
                    if k:
                        i = 0 if l["keep"] and not d else 1 if not l["keep"] and not d else 2 if l["keep"] else 3
                        c[i] += k
                        c[4 + i] += 1
            line = " ".join(f"{k} {f1(*c[:3]):.3f}/{f1(*c[4:7]):.3f} kr{c[4]/(c[4]+c[6]):.2f} dr{c[7]/(c[7]+c[5]):.2f}" for k, c in sorted(sums.items()))
            print(f"switch {switch}/{switch_blank} bar {bar}: {line}")
    lost = words = 0
    for (path, text), (numbers, m) in zip(clean_test, rows([c[1] for c in clean_test], len(names))):
        drop = smooth(model.decision_function(m), [False] * len(m), 0.4, 1.2, 0.8)
        all_lines = text.split("\n")
        gone = sum(len(all_lines[int(n)].split()) for n, d in zip(numbers, drop) if d)
        lost += gone; words += len(text.split())
        if gone > 0.003 * len(text.split()):
            print("clean", path, gone, len(text.split()))
    print("clean lost", lost, "of", words)
    export(model, names, bias, 1.2, 0.8, args.out, "scripts/strip/train.py, hosts held out")


main()
