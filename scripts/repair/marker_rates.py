#!/usr/bin/env python3
"""Counts anew how often clean English uses each marker.  Python 3.11, standard library only.

    scripts/repair/marker_rates.py [--write | --raise] FOLDER_OR_JSONL...

Reads text files (below folders) and JSONL files with `text`, all taken for clean, and prints each marker of
data/repair/markers.tsv with its rate there beside the one in the file, per million words. A marker seen n times in N
words has the rate (n + 0.5) / N. `--write` replaces the fourth column; `--raise` only
where the marker was seen at least 5 times and is commoner here: texts of kinds that the first count lacked. The estimate for spun text is never touched.
Words are runs of letters, digits and inner apostrophes and hyphens; a phrase does not reach over punctuation.
"""
import json, os, re, sys

FILE = os.path.join(os.path.dirname(__file__), "../../data/repair/markers.tsv")
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|[^\s\w]|\n")


def texts(paths):
    for path in paths:
        if path.endswith(".jsonl"):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    yield json.loads(line)["text"]
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(files):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                    yield f.read()


def main():
    paths = [a for a in sys.argv[1:] if not a.startswith("--")]
    if not paths:
        sys.exit(__doc__)
    with open(FILE, encoding="utf-8") as f:
        lines = f.read().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    counts = dict.fromkeys((r[0] for r in rows), 0)
    longest = max(len(p.split()) for p in counts)
    first = {p.split()[0] for p in counts}
    words = 0
    for text in texts(paths):
        tokens = WORD.findall(text.lower().replace("\u2019", "'"))
        for i, token in enumerate(tokens):
            if not token[0].isalnum():
                continue
            words += 1
            if token not in first:
                continue
            phrase = ""
            for n in range(longest):
                if i + n >= len(tokens) or not tokens[i + n][0].isalnum():
                    break
                phrase = phrase + " " + tokens[i + n] if phrase else token
                if phrase in counts:
                    counts[phrase] += 1
    if not words:
        sys.exit("no words read")
    rates = {p: (n + 0.5) * 1e6 / words for p, n in counts.items()}
    if not {"--write", "--raise"} & set(sys.argv):
        print(f"# {words} words")
        for phrase, family, _, clean in rows:
            print(f"{phrase}\t{family}\t{counts[phrase]}\t{clean}\t{rates[phrase]:.4g}")
        return
    with open(FILE, "w", encoding="utf-8") as f:
        for line in lines:
            c = line.split("\t")
            if not line.startswith("#"):
                if "--write" in sys.argv or (counts[c[0]] >= 5 and rates[c[0]] > float(c[3])):
                    c[3] = f"{rates[c[0]]:.4g}"
            f.write("\t".join(c) + "\n")


main()
