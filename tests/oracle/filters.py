"""Compares the filter presets with the programs they are named after, on the same texts.

datatrove, spaCy and jusText are the originals themselves; datamap-rs and DCLM are not on PyPI, so their rules are
written down here once more, in Python and from their sources, to be compared with the Rust of this repository.

    python3 -m venv /tmp/oracle && /tmp/oracle/bin/pip install datatrove spacy justext lxml_html_clean
    cargo build --release --bin limpid --example filter_words
    /tmp/oracle/bin/python tests/oracle/filters.py
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

from datatrove.data import Document
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils.text import split_into_sentences, split_into_words
from justext.core import PathInfo, classify_paragraphs, revise_paragraph_classification
from justext.paragraph import Paragraph
from justext.utils import get_stoplist

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where limpid and its example filter_words were built.
BUILT = ROOT / (sys.argv.pop(1) if len(sys.argv) > 1 else 'target/release')

INFINITE = float('inf')
# Every rule alone: the original with all its other rules switched off.
QUALITY = {
    'word-count': {'min_doc_words': 50, 'max_doc_words': 100_000},
    'mean-word-length': {'min_avg_word_length': 3, 'max_avg_word_length': 10},
    'bullet-lines': {'max_bullet_lines_ratio': 0.9},
    'ellipsis-lines': {'max_ellipsis_lines_ratio': 0.3},
    'alphabetic-words': {'max_non_alpha_words_ratio': 0.8},
    'stop-words': {'min_stop_words': 2},
}
QUALITY_OFF = {key: None for rule in QUALITY.values() for key in rule} | {'max_symbol_word_ratio': None}
SYMBOLS = GopherQualityFilter(**QUALITY_OFF | {'max_symbol_word_ratio': 0.1})
REPETITION = {
    'dup-para-frac': {'dup_para_frac': 0.3}, 'dup-para-char-frac': {'dup_para_char_frac': 0.2},
    'dup-line-frac': {'dup_line_frac': 0.3}, 'dup-line-char-frac': {'dup_line_char_frac': 0.2},
    **{f'top-{n}-gram': {'top_n_grams': ((n, s),)} for n, s in ((2, 0.2), (3, 0.18), (4, 0.16))},
    **{f'dup-{n}-grams': {'dup_n_grams': ((n, (20 - n) / 100),)} for n in range(5, 11)},
}
REPETITION_OFF = {'dup_line_frac': None, 'dup_para_frac': None, 'dup_line_char_frac': None, 'dup_para_char_frac': None,
                  'top_n_grams': (), 'dup_n_grams': ()}
FINEWEB_OFF = {'line_punct_thr': -1, 'short_line_thr': INFINITE, 'char_duplicates_ratio': INFINITE, 'new_line_ratio': INFINITE}
FINEWEB = {
    'line-punct-ratio': {'line_punct_thr': 0.12}, 'short-line-ratio': {'short_line_thr': 0.67},
    'char-dup-ratio': {'char_duplicates_ratio': 0.01}, 'list-ratio': {'new_line_ratio': 0.3},
}
C4_REASONS = {'lorem_ipsum': 'c4/lorem-ipsum', 'curly_bracket': 'c4/curly-bracket', 'too_few_sentences': 'c4/sentences'}


def reason(made, text):
    """Why datatrove drops the text; `None` where it keeps it, 'error' where it divides by nothing."""
    try:
        result = made.filter(Document(text=text, id='0'))
    except ZeroDivisionError:
        return 'error'
    return None if result is True else result[1]


def read_rows(path):
    # Not splitlines: a JSON string may hold other marks that end lines.
    return [json.loads(line) for line in path.read_text(encoding='utf-8').split('\n') if line]


def texts():
    """Seeds, documentation, program text and fixtures of this repository, and broken forms of them; the same each time."""
    rng = random.Random(7)
    files = sorted(p for folder in ('seeds', 'docs', 'src', 'tests', 'data', 'scripts') for p in (ROOT / folder).rglob('*')
                   if p.is_file() and p.suffix in ('.txt', '.md', '.rs', '.py', '.snap') and p.stat().st_size < 60_000)
    whole = []
    for path in files:
        try:
            whole.append(path.read_text(encoding='utf-8').replace('\0', ''))
        except UnicodeDecodeError:
            continue
    out = ['', ' \n', 'one', *whole]
    lines = [line for text in whole for line in text.split('\n') if line.strip()]
    odd = ['12 likes', '1,204 Comments!', 'SHARE THIS', '2024', 'Read more...', 'Sign-in to comment', '3 items in cart', 'Word',
           'This site uses cookies.', 'Please enable JavaScript to go on.', 'Lorem ipsum dolor sit amet.', 'He wrote {x} so.', '...',
           '© 2024 Somebody and the others of the house, all rights of it reserved', '- a point', '• another', 'So it goes…', '#tag #tag',
           'It is said.[12] And it is so.[citation needed]', '\u00a0', 'a\u2028b.', 'End.\r', 'x' * 1001 + ' is long indeed.']
    alphabet = list('aAZ09 .,:;-–—\'"’”()[]{}#$%&*+/\\_…•€°\u00a0\n\t!?') + ['...', "n't", "'s", 'US$', 'http://', '.com', ':)', '5kg', 'é', '漢', '😀']
    for _ in range(250):
        page = rng.choices(lines, k=rng.randint(1, 60))
        page += rng.choices(odd, k=rng.choice([0, 0, 1, 3, 10]))
        if rng.random() < 0.4:
            page += page[:rng.randint(1, len(page))] * rng.randint(1, 3)
        if rng.random() < 0.5:
            rng.shuffle(page)
        out.append(rng.choice(['\n', '\n\n', '\n\n\n']).join(page))
    prose = [line for line in lines if len(line.split()) > 20]
    for _ in range(250):
        page = rng.choices(prose, k=rng.randint(2, 12)) + rng.choices(odd, k=rng.choice([0, 0, 0, 1, 2]))
        rng.shuffle(page)
        text = rng.choice(['\n', '\n\n']).join(page)
        if rng.random() < 0.5:
            chars = list(text)
            for _ in range(rng.randint(1, 80)):
                chars.insert(rng.randrange(len(chars)), rng.choice(alphabet))
            text = ''.join(chars)
        out.append(text)
    for _ in range(250):
        out.append(''.join(rng.choices(alphabet, k=rng.randint(1, 200))))
    return out


TEXTS = texts()


def limpid(preset, action='flag'):
    """Failed document rules by text, edits by text, and texts as written or set aside."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with open(folder / 'in.jsonl', 'w', encoding='utf-8') as out:
            for n, text in enumerate(TEXTS):
                out.write(json.dumps({'id': str(n), 'text': text}) + '\n')
        subprocess.run([BUILT / 'limpid', 'clean', folder / 'in.jsonl', '--stages', 'dedup', '--no-passages', '--quiet',
                        '--filter', preset, '--filter-action', action, '--out', folder / 'out'], check=True)
        meta = folder / 'out/_limpid'
        rows = read_rows(meta / 'documents.jsonl')
        assert [row['id'] for row in rows] == [str(n) for n in range(len(TEXTS))]
        edits = [[] for _ in TEXTS]
        for edit in read_rows(meta / 'edits.jsonl'):
            edits[int(edit['id'])].append(edit)
        written = {}
        for path in (folder / 'out/in.jsonl', meta / 'dropped/in.jsonl'):
            if path.exists():
                for record in read_rows(path):
                    written[int(record['id'])] = record['text']
        subprocess.run([BUILT / 'limpid', 'restore', folder / 'out', '--out', folder / 'back'], check=True, capture_output=True)
        assert (folder / 'back/in.jsonl').read_bytes() == (folder / 'in.jsonl').read_bytes()
    return rows, edits, written


class Datatrove(unittest.TestCase):
    def agree(self, preset, whole, alone):
        """The whole filters keep the same texts; each rule by itself drops the same."""
        rows, _, _ = limpid(preset)
        kept, fired = 0, dict.fromkeys(alone, 0)
        for text, row in zip(TEXTS, rows):
            ours = {rule.split('/')[1] for rule in row.get('filters', {})}
            reasons = [reason(made, text) for made in whole]
            if reasons == [None] * len(whole):
                self.assertEqual(ours, set(), text[:300])
                kept += 1
            elif 'error' not in reasons:
                self.assertNotEqual(ours, set(), text[:300])
            if preset == 'gopher' and 'error' not in reasons:
                # One setting for two rules, of which the first hides the second.
                theirs = reason(SYMBOLS, text)
                self.assertEqual('hash-ratio' in ours, theirs == 'gopher_too_many_hashes', text[:300])
                if 'hash-ratio' not in ours:
                    self.assertEqual('ellipsis-ratio' in ours, theirs == 'gopher_too_many_ellipsis', text[:300])
            for rule, made in alone.items():
                theirs = reason(made, text)
                if theirs not in ('error', 'empty') and text:
                    self.assertEqual(theirs is not None, rule in ours, (rule, theirs, text[:300]))
                    fired[rule] += theirs is not None
        print(f'{preset}: {len(TEXTS)} texts, {kept} kept by datatrove; {fired}; none differs', file=sys.stderr)
        self.assertGreater(kept, 20)
        self.assertTrue(all(fired.values()), fired)

    def test_words_and_sentences_are_those_of_spacy(self):
        told = subprocess.run([BUILT / 'examples/filter_words'], input=''.join(json.dumps(t) + '\n' for t in TEXTS), text=True,
                              capture_output=True, check=True, encoding='utf-8').stdout.splitlines()
        for text, row in zip(TEXTS, map(json.loads, told)):
            self.assertEqual(row['words'], split_into_words(text))
            if text:
                self.assertEqual(row['sentences'], len(split_into_sentences(text)), text[:300])

    def test_gopher(self):
        alone = {rule: GopherQualityFilter(**QUALITY_OFF | on) for rule, on in QUALITY.items()}
        alone |= {rule: GopherRepetitionFilter(**REPETITION_OFF | on) for rule, on in REPETITION.items()}
        self.agree('gopher', [GopherQualityFilter(), GopherRepetitionFilter()], alone)

    def test_fineweb(self):
        alone = {rule: FineWebQualityFilter(**FINEWEB_OFF | on) for rule, on in FINEWEB.items()}
        self.agree('fineweb-lines', [FineWebQualityFilter()], alone)

    def test_c4(self):
        """Pages: the same are kept, for the same reason; lines: what is kept reads the same, but for blank lines."""
        flagged, _, _ = limpid('c4')
        _, _, written = limpid('c4', 'drop')
        lines = lambda text: [s for line in text.splitlines() if (s := line.strip())]
        kept = 0
        for n, text in enumerate(TEXTS):
            document = Document(text=text, id='0')
            result = C4QualityFilter().filter(document)
            ours = list(flagged[n].get('filters', {}))
            if result is True:
                kept += 1
                self.assertEqual(ours, [], text[:300])
                self.assertEqual(lines(written[n]), lines(document.text))
            else:
                self.assertIn(C4_REASONS[result[1]], ours)
        print(f'c4: {len(TEXTS)} texts, {kept} kept by datatrove, none differs', file=sys.stderr)
        self.assertGreater(kept, 20)


class JusText(unittest.TestCase):
    def test_the_same_lines_are_good(self):
        rows, edits, _ = limpid('justext')
        names = {'en': 'English', 'de': 'German', 'fr': 'French', 'es': 'Spanish', 'it': 'Italian', 'nl': 'Dutch', 'pt': 'Portuguese',
                 'id': 'Indonesian', 'ro': 'Romanian', 'da': 'Danish', 'sv': 'Swedish'}
        judged = good = 0
        for text, row, edits in zip(TEXTS, rows, edits):
            if row['language'] not in names:
                continue
            paragraphs = []
            for line in text.split('\n'):
                if line.strip():
                    paragraph = Paragraph(PathInfo().append('p'))
                    paragraph.append_text(line)
                    paragraphs.append(paragraph)
            classify_paragraphs(paragraphs, get_stoplist(names[row['language']]))
            revise_paragraph_classification(paragraphs)
            theirs = [i for i, p in enumerate(paragraphs) if p.is_boilerplate]
            numbers = [n for n, line in enumerate(text.split('\n'), 1) if line.strip()]
            ours = [numbers.index(e['line']) for e in edits]
            self.assertEqual(ours, theirs, text[:300])
            judged += len(paragraphs)
            good += len(paragraphs) - len(theirs)
        print(f'justext: {judged} lines, {good} good, none differs', file=sys.stderr)
        self.assertGreater(good, 100)


class Dclm(unittest.TestCase):
    COUNTER = re.compile(r'^\W*\d(?:,|\.|\d)*(?:K|k|M|m|B|b)?\s+(?:likes|shares|comments|retweets|reposts|quotes|bookmarks|upvotes|'
                         r'downvotes|downloads|views|followers)\W*$')
    PHRASES = [re.compile(p, re.I) for p in (r'\s?(?:items in cart)', r'\s?(?:read more...)$', r'^(?:sign-in)\s?')]

    def modified(self, text):
        out = []
        for line in text.split('\n'):
            if line and (sum(c.isupper() for c in line) / len(line) > 0.5 or sum(c.isdigit() for c in line) / len(line) > 0.999999
                         or self.COUNTER.search(line.lower()) or len(line.split()) < 2):
                continue
            for phrase in self.PHRASES:
                if len(line.split()) <= 10:
                    left = phrase.sub('', line)
                    if line and not left.strip():
                        line = None
                        break
                    line = left
            if line is not None:
                out.append(line)
        return '\n'.join(out)

    def words(self, text):
        return sum(w[0].isalnum() for w in re.split('[ \t\n\v\f\r\0]', text) if w)

    def test_the_same_lines_and_phrases_go(self):
        rows, edits, _ = limpid('dclm-lines')
        changed = 0
        for text, row, edits in zip(TEXTS, rows, edits):
            expected = self.modified(text)
            ours = text
            for edit in sorted(edits, key=lambda e: -e['start']):
                self.assertEqual(ours[edit['start']:edit['end']], edit['before'])
                ours = ours[:edit['start']] + ours[edit['end']:]
            self.assertEqual(ours.strip('\n'), expected.strip('\n'), text[:300])
            before = self.words(text)
            removed = before and (before - self.words(expected)) / before
            self.assertEqual(removed > 0.05, 'dclm-lines/words-removed' in row.get('filters', {}))
            self.assertEqual(not expected.strip(), 'dclm-lines/empty' in row.get('filters', {}))
            changed += bool(edits)
        print(f'dclm-lines: {len(TEXTS)} texts, {changed} with lines to remove, none differs', file=sys.stderr)
        self.assertGreater(changed, 100)


if __name__ == '__main__':
    unittest.main()
