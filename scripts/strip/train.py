#!/usr/bin/env python3
"""Trains the line model of `strip`.

    python3 -m venv target/train && target/train/bin/pip install numpy scipy scikit-learn lightgbm
    target/train/bin/python scripts/strip/train.py --data ../shared/data/lines --clean DIR [--full] [--out data/strip/model.tsv]

Hosts are cut into five parts. Without --full five models go to OUT.0, OUT.1 and so on, each trained on the hosts outside
one part, with the addresses of that part in OUT.N.held: `strip_score` then scores every page by a model that has not seen
its host, rules included. --clean names folders of text files that are all content (prose, verse, code, tables); they are
cut into parts likewise.

The weights of words are learnt first; the trees see what they say of each line. What they say of the very lines they have
learnt is too sure: each line's training row shows what weights learnt without its part say.
Each training page is shown as it is and as its main text alone with none or some of the furniture around it, because
most text files in the world are such extracts. Texts whose web evidence is too low for the stage to ask the model are
not trained on. Features come from `cargo run --release --example strip_features`: the code that runs later.
"""
import argparse, gzip, hashlib, json, pathlib, random, struct, subprocess, threading
from urllib.parse import urlparse
import numpy as np
import lightgbm
from scipy import sparse
from sklearn.linear_model import SGDClassifier

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(__import__("os").environ.get("STRIP_FEATURES", ROOT / "target/release/examples/strip_features"))


# Web evidence from which on the stage asks the model: `MODEL_NEEDS` in `verdict.rs`.
NEEDED = 0.5
# Costs of the chain, in log-odds.
SWITCH, SWITCH_BLANK = 0.4, 0.3
# Slots of words, as in `wording.rs`, and the largest log-odds that weights of words may add up to.
SLOTS, WORDED = 1 << 15, 8.0
PARTS = 5


def number_of(name):
    return int(hashlib.md5(name.encode()).hexdigest(), 16)


def part_of(name):
    return (number_of(name) >> 16) % PARTS


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
            page["part"] = part_of(host(page["url"]))
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


def ask(texts, *options, columns=None, wording=None):
    """What `strip_features` writes of each text: line numbers, and features or slots."""
    proc = subprocess.Popen([BIN, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def feed():
        for i, text in enumerate(texts):
            row = {"text": text}
            if wording:
                row["wording"] = [round(float(x), 4) for x in wording[i]]
            proc.stdin.write(json.dumps(row).encode() + b"\n")
        proc.stdin.close()
    threading.Thread(target=feed).start()
    read = proc.stdout.read
    for _ in texts:
        (n,) = struct.unpack("<I", read(4))
        if columns:
            raw = np.frombuffer(read(n * 4 * (columns + 1)), dtype="<u4").reshape(n, columns + 1)
            yield raw[:, 0].copy(), raw[:, 1:].copy().view("<f4")
        else:
            yield [np.frombuffer(read(2 * struct.unpack("<4xI", read(8))[0]), dtype="<u2") for _ in range(n)]


class Lines:
    """Lines of all texts that are learnt from: label, weight, part, features, slots of words."""

    def __init__(self, pages, clean, names, args):
        self.names, self.args = names, args
        self.texts, self.part, x, y, w = [], [], [], [], []
        for text, part, features, drop, weight in examples(pages, clean, names, args):
            self.texts.append(text)
            self.part.append(np.full(len(features), part))
            x.append(features); y.append(drop); w.append(weight)
        self.ends = np.cumsum([0] + [len(m) for m in x])
        self.x, self.y, self.w, self.part = (np.concatenate(v) for v in (x, y, w, self.part))
        rows = [slots for text in ask(self.texts, "--slots") for slots in text]
        ends = np.cumsum([0] + [len(r) for r in rows])
        # A line's slots share a length of one.
        values = np.concatenate([np.full(len(r), len(r) ** -0.5, "f4") for r in rows])
        self.words = sparse.csr_matrix((values, np.concatenate(rows), ends), shape=(len(rows), SLOTS))
        self.made = {}

    def once(self, make, *key):
        """What `make` makes of `key`, made once."""
        key = (make.__name__, *key)
        if key not in self.made:
            self.made[key] = make(*key[1:])
        return self.made[key]

    def outside(self, without):
        return (self.w > 0) & ~np.isin(self.part, list(without))

    def weights(self, without):
        """Weights of words learnt outside some parts: whole numbers, what one is worth, and the bias."""
        used = self.outside(without)
        model = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=6, tol=None, average=True, random_state=1)
        model.fit(self.words[used], self.y[used], sample_weight=self.w[used] / self.w[used].mean())
        scale = np.quantile(np.abs(model.coef_[0]), 0.9995) / 127
        return np.clip(np.round(model.coef_[0] / scale), -127, 127), scale, model.intercept_[0]

    def wording(self, without):
        whole, scale, bias = self.once(self.weights, without)
        return np.clip(self.words @ (whole * scale) + bias, -WORDED, WORDED).astype("f4")

    def columns(self, part, known):
        """The columns that need what the weights of words say of the lines of `part`."""
        chosen = [i for i in range(len(self.texts)) if self.part[self.ends[i]] == part]
        cut = [known[self.ends[i]:self.ends[i + 1]] for i in chosen]
        rows = ask([self.texts[i] for i in chosen], columns=len(self.names), wording=cut)
        return np.concatenate([m[:, self.x.shape[1]:] for _, m in rows])

    def seen(self, part, without):
        """Rows of `part`, its words weighed without it and without the parts `without`."""
        known = self.once(self.wording, without | {part})
        own = self.part == part
        return np.hstack([self.x[own], self.columns(part, known)])

    def trees(self, without):
        """Trees learnt outside some parts."""
        parts = [p for p in range(PARTS) if p not in without]
        rows = [self.seen(p, without) for p in parts]
        used = [self.w[self.part == p] > 0 for p in parts]
        pick = lambda values: np.concatenate([values[self.part == p][u] for p, u in zip(parts, used)])
        x = np.concatenate([r[u] for r, u in zip(rows, used)])
        sets = lightgbm.Dataset(x, pick(self.y), weight=pick(self.w), params={"max_bin": 127, "verbose": -1})
        # Thresholds at random: fewer hosts than features, and what a tree cannot fit closely it cannot learn by heart.
        options = dict(objective="binary", num_leaves=self.args.leaves, max_depth=self.args.depth,
                       learning_rate=self.args.rate, min_data_in_leaf=100, lambda_l2=10.0, feature_fraction=0.4,
                       extra_trees=True, seed=1, deterministic=True, force_row_wise=True,
                       num_threads=self.args.threads, verbose=-1)
        return lightgbm.train(options, sets, self.args.trees)


def examples(pages, clean, names, args):
    """Text, part, features that need the text only, label and weight of its lines."""
    rng = random.Random(7)
    web, plain = names.index("web"), names.index("wording")
    shown = []
    for p in pages:
        shown.append((p, p["lines"], "as", 1.0))
        if p["set"] != "traf":
            for lines in extracts(p, rng):
                shown.append((p, lines, rng.choice(["as", "as", "one", "two"]), args.extracts))
    made = [flatten(lines, style) for _, lines, style, _ in shown]
    rows = ask([t for t, _ in made], columns=len(names))
    for (p, lines, _, weight), (text, where), (numbers, m) in zip(shown, made, rows):
        if len(m) == 0 or m[0, web] < NEEDED:
            continue
        kind = {"article": 1.0, "documentation": 1.0, "aeb": 1.6, "traf": 1.0}.get(p.get("page_type", p["set"]), 0.45)
        mine = [lines[where[int(n)]] for n in numbers]
        k = np.array([weight_of(l) for l in mine]) ** 0.5
        # Each page counts alike, up to a length; long lines more than short ones.
        w = weight * kind * k * min(1.0, 400.0 / max(1.0, k.sum()))
        yield text, p["part"], m[:, :plain], np.array([not l["keep"] for l in mine]), w
    few = np.random.default_rng(5)
    for (path, text), (_, m) in zip(clean, ask([c[1] for c in clean], columns=len(names))):
        if len(m) == 0 or m[0, web] < NEEDED:
            continue
        # A third of the lines is as good as all.
        w = np.where(few.random(len(m)) < 0.35, 6.0 * min(1.0, 600.0 / len(m)), 0.0)
        yield text, part_of(path), m[:, :plain], np.zeros(len(m), bool), w


def write_trees(f, trees, names):
    """Each tree's nodes, children behind their parents."""
    def walk(node, out):
        place = len(out)
        out.append(None)
        if "leaf_value" in node:
            out[place] = f"leaf\t{node['leaf_value']:.5g}\n"
            return place
        left, right = walk(node["left_child"], out), walk(node["right_child"], out)
        out[place] = f"{names[node['split_feature']]}\t{node['threshold']:.7g}\t{left}\t{right}\n"
        return place
    for tree in trees.dump_model()["tree_info"]:
        out = []
        walk(tree["tree_structure"], out)
        f.write("tree\n")
        f.writelines(out)


def write(lines, without, path, note):
    """The model learnt outside some parts; weights as two hexadecimal digits each."""
    whole, scale, bias = lines.once(lines.weights, without)
    with open(path, "w") as f:
        f.write(f"#\t{note}\nswitch\t{SWITCH}\nswitch-blank\t{SWITCH_BLANK}\nscale\t{scale:.7g}\t{bias:.7g}\n")
        for at in range(0, SLOTS, 64):
            digits = "".join(f"{int(x) & 255:02x}" for x in whole[at:at + 64])
            f.write(f"weights\t{at}\t{digits}\n")
        write_trees(f, lines.trees(without), lines.names)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", type=pathlib.Path, required=True)
    ap.add_argument("--clean", nargs="*", default=[])
    ap.add_argument("--out", default=str(ROOT / "data/strip/model.tsv"))
    ap.add_argument("--trees", type=int, default=150)
    ap.add_argument("--leaves", type=int, default=24)
    ap.add_argument("--depth", type=int, default=8)
    ap.add_argument("--rate", type=float, default=0.1)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--extracts", type=float, default=0.12, help="weight of a page's extracts")
    ap.add_argument("--full", action="store_true", help="one model, trained on all hosts")
    args = ap.parse_args()
    names = subprocess.run([BIN, "--names"], capture_output=True, text=True, check=True).stdout.split()
    pages = load(args.data)
    clean = clean_documents(args.clean)
    lines = Lines(pages, clean, names, args)
    if args.full:
        write(lines, frozenset(), args.out, "scripts/strip/train.py --full")
        return
    for part in range(PARTS):
        path = f"{args.out}.{part}"
        write(lines, frozenset({part}), path, f"scripts/strip/train.py, part {part} of {PARTS} held out")
        unseen = [p["url"] for p in pages if p["part"] == part] + [c[0] for c in clean if part_of(c[0]) == part]
        with open(path + ".held", "w") as f:
            f.writelines(name + "\n" for name in unseen)


if __name__ == "__main__":
    main()
