#!/usr/bin/env python3
"""Kills runs of limpid at random moments, goes on with them, and compares what comes out with a run that nobody killed.

    scripts/faults/kill.py [--kills 50] [--a-run 1] [--mb 1000] [--limpid target/release/limpid] [--work target/faults] [--seed 1] [-- FLAGS]

Each trial kills one run (SIGKILL) at a moment spread evenly over the time that a whole run takes, `--a-run` times in succession
with a share of that time for each, then lets the same command go on to the end, and asks: the same files with the same bytes (of manifest.json all but `run`), documents in = out + dropped + rejects,
nothing left in _limpid/unfinished, and, while the run was dead, no file under a final name. Prints one line a trial and a summary;
the exit code is 1 when one differs.
"""

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tree(folder):
    """SHA-256 of each file below, by relative path; of the manifest all but what the run took."""
    hashes = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        name = str(path.relative_to(folder))
        if name == "_limpid/manifest.json":
            manifest = json.loads(data)
            del manifest["run"]
            data = json.dumps(manifest, sort_keys=True).encode()
        hashes[name] = hashlib.sha256(data).hexdigest()
    return hashes


def corpus(work, mb, seed):
    """Inputs of all shapes: a shard of `mb` MB, a packed one, text files."""
    made = work / f"corpus-{mb}-{seed}"
    if made.exists():
        return made
    beside = made.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "texts").mkdir(parents=True)
    generate = [sys.executable, ROOT / "scripts/generate_corpus.py", "--seed", str(seed)]
    subprocess.run([*generate, "--mb", str(mb), "--out", beside / "a.jsonl"], check=True)
    subprocess.run([*generate, "--mb", str(max(1, mb // 20)), "--out", beside / "b.jsonl"], check=True)
    subprocess.run(["gzip", "-1", beside / "b.jsonl"], check=True)
    for extra in beside.glob("*.jsonl.*"):
        if extra.suffix != ".gz":
            extra.unlink()
    for i in range(20):
        for seed_file in sorted((ROOT / "seeds").iterdir()):
            shutil.copy(seed_file, beside / "texts" / f"{i:02}-{seed_file.name}")
    (beside / "texts" / "empty.txt").write_text("")
    with open(beside / "c.jsonl", "w") as shard:
        shard.write('{"text": "one"}\nnot json\n{"text": "two"}\n')
    beside.rename(made)
    return made


def main():
    own, flags = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, flags = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--a-run", type=int, default=1, help="kills of the same run before it may end")
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--limpid", type=Path, default=ROOT / "target/release/limpid")
    parser.add_argument("--work", type=Path, default=ROOT / "target/faults")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(own)
    args.work.mkdir(parents=True, exist_ok=True)
    inputs = corpus(args.work, args.mb, args.seed)

    def command(out):
        return [args.limpid, "clean", inputs, "--out", out, *flags]

    whole = args.work / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    begun = time.monotonic()
    code = subprocess.run([*command(whole), "--quiet"]).returncode
    seconds = time.monotonic() - begun
    if code not in (0, 3):
        sys.exit(f"the run that nobody kills ends with {code}")
    expected = tree(whole)
    print(f"a whole run: {seconds:.1f} s, {len(expected)} files", flush=True)

    rng = random.Random(args.seed)
    out = args.work / "killed"
    wrong = resumed = 0
    trials, kills = args.kills // args.a_run, 0
    for trial in range(trials):
        shutil.rmtree(out, ignore_errors=True)
        problems, moments = [], []
        for _ in range(args.a_run):
            moment = seconds * (trial + rng.random()) / trials
            if args.a_run > 1:
                # Moments of the whole run, as far as it comes again after each kill.
                moment = seconds * 2 * rng.random() / args.a_run
            run = subprocess.Popen([*command(out), "--quiet"])
            try:
                run.wait(timeout=moment)
                break
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
            kills += 1
            moments.append(f"{moment:.2f}")
            moving = (out / "_limpid/moving.json").exists()
            if not moving and not (out / "_limpid/manifest.json").exists():
                problems += [f"left {p}" for p in out.rglob("*") if p.is_file() and "_limpid" not in p.parts]
        begun = time.monotonic()
        again = subprocess.run(command(out), stderr=subprocess.PIPE, text=True)
        took = time.monotonic() - begun
        if again.returncode != code:
            problems.append(f"ends with {again.returncode}: {again.stderr.strip()[-300:]}")
        else:
            found = tree(out)
            problems += [f"{n} differs" for n in sorted(expected.keys() | found.keys()) if expected.get(n) != found.get(n)]
            manifest = json.loads((out / "_limpid/manifest.json").read_text())
            counts = manifest["counts"]
            resumed += manifest["run"].get("resumed_after", 0) > 0
            if counts["documents_in"] != counts["documents_out"] + counts["dropped"] + counts["rejects"]:
                problems.append("documents in are not those out")
        wrong += bool(problems)
        said = again.stderr.splitlines()[0] if again.stderr else ""
        when = ", ".join(moments) or "never"
        print(f"{trial + 1:3}: killed after {when} s, went on for {took:6.2f} s; {said}", *problems, sep="\n     ", flush=True)
    print(f"{trials} trials, {kills} kills, {resumed} went on inside the clean pass or behind it, {wrong} came out otherwise")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
