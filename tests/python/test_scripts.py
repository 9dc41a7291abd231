"""The programs in scripts/ and benches/peers: what they promise in their descriptions."""
import gzip
import hashlib
import json
import pathlib
import py_compile
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class GenerateCorpus(unittest.TestCase):
    def generate(self, folder, name, seed, mb=0.2):
        out = pathlib.Path(folder) / name
        subprocess.run([sys.executable, ROOT / 'scripts/generate_corpus.py', '--mb', str(mb), '--seed', str(seed), '--out', out],
                       check=True, capture_output=True)
        return out.read_bytes(), (pathlib.Path(folder) / (name + '.pairs.tsv')).read_text(encoding='utf-8')

    def test_the_same_seed_gives_the_same_corpus_and_another_seed_another(self):
        with tempfile.TemporaryDirectory() as folder:
            first, pairs = self.generate(folder, 'a.jsonl', 1)
            again, pairs_again = self.generate(folder, 'b.jsonl', 1)
            other, _ = self.generate(folder, 'c.jsonl', 2)
        self.assertEqual(hashlib.sha256(first).digest(), hashlib.sha256(again).digest())
        self.assertEqual(pairs, pairs_again)
        self.assertNotEqual(first, other)

    def test_rows_are_documents_and_planted_pairs_name_them(self):
        with tempfile.TemporaryDirectory() as folder:
            corpus, pairs = self.generate(folder, 'a.jsonl', 3, mb=1)
        rows = [json.loads(line) for line in corpus.splitlines()]
        ids = {row['id'] for row in rows}
        self.assertEqual(len(ids), len(rows))
        self.assertTrue(all(row['text'].strip() for row in rows))
        text_bytes = sum(len(row['text'].encode()) for row in rows)
        self.assertTrue(900_000 < text_bytes < 1_100_000, text_bytes)
        named = [line.split('\t') for line in pairs.splitlines() if line and not line.startswith(('#', 'a\t'))]
        self.assertTrue(named)
        for row in named:
            self.assertIn(row[0], ids)
            self.assertIn(row[1], ids)


class Pan(unittest.TestCase):
    """A scorer that only writes "big" for "large" stands for the stage."""

    SCORER = """#!/usr/bin/env python3
import json, sys
for line in open(sys.argv[-2], encoding="utf-8"):
    row = json.loads(line)
    text = row["text"].replace("large", "big")
    open(sys.argv[-1], "a", encoding="utf-8").write(json.dumps(
        {"text": text, "spun": False, "edits": [1] * (text != row["text"])}) + "\\n")
"""

    def test_distances_before_and_after_are_counted_in_words(self):
        pairs = [('The big dog ran.', 'The large dog ran.', True), ('A large dog', 'A large dog', True), ('x', 'y', False)]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            with gzip.open(folder / 'pairs.jsonl.gz', 'wt', encoding='utf-8') as out:
                for n, (original, other, spin_like) in enumerate(pairs):
                    row = {'id': str(n), 'original': original, 'other': other, 'spin_like': spin_like}
                    out.write(json.dumps(row) + '\n')
            scorer = folder / 'scorer'
            scorer.write_text(self.SCORER, encoding='utf-8')
            scorer.chmod(0o755)
            told = subprocess.run([sys.executable, ROOT / 'scripts/repair/pan.py', folder / 'pairs.jsonl.gz', scorer, '--gate', 'on'],
                                  check=True, capture_output=True, text=True).stdout
        self.assertIn('2 pairs, 0 called spun, 2 edited (2 edits)', told)
        self.assertIn('mean distance 0.500 -> 0.500', told)
        self.assertIn('fell 1 (50.0 %), rose 1 (50.0 %)', told)


class Teacher(unittest.TestCase):
    def told(self, answers):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'answers.jsonl'
            path.write_text(''.join(json.dumps(a) + '\n' for a in answers), encoding='utf-8')
            return subprocess.run([sys.executable, ROOT / 'scripts/repair/teacher.py', path], check=True, capture_output=True, text=True).stdout

    def answer(self, way, nats, spun='thru', prior=90, context=None):
        return {'key': f'{way}{nats}', 'way': way, 'table': 'w', 'spun': spun, 'meant': 'through', 'prior': prior, 'context': context,
                'probability': None if context is None else 0.5, 'nats': nats}

    def test_shares_areas_and_correlation_are_counted(self):
        told = self.told([self.answer('meant', n, context=c) for n, c in ((4, 1.0), (2, 3.0), (-1, 0.5))]
                         + [self.answer('innocent', n, context=c) for n, c in ((-3, 0.1), (3, -1.0))])
        row = next(line.split('\t') for line in told.splitlines() if line.startswith('w\t'))
        # Of the six pairs the model orders four right, the n-grams all; 1 - 6 * 16 / (5 * 24) = 0.2.
        self.assertEqual(row, ['w', '3', '0.67', '2', '0.50', '0.67', '1.00', '0.50', '0.20 (5)'])

    def test_priors_that_disagree_are_listed(self):
        told = self.told([self.answer('meant', -2), self.answer('meant', -4), self.answer('innocent', 5, 'gadget', 30), self.answer('meant', 9, 'device', 40),
                          self.answer('meant', 8, 'device', 40), self.answer('innocent', -6, 'device', 40)])
        self.assertIn('reads better where the meant one stood:\n  w: thru -> through (90): meant -2.0 -4.0', told)
        self.assertIn('tells the two apart every time:\n  w: device -> through (40): meant +9.0 +8.0, innocent -6.0', told)
        self.assertNotIn('gadget', told)


class Programs(unittest.TestCase):
    def test_every_program_compiles(self):
        programs = [p for folder in ('scripts', 'benches', 'data', 'tests') for p in (ROOT / folder).rglob('*.py')]
        self.assertGreater(len(programs), 6)
        with tempfile.TemporaryDirectory() as folder:
            for n, program in enumerate(programs):
                py_compile.compile(str(program), cfile=f'{folder}/{n}.pyc', doraise=True)


if __name__ == '__main__':
    unittest.main()
