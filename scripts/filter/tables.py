#!/usr/bin/env python3
"""Writes data/filter/english.tsv: what the filters know of characters and of English words.

The classes of characters are those of spaCy's blank English tokenizer, of datatrove and of Python's own string methods;
the special cases are spaCy's. Only what the rules say is taken down (ranges of characters, short lists), no code.

    python3 -m venv /tmp/filter && /tmp/filter/bin/pip install datatrove spacy
    /tmp/filter/bin/python scripts/filter/tables.py > data/filter/english.tsv
"""
import re
import sys
import unicodedata

import spacy
from datatrove.utils.text import PUNCTUATION_SET, TERMINAL_PUNCTUATION
from spacy.lang import char_classes as cc
from spacy.pipeline.sentencizer import Sentencizer

SURROGATES = range(0xD800, 0xE000)


def ranges(test):
    found, start = [], None
    for code in range(0x110001):
        inside = code < 0x110000 and code not in SURROGATES and test(chr(code))
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            found.append(f'{start:X}' if start == code - 1 else f'{start:X}-{code - 1:X}')
            start = None
    return ' '.join(found)


def in_class(inner):
    return re.compile(f'[{inner}]').match


def one(items):
    """The alternatives that are one character each, as a test; the others must be known to the program."""
    pattern = re.compile('|'.join(items))
    return lambda c: bool(pattern.fullmatch(c))


icons, punct, quotes = cc.LIST_ICONS, cc.LIST_PUNCT, cc.LIST_QUOTES
SETS = {
    # spaCy
    'alpha': in_class(cc.ALPHA),
    'lower': in_class(cc.ALPHA_LOWER),
    'upper': in_class(cc.ALPHA_UPPER),
    'prefix': one(['§', '%', '=', '—', '–', '…'] + punct + quotes + icons + cc.LIST_CURRENCY),
    'suffix': one(['—', '–', '…'] + punct + quotes + icons),
    'currency': one(cc.LIST_CURRENCY),
    'infix': one(['…'] + icons),
    'dot-before': in_class(r'0-9{al}{e}{p}(?:{q})'.format(al=cc.ALPHA_LOWER, e=r'%²\-\+', q=cc.CONCAT_QUOTES, p=cc.PUNCT)),
    'inner-dot-before': in_class(cc.ALPHA_LOWER + cc.CONCAT_QUOTES),
    'inner-dot-after': in_class(cc.ALPHA_UPPER + cc.CONCAT_QUOTES),
    'sentence-end': set(Sentencizer.default_punct_chars).__contains__,
    # datatrove
    'symbol': PUNCTUATION_SET.__contains__,
    'terminal': TERMINAL_PUNCTUATION.__contains__,
    # Python
    'punctuation': lambda c: unicodedata.category(c).startswith('P'),
    'letter': str.isalpha,
    'alphanumeric': str.isalnum,
    'digit': str.isdigit,
}


def main():
    out = sys.stdout
    out.reconfigure(encoding='utf-8', newline='\n')
    out.write('# kind\tname\tvalue. Written by scripts/filter/tables.py; licences in data/filter/README.md\n')
    for name, test in SETS.items():
        out.write(f'set\t{name}\t{ranges(test)}\n')
    for name, items in (('prefix', cc.LIST_CURRENCY), ('suffix', punct), ('currency', cc.LIST_CURRENCY), ('unit', cc.LIST_UNITS)):
        words = (re.sub(r'\\(.)', r'\1', item) for item in items)
        for word in sorted(w for w in words if len(w) > 1 or name == 'unit'):
            out.write(f'word\t{name}\t{word}\n')
    rules = spacy.blank('en').tokenizer.rules
    for key in sorted(rules):
        if key.isspace():
            continue
        parts = [part[65] for part in rules[key]]  # 65 is ORTH
        assert ''.join(parts) == key, key
        out.write('case\t{}\t{}\n'.format(key, ' '.join(parts)))


if __name__ == '__main__':
    main()
