#!/usr/bin/env python3
"""Trains the line model of `strip` and scores it on sites it has not seen.

    python3 -m venv target/train && target/train/bin/pip install numpy lightgbm
    target/train/bin/python scripts/strip/train.py --data ../shared/data/lines --clean DIR [--full | --folds 5] [--out data/strip/model.tsv]

Pages are split by host: a host whose hash is 0 modulo 3 is for the report only, never for training. --folds N trains
N times, each time on the hosts outside one of N parts, and reports on that part: every page is scored once, by a model
that has not seen its host; the models go to OUT.0, OUT.1 and so on. --clean names folders of text files that are all content (prose, verse,
code, tables); a third of them is held out likewise.
Each training page is shown as it is and as its main text alone with none or some of the furniture around it, because
most text files in the world are such extracts. Texts whose web evidence is too low for the stage to ask the model are
not trained on. Features come from `cargo run --release --example strip_features`: the code that runs later.
"""
import argparse, gzip, hashlib, json, random, struct, subprocess, sys, pathlib
from urllib.parse import urlparse
import numpy as np
import lightgbm

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(__import__("os").environ.get("STRIP_FEATURES", ROOT / "target/release/examples/strip_features"))


# Web evidence from which on the stage asks the model: `MODEL_NEEDS` in `verdict.rs`.
NEEDED = 0.5
# Costs of the chain, in log-odds, and the bar of the stage's default threshold of 0.6.
SWITCH, SWITCH_BLANK, BAR = 1.2, 0.8, 0.4
# What stands for doubtful text in the report: the score of lines that the model is not asked about.
KEPT = -6.0


def number_of(name):
    return int(hashlib.md5(name.encode()).hexdigest(), 16)


def held_out(name):
    return number_of(name) % 3 == 0


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


def export(model, names, path, note, costs=(SWITCH, SWITCH_BLANK)):
    """One row a node, children behind their parents."""
    def walk(node, out):
        place = len(out)
        out.append(None)
        if "leaf_value" in node:
            out[place] = f"leaf\t{node['leaf_value']:.5g}\n"
            return place
        left, right = walk(node["left_child"], out), walk(node["right_child"], out)
        out[place] = f"{names[node['split_feature']]}\t{node['threshold']:.7g}\t{left}\t{right}\n"
        return place
    with open(path, "w") as f:
        f.write(f"#\t{note}\nbias\t0\nswitch\t{costs[0]}\nswitch-blank\t{costs[1]}\n")
        for tree in model.dump_model()["tree_info"]:
            out = []
            walk(tree["tree_structure"], out)
            f.write("tree\n")
            f.writelines(out)


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
        state = back[i][int(state)]
    return out


def f1(tp, fp, fn):
    return 2 * tp / max(1e-9, 2 * tp + fp + fn)


class Rows:
    """Features with label and weight, and the part of the hosts to which they belong."""

    def __init__(self):
        self.x, self.y, self.w, self.part = [], [], [], []

    def add(self, x, y, w, part):
        used = w > 0
        self.x.append(x[used]); self.y.append(y[used]); self.w.append(w[used])
        self.part.append(np.full(int(used.sum()), part))

    def close(self):
        for name in ("x", "y", "w", "part"):
            setattr(self, name, np.concatenate(getattr(self, name)))


def training_rows(pages, clean, names, args):
    rng = random.Random(7)
    web = names.index("web")
    shown = []
    for p in pages:
        shown.append((p, p["lines"], "as", 1.0))
        if p["set"] != "traf":
            for lines in extracts(p, rng):
                shown.append((p, lines, rng.choice(["as", "as", "one", "two"]), args.extracts))
    made = [flatten(lines, style) for _, lines, style, _ in shown]
    out = Rows()
    for (p, lines, _, weight), (_, where), (numbers, m) in zip(shown, made, rows([t for t, _ in made], len(names))):
        if len(m) == 0 or m[0, web] < NEEDED:
            continue
        kind = {"article": 1.0, "documentation": 1.0, "aeb": 1.6, "traf": 1.0}.get(p.get("page_type", p["set"]), 0.45)
        mine = [lines[where[int(n)]] for n in numbers]
        k = np.array([weight_of(l) for l in mine]) ** 0.5
        # Each page counts alike, up to a length; long lines more than short ones.
        w = weight * kind * k * min(1.0, 400.0 / max(1.0, k.sum()))
        out.add(m, np.array([not l["keep"] for l in mine]), w, p["part"])
    few = np.random.default_rng(5)
    for (path, _), (_, m) in zip(clean, rows([c[1] for c in clean], len(names))):
        if len(m) == 0 or m[0, web] < NEEDED:
            continue
        # A third of the lines is as good as all.
        w = np.where(few.random(len(m)) < 0.35, 6.0 * min(1.0, 600.0 / len(m)), 0.0)
        out.add(m, np.zeros(len(m), bool), w, part_of(path, args))
    out.close()
    return out


def part_of(name, args):
    """-1 for training; from 0 on, the part that is reported on by a model that has not seen it."""
    if args.full:
        return -1
    if args.folds:
        return (number_of(name) >> 16) % args.folds
    return 0 if held_out(name) else -1


def train(data, part, args):
    used = data.part != part
    sets = lightgbm.Dataset(data.x[used], data.y[used], weight=data.w[used], params={"max_bin": 255, "verbose": -1})
    options = dict(objective="binary", num_leaves=args.leaves, learning_rate=args.rate, min_data_in_leaf=60,
                   lambda_l2=2.0, feature_fraction=0.4, seed=1, deterministic=True, force_row_wise=True,
                   num_threads=1, verbose=-1)
    return lightgbm.train(options, sets, args.trees)


def write(model, path, note, unseen, names):
    """The model, and beside it the addresses of the pages and the names of the clean texts that it has not seen."""
    export(model, names, path, note)
    if unseen:
        with open(path + ".held", "w") as f:
            f.writelines(name + "\n" for name in unseen)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", type=pathlib.Path, required=True)
    ap.add_argument("--clean", nargs="*", default=[])
    ap.add_argument("--out", default=str(ROOT / "data/strip/model.tsv"))
    ap.add_argument("--trees", type=int, default=100)
    ap.add_argument("--leaves", type=int, default=24)
    ap.add_argument("--rate", type=float, default=0.1)
    ap.add_argument("--extracts", type=float, default=0.3, help="weight of a page's extracts")
    ap.add_argument("--full", action="store_true", help="train on the held-out hosts too (no report)")
    ap.add_argument("--folds", type=int, default=0, help="report on all hosts, by so many models, written to OUT.N")
    args = ap.parse_args()
    names = subprocess.run([BIN, "--names"], capture_output=True, text=True, check=True).stdout.split()
    pages = load(args.data)
    for p in pages:
        p["part"] = part_of(host(p["url"]), args)
    clean = clean_documents(args.clean)
    def unseen(part):
        return [p["url"] for p in pages if p["part"] == part] + [c[0] for c in clean if part_of(c[0], args) == part]

    data = training_rows(pages, clean, names, args)
    print("rows", data.x.shape, "drop share", data.y.mean(), file=sys.stderr)
    if not args.folds:
        model = train(data, 0, args)
        note = "scripts/strip/train.py" + (" --full" if args.full else ", hosts held out")
        write(model, args.out, note, unseen(0), names)
        if args.full:
            return
        models = {0: model}
    else:
        models = {}
        for part in range(args.folds):
            models[part] = train(data, part, args)
            write(models[part], f"{args.out}.{part}", f"scripts/strip/train.py, part {part} of {args.folds} held out",
                  unseen(part), names)
    report([p for p in pages if p["part"] >= 0], [c for c in clean if part_of(c[0], args) >= 0], models, names, args)


def report(pages, clean, models, names, args):
    """What the model and its chain keep and drop, without the rules."""
    web = names.index("web")
    made = [flatten(p["lines"], "as") for p in pages]
    sums = {}
    for p, (_, where), (numbers, m) in zip(pages, made, rows([t for t, _ in made], len(names))):
        lines = [p["lines"][where[int(n)]] for n in numbers]
        scores = models[p["part"]].predict(m, raw_score=True) if m[0, web] >= NEEDED else np.full(len(m), KEPT)
        drop = smooth(scores, [bool(l.get("sp")) for l in lines], BAR, SWITCH, SWITCH_BLANK)
        c = np.zeros(8)
        for l, d in zip(lines, drop):
            k = weight_of(l)
            if k:
                i = 0 if l["keep"] and not d else 1 if not l["keep"] and not d else 2 if l["keep"] else 3
                c[i] += k
                c[4 + i] += 1
        sums.setdefault(p.get("page_type", p["set"]), []).append(c)
    print("pages count char-F1 mean-of-pages line-F1 keep-recall drop-recall(lines)")
    for kind, all_pages in sorted(sums.items()):
        c = np.sum(all_pages, axis=0)
        mean = np.mean([f1(*page[:3]) for page in all_pages])
        print(f"{kind} {len(all_pages)} {f1(*c[:3]):.3f} {mean:.3f} {f1(*c[4:7]):.3f} "
              f"{c[4] / (c[4] + c[6]):.3f} {c[7] / (c[7] + c[5]):.3f}")
    lost = words = 0
    for (path, text), (numbers, m) in zip(clean, rows([c[1] for c in clean], len(names))):
        words += len(text.split())
        if len(m) == 0 or m[0, web] < NEEDED:
            continue
        scores = models[part_of(path, args)].predict(m, raw_score=True)
        drop = smooth(scores, [False] * len(m), BAR, SWITCH, SWITCH_BLANK)
        all_lines = text.split("\n")
        lost += sum(len(all_lines[int(n)].split()) for n, d in zip(numbers, drop) if d)
    print("clean: lost", lost, "of", words)


if __name__ == "__main__":
    main()
