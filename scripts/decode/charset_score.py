"""Scores the decode stage on a charset set by decoded text.

Run: python3 scripts/decode/charset_score.py INDEX.TSV FOLDER PROGRAM [-v], PROGRAM being the built example charset_score.
A file counts as right when the text equals what the Python codec of the index (or the superset of it that browsers
read under its name) gives, a byte order mark left out.
Files that do not decode strictly under their codec are not counted.
"""
import csv, hashlib, subprocess, sys

index, folder, program = sys.argv[1:4]
rows = [r for r in csv.DictReader(open(index), delimiter="\t", quoting=csv.QUOTE_NONE)]
out = subprocess.run([program, folder], input="".join(r["file"] + "\n" for r in rows), text=True, capture_output=True, check=True).stdout
found = {line.split("\t")[0]: line.split("\t") for line in out.splitlines()}
# What browsers read in place of what Python's older tables say; the same characters in other code points.
SUPERSETS = {"shift_jis": ["cp932"], "shift-jis": ["cp932"], "gb2312": ["gbk", "gb18030"], "euc_kr": ["cp949"], "euc-kr": ["cp949"], "big5": ["cp950", "big5hkscs"], "tis_620": ["cp874"]}
WIDE = str.maketrans("\u301c\u2016\u2212\u00a2\u00a3\u00ac\u2014\u203e\u00a5", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2\u2015\uffe3\\")


def digests(data, codec):
    for name in [codec, *SUPERSETS.get(codec, [])]:
        try:
            text = data.decode(name).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        for form in (text, text.translate(WIDE), text.replace("\u2014", "\u2015"), text.replace("\u301c", "\uff5e"), text.replace("\u2212", "\uff0d")):
            yield hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()


right = total = 0
for r in rows:
    if r["decodes_strictly"] != "yes":
        continue
    data = open(f"{folder}/{r['file']}", "rb").read()
    total += 1
    good = found[r["file"]][4] in digests(data, r["python_codec"])
    right += good
    if not good and "-v" in sys.argv:
        print(f"{r['file']}: {r['python_codec']} read as {' '.join(found[r['file']][1:4])}")
print(f"{right} of {total} right, {100 * right / total:.1f} %")
