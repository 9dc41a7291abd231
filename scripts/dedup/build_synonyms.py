#!/usr/bin/env python3
"""Groups words that synonym spinners exchange, for the keys and the check of spun copies: data/dedup/synonyms.tsv.

    scripts/dedup/build_synonyms.py [--without FAMILY] [--most 12] [--out data/dedup/synonyms.tsv]

Read are the `general` rows of the forward tables and the thesaurus of data/repair: single words of three letters and more.
A pair weighs 1 / its place in the row, summed over the tables; the heaviest pairs are joined first, and no group
gets more than `--most` words, so that chains of half-synonyms do not end in one group. Then every word brings its inflected forms, as
nouns and verbs as the tables use it. `--without a` leaves a family's table out, to measure with a spinner that the groups
have not seen. The same arguments give the same file.
"""
import argparse, collections, pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/repair"))
from spin_batch import plural, table, verb

WORD = re.compile(r"[a-z]{3,}$")


def functions():
    """words that the stage takes for grammar, whatever the language"""
    return {line.split("\t")[0] for line in open(ROOT / "data/dedup/function_words.tsv", encoding="utf-8")}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--without", choices=("a", "b", "w"))
    ap.add_argument("--most", type=int, default=12)
    ap.add_argument("--out", default=ROOT / "data/dedup/synonyms.tsv")
    args = ap.parse_args()
    grammar = functions()
    fits = lambda word: WORD.match(word) and word not in grammar
    weight, uses, total = collections.Counter(), collections.defaultdict(set), collections.Counter()
    names = [f"forward_{f}.tsv" for f in "abw" if f != args.without] + ["thesaurus.tsv"]
    for name in names:
        for meant, form, spun, source in table(name):
            if source != "general" or not fits(meant):
                continue
            for place, word in enumerate(spun.split("|")):
                if fits(word) and word != meant:
                    weight[tuple(sorted((meant, word)))] += 1 / (1 + place)
                    uses[meant].add(form)
                    uses[word].add(form)
    above, size = {}, collections.Counter()

    def top(word):
        while word in above:
            word = above[word]
        return word

    for (a, b), w in sorted(weight.items(), key=lambda row: (-row[1], row[0])):
        total[a] += w
        total[b] += w
        a, b = sorted((top(a), top(b)))
        if a != b and (size[a] or 1) + (size[b] or 1) <= args.most:
            above[b] = a
            size[a] = (size[a] or 1) + (size[b] or 1)
    groups, taken = collections.defaultdict(list), set(uses)
    for word in uses:
        groups[top(word)].append(word)
    # A form of two words goes with the weightier one; a word that is listed itself stays where it is.
    for word in sorted(uses, key=lambda w: (-total[w], w)):
        forms = [plural(word)] if "n" in uses[word] else []
        forms += (verb(word) or []) if "v" in uses[word] else []
        for form in forms:
            if fits(form) and form not in taken:
                taken.add(form)
                groups[top(word)].append(form)
    with open(args.out, "w", encoding="utf-8") as out:
        for words in sorted(sorted(g) for g in groups.values() if len({w for w in g if w in uses}) > 1):
            out.write("\t".join(words) + "\n")


if __name__ == "__main__":
    main()
