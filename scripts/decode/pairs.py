"""Writes pairs.tsv: how often two neighbouring letters follow each other in a language, where one is beyond ASCII.

Source: the word frequencies of wordfreq 3.1 (PyPI; data under CC BY-SA 4.0, https://github.com/rspeer/wordfreq). Only
counts of letter pairs are derived. Words are weighed by frequency; `_` stands for a word's limit.
Run: pip install wordfreq; python3 scripts/decode/pairs.py > data/decode/pairs.tsv
Columns: language, pair, cost in quarter bits of the second letter behind the first.
"""
import collections, gzip, math, unicodedata
import wordfreq

LANGUAGES = "ar bg ca cs da de el es fa fi fr he hu is it lt lv mk nb nl pl pt ro ru sh sk sl sv tr uk vi".split()


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
            for pair, cost in pairs(counted):
                print(f"{name}\t{pair}\t{cost}")


main()
