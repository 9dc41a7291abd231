"""Scores the decode stage on a charset set by decoded text.

Run: python3 charset_score.py INDEX.TSV FOLDER PROGRAM [-v], PROGRAM being the built example charset_score.
A file counts as right when the text equals what the Python codec of the index gives, a byte order mark left out.
Files that do not decode strictly under their codec are not counted.
"""
import csv, hashlib, subprocess, sys

index, folder, program = sys.argv[1:4]
rows = [r for r in csv.DictReader(open(index), delimiter="\t", quoting=csv.QUOTE_NONE)]
out = subprocess.run([program, folder], input="".join(r["file"] + "\n" for r in rows), text=True, capture_output=True, check=True).stdout
found = {line.split("\t")[0]: line.split("\t") for line in out.splitlines()}
right = total = 0
for r in rows:
    if r["decodes_strictly"] != "yes":
        continue
    data = open(f"{folder}/{r['file']}", "rb").read()
    text = data.decode(r["python_codec"]).removeprefix("\ufeff")
    total += 1
    good = found[r["file"]][4] == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    right += good
    if not good and "-v" in sys.argv:
        print(f"{r['file']}: {r['python_codec']} read as {' '.join(found[r['file']][1:4])}")
print(f"{right} of {total} right, {100 * right / total:.1f} %")
