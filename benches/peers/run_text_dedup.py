"""text-dedup: its command `python -m text_dedup.minhash` at 0.8, one process, defaults else.

The defaults are runs of five words and 250 permutations, of which it makes 16 bands of 15 hashes. It splits at every
character that is not of a word, so ", " leaves an empty word between two. Pairs are what the bands say, each text with
the first one of its band: text-dedup does not compare them again. It saves clusters at most, so the joins are noted.
"""

import os

from common import SHINGLE_WORDS, SIMILARITY, arguments, documents, write_pairs

corpus, out = arguments()
os.environ["HF_HOME"] = str(out / "home")  # read on import; else files go to the user's folder

from text_dedup import minhash  # noqa: E402


class Noted(minhash.UnionFind):
    """Its clusters, and the pairs they were joined from."""

    pairs = set()

    def union(self, x, y):
        if x != y:
            self.pairs.add((x, y))
        super().union(x, y)


minhash.uf = Noted()
command = {
    "path": "json",
    "data_files": corpus,
    "split": "train",
    "cache_dir": out / "cache",
    "output": out / "kept",
    "column": "text",
    "ngram": SHINGLE_WORDS,
    "threshold": SIMILARITY,
    "num_proc": 1,
}
minhash.main([f"--{name}={value}" for name, value in command.items()], standalone_mode=False)

names = [name for name, _ in documents(corpus)]
write_pairs(out, ((names[a], names[b]) for a, b in minhash.uf.pairs))
