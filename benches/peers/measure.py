#!/usr/bin/env python3
"""Runs limpid and its peers on one corpus and prints what each costs. Started by benches/peers.sh.

CPU seconds are user and system time of a tool's process and its children, as the kernel counts them. Start-up is the
same command on the first document alone, and is subtracted. Every run is held to one core.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "benches" / "peers"
WORK = ROOT / "target" / "peers"
VENV = Path(sys.prefix)

TIME_LIMIT = 600  # seconds a run may take by the clock
AGAIN_BELOW = 60  # jobs that took fewer CPU seconds run twice; the better run counts
RUNS = 2


@dataclass
class Job:
    """One row: a command and how much of the corpus it reads."""

    tool: str
    what: str
    command: list  # CORPUS and OUT stand for the paths
    peer_of: str = ""  # the limpid job it is compared with
    most_mb: float = float("inf")
    pairs: str = ""  # how its pairs are read: "tsv", "limpid" or not at all
    cpu: float = 0.0
    start_cpu: float = 0.0
    peak_mb: float = 0.0
    sample: dict = field(default_factory=dict)
    failed: str = ""
    found: set = field(default_factory=set)

    @property
    def rate(self):
        """MB of text per CPU second, start-up left out."""
        return self.sample["text_bytes"] / 1e6 / max(self.cpu - self.start_cpu, 1e-3)


def peer(tool, what, peer_of, *flags, **more):
    command = [sys.executable, str(HERE / f"run_{tool}.py"), "CORPUS", "OUT", *flags]
    return Job(tool, what, command, peer_of, **more)


def limpid(binary, what, *arguments, **more):
    command = [binary, *arguments, "CORPUS", "--out", "OUT", "--threads", "1", "--quiet"]
    return Job("limpid", what, command, **more)


def jobs(binary):
    return [
        limpid(binary, "clean", "clean"),  # its pairs are those of stripped texts, which the truth is not
        limpid(binary, "decode", "clean", "--stages", "decode"),
        peer("ftfy", "fix_text", "decode", most_mb=10),
        limpid(binary, "dedup", "dedup", pairs="limpid"),
        limpid(binary, "dedup, documents", "dedup", "--no-passages", "--memory", "32MiB", pairs="limpid"),
        peer("gaoya", "MinHash index", "dedup, documents", pairs="tsv"),
        peer("rensa", "MinHash + LSH", "dedup, documents", pairs="tsv"),
        peer("rensa", "the same, single words", "dedup, documents", "--words", pairs="tsv"),
        peer("datasketch", "MinHash + LSH", "dedup, documents", most_mb=20, pairs="tsv"),
        peer("text_dedup", "MinHash, its command", "dedup, documents", most_mb=10, pairs="tsv"),
        peer("datatrove", "MinHash, four steps", "dedup, documents", most_mb=5, pairs="tsv"),
    ]


def available(tool, binary):
    if tool == "limpid":
        return bool(binary) and os.access(binary, os.X_OK)
    return (VENV / f"{tool}.installed").is_file()


def tool_version(tool, binary):
    if tool == "limpid":
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if Path(binary) != ROOT / "target" / "release" / "limpid":
            return said[-1] if said else "?"  # built elsewhere, so the commit here says nothing about it
        commit = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        ).stdout.strip()
        return " ".join([said[-1] if said else "?", f"({commit})" if commit else ""]).strip()
    try:
        return version(tool)
    except PackageNotFoundError:
        return "?"


def one_core():
    """Runs in the child: one core, and a process group of its own, so that a time limit ends all of it."""
    os.setsid()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def run(command, log):
    """(exit code, CPU seconds, peak MB) of a command and its children. Memory below this process's own is not seen."""
    environment = dict(
        os.environ,
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        RAYON_NUM_THREADS="1",
        PYTHONHASHSEED="0",
        HF_HUB_OFFLINE="1",
    )
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=environment, preexec_fn=one_core)
        timer = threading.Timer(TIME_LIMIT, os.killpg, (child.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)  # its group is its own, so an interrupt does not reach it
            raise
        finally:
            timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if platform.system() == "Darwin" else 1024
    return child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6


def measure(job, corpus, name):
    """Runs the job on a corpus; None when it failed, else (CPU seconds, peak MB)."""
    out = WORK / "out"
    shutil.rmtree(out, ignore_errors=True)
    log = WORK / f"{name}.log"
    places = {"CORPUS": str(corpus), "OUT": str(out)}
    code, cpu, peak = run([places.get(word, word) for word in job.command], log)
    if code not in (0, 3 if job.tool == "limpid" else 0):  # 3: done with rejects
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        job.failed = f"{ended}, {log.relative_to(ROOT)}"
        return None
    if job.pairs:
        job.found = set(read_pairs(job.pairs, out))
    shutil.rmtree(out, ignore_errors=True)
    return cpu, peak


def read_pairs(how, out):
    if how == "tsv":
        for line in (out / "pairs.tsv").open(encoding="utf-8"):
            a, b = line.rstrip("\n").split("\t")
            yield a, b
        return
    for line in (out / "_limpid" / "duplicates.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        if row["kind"] == "document":
            a, b = row["a"]["id"], row["b"]["id"]
            yield min(a, b), max(a, b)


def generate(mb):
    """The corpus, made once for each size and version of the generator, and what its meta file says."""
    generator = ROOT / "scripts" / "generate_corpus.py"
    corpus = WORK / f"corpus-{mb:g}mb.jsonl"
    meta = Path(f"{corpus}.meta.json")
    if not corpus.is_file() or meta.stat().st_mtime < generator.stat().st_mtime:
        print(f"making {mb:g} MB of text", file=sys.stderr)
        subprocess.run(
            [sys.executable, str(generator), "--mb", str(mb), "--out", str(corpus)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return corpus, json.loads(meta.read_text())


def sample(corpus, whole, mb):
    """The first `mb` of the corpus as a file of its own (`mb` 0: one document), and its size."""
    if mb * 1e6 >= whole["text_bytes"]:
        return {"path": corpus, "documents": whole["documents"], "text_bytes": whole["text_bytes"]}
    path = WORK / f"sample-{mb:g}mb.jsonl"
    size = count = 0
    with corpus.open("rb") as lines, path.open("wb") as out:
        for line in lines:
            out.write(line)
            size += len(json.loads(line)["text"].encode())
            count += 1
            if size >= mb * 1e6:
                break
    return {"path": path, "documents": count, "text_bytes": size}


def measure_all(chosen, corpus, whole):
    first = sample(corpus, whole, 0)
    for job in chosen:
        job.sample = sample(corpus, whole, job.most_mb)
    # Whole rounds, not run after run, so that a busy minute of the machine touches every tool.
    for turn in range(RUNS):
        for number, job in enumerate(chosen):
            if job.failed or (turn and job.cpu > AGAIN_BELOW):
                continue
            name = f"{number}-{job.tool}"
            print(f"run {turn + 1} of {RUNS}: {job.tool}, {job.what}", file=sys.stderr)
            started = measure(job, first["path"], f"{name}.start")
            measured = started and measure(job, job.sample["path"], name)
            if not measured:
                print(f"{job.tool}, {job.what}: failed ({job.failed})", file=sys.stderr)
                continue
            cpu, peak = measured
            job.start_cpu = min(started[0], job.start_cpu) if turn else started[0]
            job.cpu = min(cpu, job.cpu) if turn else cpu
            job.peak_mb = max(peak, job.peak_mb)


def planted_pairs(corpus):
    pairs = {}
    with Path(f"{corpus}.pairs.tsv").open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            a, b, _, _, similarity = line.split("\t")
            pairs[a, b] = float(similarity)
    return pairs


def speed_table(chosen, versions):
    rates = {job.what: job.rate for job in chosen if job.tool == "limpid" and not job.failed}
    yield "| tool | job | MB read | CPU s | of it start-up | MB per CPU s | peak MB | limpid's job is |"
    yield "|---|---|---:|---:|---:|---:|---:|---|"
    for job in chosen:
        name = f"| {job.tool} {versions[job.tool]} | {job.what} "
        if job.failed:
            yield name + f"| failed: {job.failed} | | | | | |"
            continue
        ratio = f"{rates[job.peer_of] / job.rate:.1f} × as fast ({job.peer_of})" if job.peer_of in rates else ""
        yield name + (
            f"| {job.sample['text_bytes'] / 1e6:.1f} | {job.cpu:.1f} | {job.start_cpu:.2f} "
            f"| {job.rate:.3g} | {job.peak_mb:.0f} | {ratio} |"
        )


def pair_table(chosen, corpus, similarity=0.8):
    sys.path.insert(0, str(ROOT / "scripts"))
    from generate_corpus import jaccard  # here, so that it is not in memory while tools are measured

    planted = planted_pairs(corpus)
    unknown = {pair for job in chosen for pair in job.found if pair not in planted}
    names = {name for pair in unknown for name in pair}
    texts, numbers = {}, {}
    with corpus.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            record = json.loads(line)
            numbers[record["id"]] = number
            if record["id"] in names:
                texts[record["id"]] = record["text"]
    exact = planted | {(a, b): jaccard(texts[a], texts[b]) for a, b in sorted(unknown)}

    yield "| tool | job | pairs there | pairs reported | found | recall | precision | reported, not planted |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for job in chosen:
        if job.failed or not job.pairs:
            continue
        there = {
            pair
            for pair, value in exact.items()
            if value >= similarity and max(numbers[name] for name in pair) < job.sample["documents"]
        }
        right = job.found & there
        share = [f"{len(right) / len(of):.3f}" if of else "" for of in (there, job.found)]
        yield (
            f"| {job.tool} | {job.what} | {len(there)} | {len(job.found)} | {len(right)} "
            f"| {share[0]} | {share[1]} | {len(job.found - planted.keys())} |"
        )


def machine():
    model = ""
    if Path("/proc/cpuinfo").is_file():
        model = next(
            (line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if "model name" in line), ""
        )
    return f"{model or platform.processor() or platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def report(chosen, corpus, whole, versions):
    yield (
        f"{whole['text_bytes'] / 1e6:.1f} MB of text in {whole['documents']} documents (sources: {whole['sources']}; "
        f"seed {whole['seed']}; sha256 {whole['sha256'][:12]}). One core of {machine()}. Best of {RUNS} runs."
    )
    yield ""
    yield from speed_table(chosen, versions)
    if any(job.pairs and not job.failed for job in chosen):
        yield ""
        yield (
            f"Pairs with a Jaccard similarity of 0.8 or more over runs of five words, of {whole['planted']} planted "
            "near-copies of all grades:"
        )
        yield ""
        yield from pair_table(chosen, corpus)


def update(page, text):
    """Puts the tables between the marks of a Markdown page."""
    begin, end = "<!-- peers: begin -->", "<!-- peers: end -->"
    old = page.read_text("utf-8")
    if begin not in old or end not in old:
        sys.exit(f"error: {page} has no {begin} … {end}")
    page.write_text(f"{old.split(begin)[0]}{begin}\n{text}\n{end}{old.split(end, 1)[1]}", "utf-8")


def interrupted(number, _frame):
    raise SystemExit(128 + number)


def main():
    signal.signal(signal.SIGTERM, interrupted)
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=float, default=100)
    parser.add_argument("--limpid", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--update", default="")
    args = parser.parse_args()

    binary = str(Path(args.limpid).resolve()) if args.limpid else ""
    everything = jobs(binary)
    only = set(filter(None, args.only.split(",")))
    if strange := only - {job.tool for job in everything}:
        sys.exit(f"error: --only knows {', '.join(sorted({job.tool for job in everything}))}; not {', '.join(strange)}")
    chosen = []
    for job in everything:
        if only and job.tool not in only:
            continue
        if not available(job.tool, binary):
            print(f"{job.tool}, {job.what}: left out, it is not there", file=sys.stderr)
            continue
        chosen.append(job)
    if not chosen:
        sys.exit("error: nothing to measure")

    WORK.mkdir(parents=True, exist_ok=True)
    corpus, whole = generate(args.mb)
    versions = {job.tool: tool_version(job.tool, binary) for job in chosen}
    measure_all(chosen, corpus, whole)
    text = "\n".join(report(chosen, corpus, whole, versions))
    print(text)
    if args.update:
        update(Path(args.update), text)


if __name__ == "__main__":
    main()
