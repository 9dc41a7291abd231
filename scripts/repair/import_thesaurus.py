#!/usr/bin/env python3
"""Merges lists of exchanged words and of terms into data/repair/thesaurus.tsv and terms.tsv, or the wide lists.

    scripts/repair/import_thesaurus.py [--source NAME] [--terms] [--wide] FILES...

A line of a thesaurus list is `meant FORM spun|spun|...` (FORM n, v, a or x); a list of terms is parted by `;` and line
ends; a line `a|b * c|d` stands for every whole term of a beginning and a head; a line `a|b + c|d` is a pattern, which
says the same and is trusted less. `--wide` merges into wide_thesaurus.tsv and wide_terms.tsv, which leave out what the
lists of all texts have, and terms without any word that an entry or a link leads to. What stands in the files already is kept with its source; a pair stands under the source that brought it first.
"""
import itertools, os, re, sys

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


def thesaurus(files, source, wide):
    name = "wide_thesaurus.tsv" if wide else "thesaurus.tsv"
    head, old = rows(name)
    pairs = {}
    listed = {(m, f, s) for m, f, spun, _ in rows("thesaurus.tsv")[1] for s in spun.split("|")} if wide else set()
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
                if (m[1], m[2], s) in listed:
                    continue
                if WORDS.match(s) and s != m[1] and max(len(s.split()), len(m[1].split())) <= 5:
                    pairs.setdefault((m[1], m[2], s), source)
                elif s != m[1]:
                    print("left out:", path, i, s, file=sys.stderr)
    merged = {}
    for (meant, form, s), where in pairs.items():
        merged.setdefault((meant, form, where), []).append(s)
    write(name, head, ["\t".join((m, f, "|".join(s), w)) for (m, f, w), s in merged.items()])
    print(len(merged), "rows,", len(pairs), "pairs")


def wide_terms(terms):
    head, old = rows("wide_terms.tsv")
    terms = terms | {before + " " + last for before, heads in old for last in heads.split("|")}
    listed = {r[1] for r in rows("terms.tsv")[1] if not r[0]}
    meant = {r[0] for name in ("thesaurus.tsv", "wide_thesaurus.tsv") for r in rows(name)[1]}
    meant |= {m for name in ("w.tsv", "a.tsv", "b.tsv") for r in rows(name)[1] for m in r[1].split("|")}
    heads = {}
    for term in terms - listed:
        if any(w in meant or (w.endswith("s") and w[:-1] in meant) for w in term.split()):
            before, _, last = term.rpartition(" ")
            heads.setdefault(before, set()).add(last)
    out = []
    for before, last in heads.items():
        # Plurals are made at set-up.
        kept = [w for w in last if not (w.endswith("s") and {w[:-1], w.removesuffix("es")} & last - {w})]
        out.append((before, "|".join(sorted(kept))))
    write("wide_terms.tsv", head, ["\t".join(r) for r in out])
    print(len(out), "rows")


def terms(files, wide):
    head, old = ([], []) if wide else rows("terms.tsv")
    out = {tuple(r) for r in old}
    for path in files:
        for line in open(path, encoding="utf-8"):
            line = line.strip().lower()
            if " * " in line:
                parts = [[t.strip() for t in p.split("|")] for p in line.split(" * ")]
                line = ";".join(" ".join(p) for p in itertools.product(*parts))
            before, _, after = line.rpartition(" + ")
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
    if wide:
        return wide_terms({term for before, term in out if not before})
    write("terms.tsv", head, ["\t".join(r) for r in out])
    print(len(out), "rows")


def main():
    args = sys.argv[1:]
    source = "general"
    if "--source" in args:
        i = args.index("--source")
        source = args[i + 1]
        del args[i : i + 2]
    wide = "--wide" in args
    merge = terms if "--terms" in args else lambda files, wide: thesaurus(files, source, wide)
    merge([a for a in args if a not in ("--wide", "--terms")], wide)


main()
