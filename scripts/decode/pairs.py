#!/usr/bin/env python3
"""Writes pairs.tsv: how often two neighbouring letters follow each other in a language, where one is beyond ASCII.

Source: the word frequencies of wordfreq 3.1 (PyPI; data under CC BY-SA 4.0, https://github.com/rspeer/wordfreq). Only
counts of letter pairs are derived. Words are weighed by frequency; `_` stands for a word's limit.
Languages that wordfreq does not know are counted in the translations that clean_lines.py fetches by package name.
Run: pip install wordfreq; python3 scripts/decode/pairs.py > data/decode/pairs.tsv
Columns: language, pair, cost in quarter bits of the second letter behind the first.
"""
import collections, math, pathlib, re, unicodedata
import wordfreq

import clean_lines

LANGUAGES = "ar bg ca cs da de el es fa fi fr he hu is it lt lv mk nb nl pl pt ro ru sh sk sl sv tr uk vi".split()

TRANSLATED = "be eo et kk".split()


def translated():
    """Words of the translations and their shares, for each of those languages."""
    lines = clean_lines.gather(pathlib.Path("/tmp/limpid-clean-lines"), TRANSLATED)
    for language, found in lines.items():
        counts = collections.Counter(w for line in found for w in re.findall(r"[^\W\d_]+", line.lower()))
        # What stands once or twice is as likely a name or a slip.
        total = counts.total()
        yield language, [(w, n / total) for w, n in counts.items() if n > 1 and not w.isascii()] + [(w, n / total) for w, n in counts.items() if w.isascii() and n > 1]


def words(language):
    for word in wordfreq.top_n_list(language, 30000, wordlist="best"):
        yield word, wordfreq.word_frequency(word, language, wordlist="best")


# Serbian and Macedonian share letters; the list of sh is Latin and is written in Cyrillic here besides.
SERBIAN = {"lj": "љ", "nj": "њ", "dž": "џ", **dict(zip("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш"))}


def cyrillic(word):
    for pair in ("lj", "nj", "dž"):
        word = word.replace(pair, SERBIAN[pair])
    return "".join(SERBIAN.get(c, c) for c in word)


def pairs(counted):
    single, double = collections.Counter(), collections.Counter()
    for word, weight in counted:
        word = unicodedata.normalize("NFC", word.lower())
        # Old Romanian text has the cedilla for the comma.
        letters = "_" + "".join(c if c.isalpha() else "_" for c in word) + "_"
        for a, b in zip(letters, letters[1:]):
            single[a] += weight
            double[a, b] += weight
    for (a, b), n in sorted(double.items()):
        if (a > "\x7f" or b > "\x7f") and n > 2e-7:
            cost = round(-4 * math.log2(n / single[a]))
            if cost < 56:
                yield a + b, cost


def main():
    for language in LANGUAGES:
        lists = {language: list(words(language))}
        if language == "sh":
            lists["sr"] = [(cyrillic(w), f) for w, f in lists["sh"]]
        if language == "ro":
            cedilla = str.maketrans("șțȘȚ", "şţŞŢ")
            lists["ro"] += [(w.translate(cedilla), f) for w, f in lists["ro"]]
        for name, counted in lists.items():
            show(name, counted)
    for name, counted in translated():
        show(name, counted)


def show(name, counted):
    for pair, cost in pairs(counted):
        print(f"{name}\t{pair}\t{cost}")


main()
