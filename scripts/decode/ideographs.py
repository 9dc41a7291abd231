#!/usr/bin/env python3
"""Writes ideographs.tsv: how often a character stands in Chinese, Japanese and Korean text.

Source: the word frequencies of wordfreq 3.1 (PyPI; data under CC BY-SA 4.0). Its Chinese is simplified; the traditional
characters (`zh-hant`) have the count of the simplified one that wordfreq's own table makes of them, shared alike.
Run: pip install wordfreq msgpack; python3 scripts/decode/ideographs.py > data/decode/ideographs.tsv
Columns: language, cost in quarter bits, the characters of that cost.
"""
import collections, gzip, math, pathlib

import msgpack
import wordfreq

LONGEST, DEAREST = 60000, 72


def counts(language):
    found = collections.Counter()
    for word, share in wordfreq.get_frequency_dict(language, wordlist="best").items():
        for c in word:
            if c > "\x7f":
                found[c] += share
    return found


def traditional(simple):
    path = pathlib.Path(wordfreq.__file__).parent / "data/_chinese_mapping.msgpack.gz"
    to_simple = msgpack.load(gzip.open(path), strict_map_key=False)
    to_simple = {chr(k) if isinstance(k, int) else k: v for k, v in to_simple.items()}
    forms = collections.defaultdict(set)
    for old, new in to_simple.items():
        if len(old) == 1:
            forms[new].add(old)
    found = collections.Counter()
    for c, n in simple.items():
        old = forms.get(c, {c})
        for o in old:
            found[o] += n / len(old)
        if c not in old:
            found[c] += n / 8
    return found


def main():
    chinese = counts("zh")
    for name, found in (("zh", chinese), ("zh-hant", traditional(chinese)), ("ja", counts("ja")), ("ko", counts("ko"))):
        total = sum(found.values())
        costs = collections.defaultdict(list)
        for c, n in found.items():
            cost = round(-4 * math.log2(n / total))
            if cost <= DEAREST:
                costs[cost].append(c)
        for cost, chars in sorted(costs.items()):
            print(f"{name}\t{cost}\t{''.join(sorted(chars))}")


main()
