#!/usr/bin/env python3
"""Merges lists of exchanged words and of terms into data/repair/thesaurus.tsv and terms.tsv.

    scripts/repair/import_thesaurus.py [--source NAME] [--terms] FILES...

A line of a thesaurus list is `meant FORM spun|spun|...` (FORM n, v, a or x); a list of terms is parted by `;` and line
ends; a line `a|b + c|d` is a pattern: any of the beginnings, then any of the heads. What stands in the files already is kept with its source; a pair stands under the source that brought it first.
"""
import os, re, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "repair")
WORDS = re.compile(r"[\w'-]+(?: [\w'-]+)*$")

COUNTABLE = set(
    "network model algorithm method technique system classifier approach framework process problem task application device "
    "sensor node source service signal image sample set value error rate function dataset vehicle agent contract provider "
    "server component coefficient tree sector company product institution issue conflict leader market price bank cell "
    "tumor patient outcome record disorder symptom feature equation series".split()
)


def rows(name):
    path = os.path.join(ROOT, name)
    lines = open(path, encoding="utf-8").read().splitlines() if os.path.exists(path) else []
    return [l for l in lines if l.startswith("#")], [l.split("\t") for l in lines if l and not l.startswith("#")]


def write(name, head, lines):
    with open(os.path.join(ROOT, name), "w", encoding="utf-8") as f:
        f.writelines(l + "\n" for l in head + sorted(lines))


def thesaurus(files, source):
    head, old = rows("thesaurus.tsv")
    pairs = {}
    for meant, form, spun, where in old:
        for s in spun.split("|"):
            pairs.setdefault((meant, form, s), where)
    for path in files:
        for i, line in enumerate(open(path, encoding="utf-8"), 1):
            line = line.strip().lower()
            if not line or line.startswith("#"):
                continue
            m = re.match(r"(.+?) ([nvax]) (.+)$", line)
            if not m or not WORDS.match(m[1]):
                print("left out:", path, i, line, file=sys.stderr)
                continue
            for s in m[3].split("|"):
                s = s.strip()
                if WORDS.match(s) and s != m[1] and max(len(s.split()), len(m[1].split())) <= 5:
                    pairs.setdefault((m[1], m[2], s), source)
                elif s != m[1]:
                    print("left out:", path, i, s, file=sys.stderr)
    merged = {}
    for (meant, form, s), where in pairs.items():
        merged.setdefault((meant, form, where), []).append(s)
    write("thesaurus.tsv", head, ["\t".join((m, f, "|".join(s), w)) for (m, f, w), s in merged.items()])
    print(len(merged), "rows,", len(pairs), "pairs")


def terms(files):
    head, old = rows("terms.tsv")
    out = {tuple(r) for r in old}
    for path in files:
        for line in open(path, encoding="utf-8"):
            before, _, after = line.strip().lower().rpartition(" + ")
            for term in re.split("[|]" if before else ";", after):
                term = " ".join(term.split())
                if before or (term and " " in term):
                    if not (WORDS.match(term) and len(term.split()) <= 6):
                        print("left out:", path, term, file=sys.stderr)
                    elif not before:
                        out.add(("", term))
            if before:
                after = "|".join(t + s for t in after.split("|") for s in (("", "s") if t.split()[-1] in COUNTABLE else ("",)))
                parts = ("|".join(sorted({t.strip() for t in p.split("|")})) for p in (before, after))
                out.add(tuple(parts))
    write("terms.tsv", head, ["\t".join(r) for r in out])
    print(len(out), "rows")


def main():
    args = sys.argv[1:]
    source = "general"
    if "--source" in args:
        i = args.index("--source")
        source = args[i + 1]
        del args[i : i + 2]
    if "--terms" in args:
        args.remove("--terms")
        terms(args)
    else:
        thesaurus(args, source)


main()
