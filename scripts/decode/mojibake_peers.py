"""Compares the repair of garbled text with ftfy and plsfix on our own cases and on texts that must stay as they are.

Run: pip install ftfy plsfix; python3 scripts/decode/mojibake_peers.py PROGRAM, PROGRAM being the built example normalise.

Each tool does all that it does by default. A text is right when it equals the expected one in NFC with curly quotes,
spaces, zero-width characters and ligatures taken as plain, as each tool makes some of these plain and others not.
"""
import html, json, pathlib, re, subprocess, sys, unicodedata

import ftfy, plsfix

GOLDEN = pathlib.Path(__file__).parents[2] / "tests/golden/decode"
PLAIN = str.maketrans({
    "\xa0": " ", "\u2009": " ", "\u200b": None, "\xad": None, "\ufeff": None, "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "\u02bc": "'", "…": "...",
})


def plain(text):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(PLAIN))


def rows(name):
    unescape = lambda field: re.sub(r"\\u\{([0-9A-F]+)\}", lambda m: chr(int(m[1], 16)), field)
    for line in (GOLDEN / name).read_text().splitlines():
        if line and line[0] != "#":
            yield [unescape(f) for f in line.split("\t")]


def limpid(texts):
    feed = "".join(json.dumps(t) + "\n" for t in texts)
    out = subprocess.run([sys.argv[1]], input=feed, text=True, capture_output=True, check=True).stdout
    return [json.loads(line) for line in out.split("\n")[:-1]]


garbled = [(r[1], r[2]) for name in ("garbled.tsv", "mojibake.tsv") for r in rows(name)]
clean = [(r[0], r[0]) for r in rows("clean.tsv")]
print(f"| texts | number | limpid | ftfy | plsfix |\n|---|---|---|---|---|")
for name, cases in (("garbled: put right", garbled), ("clean: left alone", clean)):
    shares = []
    for fix in (limpid, lambda ts: [ftfy.fix_text(t) for t in ts], lambda ts: [plsfix.fix_text(t) for t in ts]):
        got = fix([a for a, _ in cases])
        shares.append(sum(plain(g) == plain(want) for g, (_, want) in zip(got, cases)))
    print(f"| {name} | {len(cases)} | " + " | ".join(map(str, shares)) + " |")
