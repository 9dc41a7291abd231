#!/usr/bin/env python3
"""Makes batches of one subject, some documents of them spun, for measuring induction from the batch.

    scripts/repair/spin_batch.py OUT.jsonl [--half a|b] [--family w] [--spun 6] [--clean 30] [--rate 0.6] [--seed 1] [--unspun] [--no-site] [--strange]

The stories are those of the shared data (LIMPID_SHARED, default ../shared; dup_reuters), chosen by a word of their subject; stories that have a near-duplicate are
left out, so that no clean document holds the original of a spun one. Half a is for fitting weights, half b, of other subjects, for measuring. A spun document has each
phrase that the forward table of the family lists exchanged with the probability `--rate`: by the same synonym each time in seven of ten cases, drawn by its place in
the row else. Names, that is capitalised words inside a sentence, stay. The same arguments give the same file.

A row: {"id","batch","site","text","gold","spinner_family","spun"}, gold as in data/spun/dev.jsonl of the shared data. `--unspun` leaves every document as it was: then no row may be edited. `--no-site`: no document names its site. `--strange`: beside the spun documents of
a subject stand the clean ones of the next.
"""
import argparse, gzip, json, os, pathlib, random, re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LIMPID_SHARED", ROOT.parent / "shared"))
SUBJECTS = {
    "a": ["coffee", "wheat", "semiconductor", "OPEC", "takeover"],
    "b": ["cocoa", "sugar", "gold", "airline", "steel", "telephone"],
}
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def table(name):
    rows = (line.rstrip("\n").split("\t") for line in open(ROOT / "data/repair" / name, encoding="utf-8") if not line.startswith("#"))
    return [r for r in rows if r != [""]]


IRREGULAR = {r[0]: (r[1].split("|")[0], r[2].split("|")[0]) for r in table("verbs.tsv")}
PLURALS = dict((r[0], r[1]) for r in table("nouns.tsv"))
DOUBLING = {r[0] for r in table("doubling.tsv")}


def plural(word):
    head, _, last = word.rpartition(" ")
    if last in PLURALS:
        last = PLURALS[last].split("|")[0]
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    else:
        last += "es" if re.search(r"(s|x|z|ch|sh)$", last) else "s"
    return f"{head} {last}".strip()


def verb(phrase):
    """third person, past, participle, -ing"""
    word, _, tail = phrase.partition(" ")
    tail = tail and " " + tail
    third = word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + ("es" if re.search(r"(s|x|z|ch|sh|o)$", word) else "s")
    stem = word
    if word in DOUBLING or (re.search(r"^[^aeiou]*[aeiou][^aeiouwxy]$", word)):
        stem = word + word[-1]
    past = stem + "d" if stem.endswith("e") else re.sub(r"([^aeiou])y$", r"\1i", stem) + "ed"
    ing = (stem[:-1] if stem.endswith("e") and not stem.endswith(("ee", "ye", "oe")) else stem) + "ing"
    past, participle = IRREGULAR.get(word, (past, past))
    if word in ("be", "have"):
        return None
    return [f + tail for f in (third, past, participle, ing)]


def forward(family):
    """phrase as a tuple of words -> what the spinner may write, likeliest first"""
    out = {}

    def add(meant, spun):
        row = out.setdefault(tuple(meant.lower().split()), [])
        row.extend(s for s in spun if s not in row and s.lower() != meant.lower())

    for meant, form, spun, _ in table(f"forward_{family}.tsv"):
        if meant != meant.lower():
            continue
        spun = [s for s in spun.split("|") if s == s.lower()]
        add(meant, spun)
        if form == "n":
            add(plural(meant), [plural(s) for s in spun])
        elif form == "v" and (forms := verb(meant)):
            of = [(s, verb(s)) for s in spun]
            for i, f in enumerate(forms):
                add(f, [v[i] for _, v in of if v])
    return {k: v for k, v in out.items() if v}


def spin(text, rows, rate, choose, rng):
    words, at, out, gold = list(WORD.finditer(text)), 0, [], []
    done, i = 0, 0
    lower = [w.group().lower() for w in words]
    start = lambda i: i == 0 or re.search(r"[.!?\n]", text[words[i - 1].end() : words[i].start()])
    name = lambda i: words[i].group()[0].isupper() and not start(i)
    while i < len(words):
        for n in range(min(5, len(words) - i), 0, -1):
            key = tuple(lower[i : i + n])
            inner = all(text[words[j].end() : words[j + 1].start()] == " " for j in range(i, i + n - 1))
            if key in rows and inner and not any(name(j) for j in range(i, i + n)):
                break
        else:
            n = 0
        if n and rng.random() < rate:
            row = rows[key]
            usual = choose.setdefault(key, draw(row, rng))
            new = usual if rng.random() < 0.7 else draw(row, rng)
            before = text[words[i].start() : words[i + n - 1].end()]
            if before[0].isupper():
                new = new[0].upper() + new[1:]
            kept = text[done : words[i].start()]
            out.append(kept)
            at += len(kept)
            gold.append({"start": at, "end": at + len(new), "spun": new, "accept": [before], "kind": "phrase" if n > 1 or " " in new else "lexical"})
            out.append(new)
            at += len(new)
            done = words[i + n - 1].end()
        i += max(n, 1)
    out.append(text[done:])
    return "".join(out), gold


def draw(row, rng):
    return rng.choices(row, [0.7**i for i in range(len(row))])[0]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--half", default="b", choices=SUBJECTS)
    ap.add_argument("--family", default="w", choices=("w", "a", "b"))
    ap.add_argument("--spun", type=int, default=6)
    ap.add_argument("--clean", type=int, default=30)
    ap.add_argument("--rate", type=float, default=0.6)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--unspun", action="store_true")
    ap.add_argument("--no-site", action="store_true")
    ap.add_argument("--strange", action="store_true")
    args = ap.parse_args()
    folder = SHARED / "data/dup_reuters"
    alike = set()
    for line in open(folder / "pairs.tsv", encoding="utf-8"):
        alike.update(x for x in line.split("\t")[:2])
    docs = [json.loads(x) for x in gzip.open(folder / "docs.jsonl.gz", "rt", encoding="utf-8")]
    rows, used = forward(args.family), set()
    with open(args.out, "w", encoding="utf-8") as out:
        subjects = SUBJECTS[args.half]
        for at, subject in enumerate(subjects):
            rng, choose = random.Random(f"{args.seed} {subject}"), {}
            about = [d for d in docs if str(d["id"]) not in alike and d["id"] not in used and 150 <= len(d["text"].split()) <= 700
                     and len(re.findall(rf"\b{subject}\b", d["text"], re.I)) >= 2]
            rng.shuffle(about)
            about = about[: args.spun + args.clean]
            used.update(d["id"] for d in about)
            for n, d in enumerate(about):
                text = "\n\n".join(" ".join(p.split()) for p in re.split(r"\n {2,}", d["text"]))
                spun, gold = n < args.spun and not args.unspun, []
                if spun:
                    text, gold = spin(text, rows, args.rate, choose, rng)
                out.write(json.dumps({"id": f"{subject}-{d['id']}", "batch": subject if spun or not args.strange else subjects[at - 1], "site": None if args.no_site else f"{subject}.example", "spun": spun,
                                      "spinner_family": args.family.upper(), "text": text, "gold": gold}) + "\n")


if __name__ == "__main__":
    main()
