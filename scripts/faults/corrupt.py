#!/usr/bin/env python3
"""Runs limpid over damaged files of every format and packing: none may crash it, hang it, or take a document without a word.

    scripts/faults/corrupt.py [--count 10000] [--limpid target/release/limpid] [--work target/corrupt] [--seed 1]

Sound files of each kind are made with limpid itself and Python's standard library; each is damaged over and over: bits turned, bytes taken out,
put in, doubled, overwritten, the end cut off, two files spliced. Runs take 250 of them at a time; asked of each run: exit code 0
or 3 within 120 s, at most 1.5 GB of memory, documents in = out + dropped + rejects, every file with a document, a reject or a skipped part to its name.
Prints what became of the files by kind; the exit code is 1 when something was wrong.
"""

import argparse
import collections
import io
import json
import random
import resource
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BATCH = 250
TEXTS = [
    "The harbour office opened at seven, and nobody came before nine. Mrs Lind kept the keys in a tin on the shelf.",
    "Nobody had seen the ferry since the storm.\n\nIt came back on Monday, with a new mast and “no explanation”.",
    "Zwei Männer gingen über die Brücke; der eine trug einen Koffer, der andere eine Laterne. 日本語も少し。",
] * 4


def sound(limpid, work):
    """Files of every kind, by name."""
    files = {}
    base = work / "base"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    records = base / "r.jsonl"
    records.write_text("".join(json.dumps({"id": str(i), "text": t, "n": i}) + "\n" for i, t in enumerate(TEXTS)))
    for kind in ["jsonl", "csv", "tsv", "parquet", "arrow", "warc"]:
        packings = ["none", "gzip", "zstd"] if kind in ("parquet", "arrow") else ["none", "gzip", "zstd", "bzip2", "xz", "lz4"]
        for packing in packings:
            out = work / "made"
            shutil.rmtree(out, ignore_errors=True)
            command = [limpid, "clean", records, "--out", out, "--stages", "decode", "--format", kind, "--compression", packing, "-q"]
            subprocess.run(command, check=True)
            for path in out.iterdir():
                if path.is_file():
                    files[f"{kind}-{packing}{''.join(path.suffixes)}"] = path.read_bytes()
    page = "<!doctype html><html><head><title>A</title></head><body>" + "".join(f"<p>{t}</p>" for t in TEXTS) + "</body></html>"
    files["page.html"] = page.encode()
    files["text.txt"] = TEXTS[2].encode("utf-16")
    for mode, ending in [("w", ".tar"), ("w:gz", ".tar.gz"), ("w:xz", ".tar.xz")]:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:
            for i, text in enumerate(TEXTS):
                info = tarfile.TarInfo(f"a/{i}.txt")
                info.size = len(text.encode())
                tar.addfile(info, io.BytesIO(text.encode()))
        files[f"archive{ending}"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, text in enumerate(TEXTS):
            archive.writestr(f"a/{i}.txt", text)
    files["archive.zip"] = buffer.getvalue()
    return files


def damaged(data, other, rng):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4, 16])):
        if not data:
            break
        at = rng.randrange(len(data))
        how = rng.randrange(8)
        if how == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            data[at] = rng.choice([0, 255, rng.randrange(256)])
        elif how == 2:
            del data[at : at + rng.randrange(1, 40)]
        elif how == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
        elif how == 4:
            data[at:at] = data[at : at + rng.randrange(1, 200)]
        elif how == 5:
            del data[at:]
        elif how == 6:
            # Lengths and counts, most often.
            width = rng.choice([2, 4, 8])
            data[at : at + width] = rng.choice([b"\xff", b"\x00", b"\x7f"]) * width
        else:
            data[at:] = other[rng.randrange(len(other)) :]
    return bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--limpid", type=Path, default=ROOT / "target/release/limpid")
    parser.add_argument("--work", type=Path, default=ROOT / "target/corrupt")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    limpid = args.limpid.resolve()
    files = sound(limpid, args.work)
    names = sorted(files)
    rng = random.Random(args.seed)
    outcomes = collections.defaultdict(collections.Counter)
    wrong = []
    slowest = 0.0
    for first in range(0, args.count, BATCH):
        folder, out = args.work / "in", args.work / "out"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        folder.mkdir()
        kinds = {}
        for i in range(first, min(first + BATCH, args.count)):
            name = names[i % len(names)]
            other = files[rng.choice(names)]
            path = f"{i:06}-{name}"
            (folder / path).write_bytes(damaged(files[name], other, rng))
            kinds[path] = name
        begun = time.monotonic()
        try:
            run = subprocess.run(
                [limpid, "clean", folder, "--out", out, "--no-passages", "--memory", "256MiB", "-q"],
                capture_output=True,
                text=True,
                timeout=120,
            )
        except subprocess.TimeoutExpired:
            wrong.append(f"files {first}…: not done after 120 s")
            continue
        slowest = max(slowest, time.monotonic() - begun)
        if run.returncode not in (0, 3) or "panicked" in run.stderr:
            wrong.append(f"files {first}…: exit code {run.returncode}: {run.stderr.strip()[:400]}")
            continue
        counts = json.loads((out / "_limpid/manifest.json").read_text())["counts"]
        if counts["documents_in"] != counts["documents_out"] + counts["dropped"] + counts["rejects"]:
            wrong.append(f"files {first}…: documents in are not those out")
        seen = collections.defaultdict(set)
        for rows, what in [("documents", "read"), ("rejects", "rejected")]:
            with open(out / f"_limpid/{rows}.jsonl", encoding="utf-8") as lines:
                for row in map(json.loads, lines):
                    path = row.get("input") or row["path"]
                    seen[path.split("/")[0]].add(what)
        for path, name in kinds.items():
            what = " and ".join(sorted(seen.get(path, ()))) or "nothing in it"
            outcomes[name][what] += 1
    columns = ["read", "read and rejected", "rejected", "nothing in it"]
    print("| kind | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))
    for name in names:
        print(f"| {name} | " + " | ".join(str(outcomes[name][c]) for c in columns) + " |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    if peak > 1500:
        wrong.append(f"{peak:.0f} MB of memory")
    print(f"{args.count} files, {len(wrong)} runs wrong; slowest run of {BATCH} {slowest:.1f} s, peak memory {peak:.0f} MB")
    print(*wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
