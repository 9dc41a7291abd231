#!/usr/bin/env python3
"""Measures the decode stage beside other tools on the same documents, one core each, interleaved in one run.

    benches/decode_peers.py [--shared ../shared] [--rounds 5] [--seconds 1] [--update docs/decode.md]

Tools come from PyPI and crates.io in pinned versions, kept in target/decode-peers. The sets:

ascii     the news of dup_reuters that are ASCII, three quarters of a kilobyte each
long ascii the same, 80 in a document, 60 kB, and all that four times
letters   clean lines of 31 languages (scripts/decode/clean_lines.py says where they come from), 40 lines a document,
          without the forms that one of the tools changes by design (curly quotes, no-break spaces, ligatures and the like)
one line  the same, one line in ten garbled: its UTF-8 read as windows-1252, bytes that are none as latin-1
all lines the same, every line garbled
wild      mojibake_wild: lines of real pages, each a document
legacy    the files of the charset set that decode strictly and are neither UTF-8 nor ASCII

Sets are small enough for the slowest tool to get to their end. Every tool goes over the documents of a set, which are in memory, until its time is up, and tells megabytes of input a
second of processor time; tools take turns, and the median of the rounds counts. limpid reads bytes and keeps what
it needs to give them back, also where a peer only names an encoding or begins with decoded text.
"""
import argparse, csv, gzip, json, os, pathlib, random, statistics, subprocess, sys, tarfile, time, unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[1]
WORK = ROOT / "target/decode-peers"
PYTHON = WORK / "bin/python"
NEEDED = ["ftfy==6.3.1", "plsfix==0.1.8", "resiliparse==2.0.1", "faust-cchardet==3.2.0"]
# What is compared with what: set, what limpid does, and the peers with the factor that is aimed at.
ROWS = [
    ("ascii", "clean", {"simdutf8": 0.25, "plsfix": None, "ftfy": None}),
    ("long ascii", "clean", {"simdutf8": 0.25, "plsfix": None, "ftfy": None}),
    ("letters", "clean", {"simdutf8": None, "plsfix": 15, "ftfy": 250}),
    ("one line", "clean", {"plsfix": 6, "ftfy": 100}),
    ("all lines", "clean", {"plsfix": 6, "ftfy": 100}),
    ("wild", "clean", {"plsfix": 6, "ftfy": 100}),
    ("legacy", "read", {"resiliparse": 3, "faust-cchardet": 3, "chardetng": 8}),
]
IN_RUST = {"clean", "read", "simdutf8", "chardetng"}
LINES = 40
BEGIN, END = "<!-- speed: begin -->\n", "<!-- speed: end -->\n"


def child(tool, folder, seconds):
    """Runs in the environment of the peers; prints MB a second of processor time."""
    documents = [path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())]
    if tool in ("ftfy", "plsfix"):
        work = __import__(tool).fix_text
        inputs = [d.decode() for d in documents]
    else:
        if tool == "resiliparse":
            from resiliparse.parse.encoding import detect_encoding as work
        else:
            import cchardet
            work = cchardet.detect
        inputs = documents
    sizes = [len(d) for d in documents]
    random.Random(1).shuffle(order := list(range(len(inputs))))
    work(inputs[0])
    done, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        # The slow ones see part of a set, in an order without a plan.
        for i in order:
            work(inputs[i])
            done += sizes[i]
            if time.process_time() - begun >= seconds:
                break
    print(done / 1e6 / (time.process_time() - begun))


def garble(line):
    return "".join(
        bytes([b]).decode("cp1252", "ignore") or chr(b) for b in line.encode()
    )


def write(name, documents):
    folder = WORK / "sets" / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for i, document in enumerate(documents):
        (folder / f"{i:05}").write_bytes(document if isinstance(document, bytes) else document.encode())


def prepare(shared):
    sys.path.insert(0, str(ROOT / "scripts/decode"))
    import clean_lines
    with gzip.open(shared / "data/dup_reuters/docs.jsonl.gz", "rt") as file:
        news = [json.loads(line)["text"] for line in file]
    write("ascii", [t for t in news if t.isascii()][:1000])
    ascii = [t for t in news if t.isascii()]
    # As long as a long page; all together larger than the caches.
    write("long ascii", ["\n\n".join(ascii[i : i + 80]) for i in range(0, len(ascii), 80)] * 4)
    found = clean_lines.gather(pathlib.Path("/tmp/limpid-clean-lines"))
    plain = lambda line: unicodedata.normalize("NFC", line) == line and not set(line) & set(
        "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\xa0\xad\u2028\u2029\u202f\u3000\t&\\\x1b\ufeff"
    ) and all(unicodedata.category(c) not in ("Cc", "Cf") and not "\uff00" <= c <= "\uffef" and not "\ufb00" <= c <= "\ufb06" for c in line)
    documents = []
    for lines in found.values():
        lines = [line for line in clean_lines.spread(lines, 5000) if plain(line)]
        documents += [lines[i : i + LINES] for i in range(0, len(lines), LINES)]
    # Few enough that the slowest tool gets to all of them.
    documents = documents[:: len(documents) // 200]
    write("letters", ["\n".join(d) for d in documents])
    write("one line", ["\n".join(garble(line) if i % 10 == 0 else line for i, line in enumerate(d)) for d in documents])
    write("all lines", ["\n".join(map(garble, d)) for d in documents])
    with gzip.open(shared / "data/mojibake_wild/lines.jsonl.gz", "rt") as file:
        write("wild", [json.loads(line)["text"] for line in file])
    index = csv.DictReader(open(shared / "data/charset/index.tsv"), delimiter="\t", quoting=csv.QUOTE_NONE)
    legacy = {r["file"] for r in index if r["decodes_strictly"] == "yes" and r["valid_utf8"] == "no" and r["ascii_only"] == "no"}
    packed = subprocess.run(["zstd", "-dc", shared / "data/charset/files.tar.zst"], capture_output=True, check=True).stdout
    import io
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        write("legacy", [tar.extractfile(m).read() for m in tar if m.isfile() and m.name.removeprefix("./") in legacy])


def measure(tool, name, seconds, program):
    folder = WORK / "sets" / name.replace(" ", "-")
    if tool in IN_RUST:
        command = [program, tool, folder, "--seconds", str(seconds)]
    else:
        command = [PYTHON, __file__, "--child", tool, folder, str(seconds)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    if sys.argv[1:2] == ["--child"]:
        return child(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=pathlib.Path, default=pathlib.Path(os.environ.get("LIMPID_SHARED", ROOT / "../shared")))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--only", default="", help="names of sets, with commas between them")
    parser.add_argument("--program", help="the built example decode_speed; else it is built")
    parser.add_argument("--update", type=pathlib.Path, help="page in which the table is put between its marks")
    args = parser.parse_args()
    program = args.program or ROOT / "target/release/examples/decode_speed"
    if not args.program:
        subprocess.run(["cargo", "build", "--quiet", "--release", "--locked", "--example", "decode_speed"], cwd=ROOT, check=True)
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", WORK], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *NEEDED], check=True)
    if not (WORK / "sets/long-ascii").exists():
        prepare(args.shared)
    lines = ["| documents | limpid, MB a CPU second | peer | its MB a CPU second | ratio | aimed at |", "|---|---|---|---|---|---|"]
    for name, what, peers in ROWS:
        if args.only and name not in args.only.split(","):
            continue
        tools = [what, *peers]
        found = {tool: [] for tool in tools}
        for _ in range(args.rounds):
            for tool in tools:
                found[tool].append(measure(tool, name, args.seconds, program))
        speed = {tool: statistics.median(values) for tool, values in found.items()}
        for peer, asked in peers.items():
            ratio = speed[what] / speed[peer]
            show = lambda n: f"{n:,.0f}" if n >= 100 else f"{n:.1f}" if n >= 1 else f"{n:.2f}"
            lines.append(f"| {name} | {show(speed[what])} | {peer} | {show(speed[peer])} | {show(ratio)} | {asked or '-'} |")
            print(lines[-1], flush=True)
    table = "\n".join(lines) + "\n"
    if args.update:
        page = args.update.read_text()
        before, rest = page.split(BEGIN)
        args.update.write_text(before + BEGIN + table + END + rest.split(END)[1])


main()
