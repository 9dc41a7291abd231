"""datasketch: MinHash of 128 permutations, MinHashLSH at 0.8 for candidates, those kept whose signatures are 0.8 alike.

It takes tokens as bytes, so Python cuts the runs of words; signatures are made in bulk, its fastest way.
"""

from common import SIMILARITY, arguments, documents, word_shingles, write_pairs
from datasketch import MinHash, MinHashLSH

PERMUTATIONS = 128
BATCH = 512

corpus, out = arguments()


def signatures():
    names, sets = [], []
    for name, text in documents(corpus):
        names.append(name)
        sets.append([run.encode() for run in word_shingles(text)])
        if len(names) == BATCH:
            yield from zip(names, MinHash.bulk(sets, num_perm=PERMUTATIONS))
            names, sets = [], []
    yield from zip(names, MinHash.bulk(sets, num_perm=PERMUTATIONS))


index = MinHashLSH(threshold=SIMILARITY, num_perm=PERMUTATIONS)
seen, pairs = {}, []
for name, signature in signatures():
    for other in index.query(signature):
        if signature.jaccard(seen[other]) >= SIMILARITY:
            pairs.append((other, name))
    index.insert(name, signature)
    seen[name] = signature
write_pairs(out, pairs)
