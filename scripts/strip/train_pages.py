#!/usr/bin/env python3
"""Trains the line model for pages of HTML and scores it on sites it has not seen.

    python3 -m venv target/train && target/train/bin/pip install numpy scipy scikit-learn lightgbm
    target/train/bin/python scripts/strip/train_pages.py --data ../shared/data [--full] [--out data/strip/pages.tsv]

The pages are those of the line sets, read from their markup (`html_aeb`, `html_wcxb`, `html_traf`); the labels are those of
the lines (`lines`), carried over to the lines that limpid makes of the markup: equal lines one by one, what lies between
by its words. Hosts are split as in `train.py`, whose trees, chain and report this uses. Features come from
`cargo run --release --example page_features`: the code that runs later. Needs zstd and tar.
"""
import argparse, difflib, json, pathlib, re, struct, subprocess, sys, threading
import numpy as np
import lightgbm

import train

BIN = train.ROOT / "target/release/examples/page_features"
# Costs of the chain and the bar of the stage's default threshold.
SWITCH, SWITCH_BLANK, BAR = 0.4, 0.3, 0.0
# Weights of pages by kind: what counts as content is arguable on the others.
KINDS = {"article": 1.0, "documentation": 1.0, "aeb": 1.6, "traf": 1.0}


def decoded(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        named = re.search(rb"charset=[\"']?([\w-]+)", raw[:4096])
        try:
            return raw.decode(named.group(1).decode() if named else "cp1252", "replace")
        except LookupError:
            return raw.decode("cp1252", "replace")


def unpacked(data):
    """Folders with the pages of each set."""
    out = {}
    for name, archive in (("aeb", "html"), ("wcxb", "pages"), ("traf", "html")):
        folder = train.ROOT / "target/peers/pages" / name
        if not folder.is_dir() or not any(folder.iterdir()):
            folder.mkdir(parents=True, exist_ok=True)
            packed = subprocess.Popen(["zstd", "-d", "--long=27", "-c", data / f"html_{name}/{archive}.tar.zst"], stdout=subprocess.PIPE)
            subprocess.run(["tar", "x", "-C", folder], stdin=packed.stdout, check=True)
        out[name] = folder
    return out


def markup(page, folders):
    folder = folders[page["set"]]
    path = folder / page["id"]
    return decoded((path if path.exists() else folder / f"{page['id']}.html").read_bytes())


def part_of(page):
    return train.part_of(train.host(page["url"]))


def words(text):
    return re.findall(r"\w+", text.lower())


def carry(labelled, texts):
    """For each of `texts` a labelled line, or None: `keep` and `soft` as in the line sets."""
    plain = lambda t: " ".join(t.split())
    a, b = [plain(l["text"]) for l in labelled], [plain(t) for t in texts]
    out = [None] * len(b)
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            for k in range(i2 - i1):
                out[j1 + k] = labelled[i1 + k]
        elif kind == "replace":
            left = [(w, i) for i in range(i1, i2) for w in words(a[i])]
            right = [(w, j) for j in range(j1, j2) for w in words(b[j])]
            if len(left) * len(right) > 4e7:
                continue
            votes = {}
            match = difflib.SequenceMatcher(None, [w for w, _ in left], [w for w, _ in right], autojunk=False)
            for x, y, n in match.get_matching_blocks():
                for k in range(n):
                    votes.setdefault(right[y + k][1], []).append(left[x + k][1])
            for j, lines in votes.items():
                if len(lines) < 0.5 * len(words(b[j])):
                    continue
                lines = [labelled[i] for i in lines]
                known = [l for l in lines if l.get("keep") is not None and not l.get("soft")]
                share = sum(bool(l["keep"]) for l in known) / max(1, len(known))
                sure = len(known) >= 0.7 * len(lines) and (share > 0.8 or share < 0.2)
                out[j] = {"keep": share > 0.5, "soft": None if sure else "mixed"}
    return out


def rows(pages, columns):
    """Text, line numbers and features of each page."""
    process = subprocess.Popen([BIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        for p in pages:
            process.stdin.write(json.dumps({"html": p["html"]}).encode() + b"\n")
        process.stdin.close()
    threading.Thread(target=feed).start()
    number = lambda: struct.unpack("<I", process.stdout.read(4))[0]
    for _ in pages:
        text = process.stdout.read(number()).decode()
        n = number()
        raw = np.frombuffer(process.stdout.read(n * 4 * (columns + 1)), dtype="<u4").reshape(n, columns + 1)
        yield text, raw[:, 0].copy(), raw[:, 1:].copy().view("<f4")


def read(data):
    columns = subprocess.run([BIN, "--names"], capture_output=True, text=True, check=True).stdout.split()
    # What the weights of words say is left out: those at hand have seen these pages.
    used = [i for i, name in enumerate(columns) if not name.startswith("wording")]
    pages, folders = train.load(data / "lines"), unpacked(data)
    for p in pages:
        p["part"] = part_of(p)
        p["html"] = markup(p, folders)
    for p, (text, numbers, x) in zip(pages, rows(pages, len(columns))):
        lines = text.split("\n")
        mine = [lines[int(n)] for n in numbers]
        last = None
        p["x"], p["read"] = x[:, used], []
        for line, label, n in zip(mine, carry(p["lines"], mine), numbers):
            label = label or {"soft": "unknown"}
            p["read"].append({"text": line, "keep": label.get("keep"), "soft": label.get("soft"), "sp": last is not None and n > last + 1})
            last = n
        del p["html"]
    return pages, [columns[i] for i in used]


def fit(pages, part, args):
    x, y, w = [], [], []
    for p in pages:
        if p["part"] == part:
            continue
        k = np.array([train.weight_of(l) for l in p["read"]]) ** 0.5
        weight = k * min(1.0, 400.0 / max(1.0, k.sum())) * KINDS.get(p.get("page_type", p["set"]), 0.45)
        used = weight > 0
        x.append(p["x"][used]); w.append(weight[used])
        y.append(np.array([not l["keep"] for l in p["read"]])[used])
    sets = lightgbm.Dataset(np.concatenate(x), np.concatenate(y), weight=np.concatenate(w), params={"max_bin": 127, "verbose": -1})
    options = dict(objective="binary", num_leaves=args.leaves, learning_rate=args.rate, min_data_in_leaf=40, max_bin=127,
                   extra_trees=True, max_depth=8, lambda_l2=2.0, feature_fraction=0.4, seed=1, deterministic=True, force_row_wise=True, num_threads=args.threads,
                   verbose=-1)
    return lightgbm.train(options, sets, args.trees)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", type=pathlib.Path, required=True)
    ap.add_argument("--out", default=str(train.ROOT / "data/strip/pages.tsv"))
    ap.add_argument("--trees", type=int, default=150)
    ap.add_argument("--leaves", type=int, default=24)
    ap.add_argument("--rate", type=float, default=0.1)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--full", action="store_true", help="train on all hosts (no report); else five models, OUT.0 and so on, each without a fifth of them")
    args = ap.parse_args()
    pages, columns = read(args.data)
    # Pages without labels are nobody's training, but their hosts have parts too.
    addresses = {p["url"]: p["part"] for p in pages}
    for path in unpacked(args.data)["wcxb"].glob("*.json"):
        url = json.loads(path.read_text())["url"]
        addresses.setdefault(url, train.part_of(train.host(url)))
    print("lines", sum(len(p["read"]) for p in pages), "columns", len(columns), file=sys.stderr)
    if args.full:
        write(fit(pages, None, args), columns, args.out, "scripts/strip/train_pages.py --full")
        return
    models = {}
    for part in range(train.PARTS):
        models[part] = fit(pages, part, args)
        path = f"{args.out}.{part}"
        write(models[part], columns, path, f"scripts/strip/train_pages.py, part {part} of {train.PARTS} held out")
        held = sorted(url for url, its in addresses.items() if its == part)
        pathlib.Path(path + ".held").write_text("".join(u + "\n" for u in held))
    report(pages, models)


def write(trees, columns, path, note):
    with open(path, "w") as f:
        f.write(f"#\t{note}\nswitch\t{SWITCH}\nswitch-blank\t{SWITCH_BLANK}\n")
        train.write_trees(f, trees, columns)


def smooth(scores, blank):
    """The likeliest run of keep and drop, as `Model::smooth`."""
    best, back = [0.0, 0.0], []
    for i, s in enumerate(scores):
        cost = 0.0 if i == 0 else SWITCH_BLANK if blank[i] else SWITCH
        half = 0.5 * min(max(s - BAR, -6.0), 6.0)
        back.append((best[1] - cost > best[0], best[1] >= best[0] - cost))
        best = [max(best[1] - cost, best[0]) - half, max(best[1], best[0] - cost) + half]
    out, state = [False] * len(scores), best[1] > best[0]
    for i in range(len(scores) - 1, -1, -1):
        out[i] = state
        state = back[i][int(state)]
    return out


def f1(tp, fp, fn):
    return 2 * tp / max(1e-9, 2 * tp + fp + fn)


def report(pages, models):
    """What the model and its chain keep and drop, without the rules."""
    sums = {}
    for p in pages:
        if p["part"] not in models:
            continue
        scores = models[p["part"]].predict(p["x"], raw_score=True) if len(p["x"]) else []
        drop = smooth(scores, [l["sp"] for l in p["read"]])
        c = np.zeros(8)
        for l, d in zip(p["read"], drop):
            if k := train.weight_of(l):
                i = 0 if l["keep"] and not d else 1 if not l["keep"] and not d else 2 if l["keep"] else 3
                c[i] += k
                c[4 + i] += 1
        sums.setdefault(p.get("page_type", p["set"]), []).append(c)
    print("pages count char-F1 mean-of-pages line-F1 keep-recall drop-recall(lines)")
    for kind, every in sorted(sums.items()):
        c = np.sum(every, axis=0)
        mean = np.mean([f1(*page[:3]) for page in every])
        print(f"{kind} {len(every)} {f1(*c[:3]):.3f} {mean:.3f} {f1(*c[4:7]):.3f} "
              f"{c[4] / max(1, c[4] + c[6]):.3f} {c[7] / max(1, c[7] + c[5]):.3f}")


main()
