"""datatrove: MinHash deduplication as in its example, all four steps, defaults, one task and one worker.

The defaults are 5-grams of spaCy's English words, 14 buckets of 8 hashes. Pairs are what the buckets say: datatrove
does not compare them again. Its buckets need one task each; they run one after the other.
"""

import struct

from common import arguments, documents, write_pairs
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

corpus, out = arguments()
work = {name: str(out / name) for name in ("signatures", "buckets", "remove", "kept", "removed", "logs")}
config = MinhashConfig()


def reader():
    return JsonlReader(str(corpus.parent), glob_pattern=corpus.name)


def run(step, pipeline, tasks=1):
    LocalPipelineExecutor(
        pipeline=pipeline, tasks=tasks, workers=1, logging_dir=f"{work['logs']}/{step}", skip_completed=False
    ).run()


run("signatures", [reader(), MinhashDedupSignature(output_folder=work["signatures"], config=config)])
run(
    "buckets",
    [MinhashDedupBuckets(input_folder=work["signatures"], output_folder=work["buckets"], config=config)],
    tasks=config.num_buckets,
)
run("cluster", [MinhashDedupCluster(input_folder=work["buckets"], output_folder=work["remove"], config=config)])
run(
    "filter",
    [
        reader(),
        MinhashDedupFilter(input_folder=work["remove"], exclusion_writer=JsonlWriter(work["removed"])),
        JsonlWriter(work["kept"]),
    ],
)

names = [name for name, _ in documents(corpus)]
pairs = set()
for file in (out / "buckets").glob("*.dups"):
    for _, a, _, b in struct.iter_unpack("<4I", file.read_bytes()):
        pairs.add((names[a], names[b]))
write_pairs(out, pairs)
