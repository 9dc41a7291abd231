#!/usr/bin/env python3
"""Merges lists of what spinners write for words into data/repair/forward_{w,a,b}.tsv.

    scripts/repair/import_forward.py [--source NAME] [--replace] [--first] FAMILY=FILE...

FAMILY is w, a or b. A line of FILE is `meant<TAB>form<TAB>spun|spun...`, with the source behind another tab where it is not NAME (semicolons instead of tabs will do); `form` is n, v, a or x. Rows of the
same word, form and source are merged, likeliest forms first; a row that is no such thing is named and left out. `--replace` starts from empty tables;
`--first` takes the lists for the better judges of what is likely: what a table has beyond them comes behind.
"""
import argparse, pathlib, re, sys

DATA = pathlib.Path(__file__).resolve().parents[2] / "data/repair"
WORDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.&]*(?:['-][A-Za-z0-9.]+)*(?: [A-Za-z0-9&][A-Za-z0-9.]*(?:['-][A-Za-z0-9.]+)*){0,4}")
# Phrases of a row.
MOST = 12
HEAD = "# meant\tform\tspun\tsource\n"


def read(path, source, rows, problems, first=False):
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        parts = [p.strip() for p in (line.split("\t") if "\t" in line else line.split(";"))]
        if len(parts) not in (3, 4) or parts[1] not in ("n", "v", "a", "x") or not WORDS.fullmatch(parts[0]):
            problems.append(f"{path}:{number}: {line[:80]}")
            continue
        meant, form, spun = parts[:3]
        own = parts[3] if len(parts) == 4 else source
        low = f" {meant.lower()} "
        kept = []
        for s in (s.strip() for s in spun.split("|")):
            # What holds the word that is meant, whole, would be undone for no gain.
            if s and WORDS.fullmatch(s) and s not in kept and low not in f" {s.lower()} ":
                kept.append(s if form == "x" else s.lower() if s != "I" else s)
        if not kept:
            continue
        old = rows.get((meant, form, own), [])
        merged = []
        if first:
            merged = kept + [s for s in old if s not in kept]
        else:
            # Two lists of one word: their first choices first.
            for pair in zip(old + [None] * len(kept), kept + [None] * len(old)):
                merged += [s for s in pair if s and s not in merged]
        rows[(meant, form, own)] = merged[:MOST]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--source", default="general")
    ap.add_argument("--replace", action="store_true")
    ap.add_argument("--first", action="store_true")
    ap.add_argument("lists", nargs="+")
    args = ap.parse_args()
    tables, problems = {}, []
    for item in args.lists:
        family, path = item.split("=", 1)
        if family not in ("w", "a", "b"):
            sys.exit(f"{item}: the family is none of w, a, b")
        if family not in tables:
            tables[family] = {}
            target = DATA / f"forward_{family}.tsv"
            if target.exists() and not args.replace:
                read(target, args.source, tables[family], problems)
        read(path, args.source, tables[family], problems, args.first)
    for family, rows in tables.items():
        with open(DATA / f"forward_{family}.tsv", "w", encoding="utf-8") as out:
            out.write(HEAD)
            for (meant, form, source), spun in sorted(rows.items()):
                out.write(f"{meant}\t{form}\t{'|'.join(spun)}\t{source}\n")
        print(f"{family}: {len(rows)} words, {sum(len(r) for r in rows.values())} links")
    for p in problems:
        print("left out:", p, file=sys.stderr)


if __name__ == "__main__":
    main()
