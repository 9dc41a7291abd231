"""Compares the decode stage with ftfy on lines of real web pages that ftfy changes.

Run: python3 scripts/decode/mojibake_score.py LINES.JSONL.GZ PROGRAM [-v], PROGRAM being the built example normalise.
A line counts as equal when both agree in NFC, no-break spaces taken as spaces, zero-width characters and soft hyphens
left out. ftfy's answer is a tool's, not a person's: -v prints the lines that differ, to be read.
"""
import gzip, json, subprocess, sys, unicodedata

rows = [json.loads(line) for line in gzip.open(sys.argv[1], "rt")]
lines = "".join(json.dumps(r["text"]) + "\n" for r in rows)
out = subprocess.run([sys.argv[2]], input=lines, text=True, capture_output=True, check=True).stdout.split("\n")[:-1]
PLAIN = str.maketrans({"\xa0": " ", "\u200b": None, "\xad": None})


def plain(text):
    return unicodedata.normalize("NFC", text).translate(PLAIN)


equal = 0
for r, line in zip(rows, out, strict=True):
    ours = json.loads(line)
    same = plain(ours) == plain(r["ftfy"])
    equal += same
    if not same and "-v" in sys.argv:
        print(f"{r['text']!r}\n  ftfy {r['ftfy']!r}\n  ours {ours!r}")
print(f"{equal} of {len(rows)} lines equal, {100 * equal / len(rows):.1f} %")
