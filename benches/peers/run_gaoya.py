"""gaoya: MinHashStringIndex over runs of five words, threshold 0.8, its default 20 bands of 5 hashes.

Every document is queried, then inserted; gaoya signs it each time, as its interface leaves no other way.
"""

from common import SHINGLE_WORDS, SIMILARITY, arguments, documents, write_pairs
from gaoya.minhash import MinHashStringIndex

corpus, out = arguments()
index = MinHashStringIndex(
    hash_size=32,
    jaccard_threshold=SIMILARITY,
    num_bands=20,
    band_size=5,
    analyzer="word",
    lowercase=True,
    ngram_range=(SHINGLE_WORDS, SHINGLE_WORDS),
    id_container="smallvec",
)
names, pairs = [], []
for number, (name, text) in enumerate(documents(corpus)):
    pairs += ((names[other], name) for other in index.query(text))
    index.insert_document(number, text)
    names.append(name)
write_pairs(out, pairs)
