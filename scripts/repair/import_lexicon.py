#!/usr/bin/env python3
"""Merges lists of inverse-spin entries into data/repair/{w,a,b}.tsv.

    scripts/repair/import_lexicon.py [--add] FOLDER

FOLDER holds w1/, w2/ (family W), a/ and b/ with *.tsv in the seven columns of data/repair/README.md. Entries with the
same spun phrase, form and conditions are merged: repairs in order, the mean of the priors. Entries of another source
than `general` that stand in data/repair already are kept; with `--add` all that stand there are, and a listed phrase
that has an entry with the same form and conditions is left as it is. Malformed lines are reported and left out. A repair whose
phrase is also a spun phrase of the same family with a prior of 90 or more and no condition is left out: it would be repaired again.
"""
import glob, os, re, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "repair")
HEAD = "# spun\trepairs\tform\tprior\tleft\tright\tsource\n"


def read(path, bad):
    for i, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        c = line.split("\t")
        if len(c) < 7:
            c += [""] * (6 - len(c)) + ["general"] if len(c) >= 4 else []
        if len(c) != 7:
            bad.append((path, i, line)); continue
        spun, repairs, form, prior, left, right, source = (x.strip() for x in c)
        spun = re.sub(r"\s+", " ", spun.replace("’", "'"))
        if form not in ("x", "n", "v", "a", "p") or not prior.isdigit() or not 1 <= int(prior) <= 99:
            bad.append((path, i, line)); continue
        if form != "p":
            spun = spun.lower()
        rs = [re.sub(r"\s+", " ", r.strip().replace("’", "'")) for r in repairs.split("|")]
        head = re.match(r"(?:[A-Z]\.)+ ", spun)
        if head and all(r.startswith(head[0]) for r in rs):
            spun, rs = spun[len(head[0]):], [r[len(head[0]):] for r in rs]
        rs = [r for r in rs if r and r != spun and not re.search(r"[^\w\s'\-.]", r)]
        if not rs or not 1 <= len(spun.split()) <= 10 or re.search(r"[^\w\s'\-]", spun):
            bad.append((path, i, line)); continue
        order = lambda s: " ".join(sorted(set(s.split())))
        yield (spun, form, order(left), order(right), source or "general"), rs, int(prior)


def main():
    add = "--add" in sys.argv
    folder = [a for a in sys.argv[1:] if a != "--add"][0]
    bad = []
    for family, parts in (("w", ("w1", "w2")), ("a", ("a",)), ("b", ("b",))):
        out = os.path.join(ROOT, family + ".tsv")
        merged = {}
        files = [f for p in parts for f in sorted(glob.glob(os.path.join(folder, p, "*.tsv")))]
        own = [f for f in [out] if os.path.exists(f)]
        rows = [r for f in files for r in read(f, bad)]
        kept = [r for f in own for r in read(f, bad) if add or r[0][4] != "general"]
        known = {k[:4] for k, _, _ in kept} if add else set()
        rows = [r for r in rows if r[0][:4] not in known] + kept
        for k, rs, p in rows:
            old = merged.setdefault(k, ([], []))
            old[0].extend(r for r in rs if r not in old[0])
            old[1].append(p)
        hard = {k[0] for k, v in merged.items() if k[1] != "p" and not k[2] and not k[3] and sum(v[1]) / len(v[1]) >= 90}
        with open(out, "w", encoding="utf-8") as f:
            f.write(HEAD)
            n = 0
            for (spun, form, left, right, source), (rs, ps) in sorted(merged.items()):
                if form == "p" and (spun == spun.lower()):
                    form = "x"
                rs = [r for r in rs if r not in hard][:5]
                if not rs:
                    continue
                n += 1
                prior = round(sum(ps) / len(ps))
                f.write("\t".join((spun, "|".join(rs), form, str(prior), left, right, source)) + "\n")
        print(family, n, "entries")
    for path, i, line in bad[:20]:
        print("left out:", os.path.basename(path), i, line, file=sys.stderr)
    print(len(bad), "malformed lines")


main()
