#!/usr/bin/env python3
"""How time and memory of `limpid dedup` grow with the corpus, within --memory 1GiB.

    benches/scale.py [--sizes 50,500,5000] [--memory 1GiB] [--limpid target/release/limpid] [--work target/scale]

Text is made by `examples/scale_text` and taken away again; the largest size needs some four times itself on disk.
Prints a table: documents, seconds, CPU seconds, largest resident set, and the CPU time for each MB over that of the smallest size,
beside what n log n would give.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="50,500,5000", help="MB of text, separated by commas")
    parser.add_argument("--memory", default="1GiB")
    parser.add_argument("--limpid", default=str(ROOT / "target/release/limpid"))
    parser.add_argument("--maker", default=str(ROOT / "target/release/examples/scale_text"))
    parser.add_argument("--work", default=str(ROOT / "target/scale"))
    args = parser.parse_args()
    work = Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    print("| MB | documents | seconds | CPU s | peak MB | CPU s for each MB, over the smallest | n log n |")
    print("|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    first = None
    for size in map(float, args.sizes.split(",")):
        corpus, out = work / "corpus.jsonl", work / "out"
        with corpus.open("wb") as file:
            subprocess.run([args.maker, str(size)], stdout=file, stderr=subprocess.DEVNULL, check=True)
        begun = time.monotonic()
        command = [args.limpid, "dedup", str(corpus), "--out", str(out), "--memory", args.memory, "--quiet"]
        child = subprocess.Popen(command)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begun
        if status:
            sys.exit(f"error: limpid ended with {os.waitstatus_to_exitcode(status)}")
        counts = json.loads((out / "_limpid/manifest.json").read_text())["counts"]
        cpu = usage.ru_utime + usage.ru_stime
        rate = cpu / size
        first = first or (rate, counts["documents_in"])
        grown = math.log(counts["documents_in"]) / math.log(first[1])
        print(
            f"| {size:g} | {counts['documents_in']:,} | {seconds:.1f} | {cpu:.1f} "
            f"| {usage.ru_maxrss / 1024:.0f} | {rate / first[0]:.2f} | {grown:.2f} |",
            flush=True,
        )
        shutil.rmtree(out)
        corpus.unlink()


if __name__ == "__main__":
    main()
