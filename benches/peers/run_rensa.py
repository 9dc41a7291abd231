"""rensa: RMinHash of 128 permutations, RMinHashLSH for candidates, those kept whose signatures are 0.8 alike.

rensa takes tokens, so Python cuts the runs of words. That is most of the time, and no user is spared it: with
single words (`--words`, as in rensa's README) the cutting is one `split`, but then 0.8 means another thing.
"""

import sys

from common import SIMILARITY, arguments, documents, word_shingles, write_pairs
from rensa import RMinHash, RMinHashLSH

PERMUTATIONS = 128
BANDS = 16  # of 8 rows: a pair with similarity 0.8 becomes a candidate with probability 0.95
BATCH = 512

corpus, out = arguments()
tokens = str.split if "--words" in sys.argv else word_shingles


def signatures():
    names, sets = [], []
    for name, text in documents(corpus):
        names.append(name)
        sets.append(tokens(text))
        if len(names) == BATCH:
            yield from zip(names, RMinHash.from_token_sets(sets, num_perm=PERMUTATIONS, seed=42))
            names, sets = [], []
    yield from zip(names, RMinHash.from_token_sets(sets, num_perm=PERMUTATIONS, seed=42))


index = RMinHashLSH(threshold=SIMILARITY, num_perm=PERMUTATIONS, num_bands=BANDS)
seen, pairs = [], []
for number, (name, signature) in enumerate(signatures()):
    for other in index.query(signature):
        other_name, other_signature = seen[other]
        if signature.jaccard(other_signature) >= SIMILARITY:
            pairs.append((other_name, name))
    index.insert(number, signature)
    seen.append((name, signature))
write_pairs(out, pairs)
