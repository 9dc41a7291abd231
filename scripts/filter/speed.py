#!/usr/bin/env python3
"""MB/s of the programs that the filters are named after, on the texts of a JSONL file: the first megabyte of it.

    /tmp/oracle/bin/python scripts/filter/speed.py texts.jsonl
    for p in c4 fineweb-lines gopher gopher-datamap dclm-lines justext; do
      printf 'stages = ["decode"]\\n[filter]\\npresets = ["%s"]\\n' $p > /tmp/$p.toml
      limpid bench texts.jsonl --most 16MiB --config /tmp/$p.toml
    done

The originals stop at the first rule that a text fails; limpid evaluates all.
"""
import json
import sys
import time
import warnings

from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from justext.core import PathInfo, classify_paragraphs, revise_paragraph_classification
from justext.paragraph import Paragraph
from justext.utils import get_stoplist

STOP_WORDS = get_stoplist('English')


def justext(text):
    paragraphs = []
    for line in text.split('\n'):
        if line.strip():
            paragraphs.append(Paragraph(PathInfo().append('p')))
            paragraphs[-1].append_text(line)
    classify_paragraphs(paragraphs, STOP_WORDS)
    revise_paragraph_classification(paragraphs)


def datatrove(*filters):
    def run(text):
        for made in filters:
            made.filter(Document(text=text, id='0'))
    return run


def main():
    warnings.simplefilter('ignore')
    texts, size = [], 0
    with open(sys.argv[1], encoding='utf-8') as rows:
        for row in rows:
            texts.append(json.loads(row)['text'])
            size += len(texts[-1].encode())
            if size > 1_000_000:
                break
    for name, run in (('c4', datatrove(C4QualityFilter())), ('fineweb-lines', datatrove(FineWebQualityFilter())),
                      ('gopher', datatrove(GopherQualityFilter(), GopherRepetitionFilter())), ('justext', justext)):
        run('One line. It loads what is loaded once.')
        begun = time.process_time()
        for text in texts:
            run(text)
        print(f'{name:14} {size / 1e6 / (time.process_time() - begun):.2f} MB/s')


if __name__ == '__main__':
    main()
