#!/usr/bin/env python3
"""Writes data/filter/stop_words.tsv: jusText's stop lists of the languages below, a language a row.

    python3 -m venv /tmp/filter && /tmp/filter/bin/pip install justext
    /tmp/filter/bin/python scripts/filter/stop_words.py > data/filter/stop_words.tsv
"""
import sys
from importlib.resources import files

LANGUAGES = {
    'bg': 'Bulgarian', 'cs': 'Czech', 'da': 'Danish', 'de': 'German', 'el': 'Greek', 'en': 'English', 'es': 'Spanish',
    'fi': 'Finnish', 'fr': 'French', 'hu': 'Hungarian', 'id': 'Indonesian', 'it': 'Italian', 'nb': 'Norwegian_Bokmal',
    'nl': 'Dutch', 'pl': 'Polish', 'pt': 'Portuguese', 'ro': 'Romanian', 'ru': 'Russian', 'sv': 'Swedish',
    'tr': 'Turkish', 'uk': 'Ukrainian',
}


def main():
    sys.stdout.reconfigure(encoding='utf-8', newline='\n')
    print('# language\twords. jusText\'s lists, BSD-2-Clause; see data/filter/README.md')
    for code, name in LANGUAGES.items():
        lines = files('justext').joinpath(f'stoplists/{name}.txt').read_text(encoding='utf-8').splitlines()
        words = sorted({line.lower() for line in lines} - {''})
        assert not any(any(c.isspace() for c in w) for w in words), name
        print(code, ' '.join(words), sep='\t')


if __name__ == '__main__':
    main()
