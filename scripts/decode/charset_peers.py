#!/usr/bin/env python3
"""Compares charset detection with that of other tools on the same bytes, whole files and short cuts, by decoded text.

Run: pip install chardet==7.* charset-normalizer faust-cchardet resiliparse chardetng-py; then
python3 scripts/decode/charset_peers.py INDEX.TSV FOLDER PROGRAM [-v] [--only limpid], PROGRAM being the built example
charset_score. -v lists what limpid reads wrongly, and who reads it rightly.

Files are those that decode strictly under the codec of the index. Cuts of 20, 50, 100 and 200 bytes are taken at up to
four places of each file that holds a character beyond ASCII: whole characters from the beginning of a word on, with at
least one character beyond ASCII in them, no two cuts of a file alike. A reading is right when its text is what the
declared codec, or the superset that browsers read under its name, gives; a tool's answer is decoded both by Python's
codec of that name and by its superset, and either may be right.
"""
import collections, csv, hashlib, pathlib, subprocess, sys, tempfile

LENGTHS = (20, 50, 100, 200)
PLACES = 4
# What browsers read in place of what Python's older tables say; the same characters in other code points.
SUPERSETS = {
    "shift_jis": ["cp932"], "shift-jis": ["cp932"], "sjis": ["cp932"], "gb2312": ["gbk", "gb18030"], "gbk": ["gb18030"],
    "euc_kr": ["cp949"], "euc-kr": ["cp949"], "big5": ["cp950", "big5hkscs"], "tis_620": ["cp874"], "tis-620": ["cp874"],
    "iso-8859-1": ["cp1252"], "iso-8859-9": ["cp1254"], "ascii": ["utf-8"], "utf_8": ["utf-8"], "iso-8859-8-i": ["iso-8859-8"],
    "iso-8859-11": ["cp874"], "uhc": ["cp949"], "windows-31j": ["cp932"], "iso-8859-8": ["iso-8859-8"], "x-mac-cyrillic": ["mac_cyrillic"],
    "maccyrillic": ["mac_cyrillic"], "macroman": ["mac_roman"], "macintosh": ["mac_roman"], "euc-tw": [], "viscii": [], "iso-2022-cn": [],
}
WIDE = str.maketrans("\u301c\u2016\u2212\u00a2\u00a3\u00ac\u2014\u203e\u00a5", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2\u2015\uffe3\\")


def forms(text):
    text = text.removeprefix("\ufeff")
    yield from {text, text.translate(WIDE), text.replace("\u2014", "\u2015"), text.replace("\u301c", "\uff5e"), text.replace("\u2212", "\uff0d")}


def readings(data, codec):
    for name in [codec, *SUPERSETS.get(codec.lower(), [])]:
        try:
            yield data.decode(name)
        except (UnicodeDecodeError, LookupError, TypeError, ValueError):
            continue


def digests(data, codec):
    return {hashlib.sha256(f.encode("utf-8", "surrogatepass")).hexdigest() for text in readings(data, codec) for f in forms(text)}


def cuts(data, codec, length):
    try:
        text = data.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return
    beyond = [i for i, c in enumerate(text) if c > "\x7f"]
    seen = set()
    for k in range(PLACES):
        at = next((i for i in beyond if i >= k * len(text) // PLACES), None)
        if at is None:
            continue
        # From the beginning of its word on, or not far from it where the script knows no spaces.
        start = at
        while start > 0 and at - start < 8 and not text[start - 1].isspace():
            start -= 1
        end, raw = start, b""
        while end < len(text) and end - start < length:
            try:
                more = text[start : end + 1].encode(codec)
            except UnicodeEncodeError:
                break
            if len(more) > length:
                break
            end, raw = end + 1, more
        if raw and raw not in seen and any(c > "\x7f" for c in text[start:end]) and raw.decode(codec, "replace") == text[start:end]:
            seen.add(raw)
            yield raw


def peers():
    import cchardet, chardet, charset_normalizer
    from resiliparse.parse.encoding import detect_encoding
    tools = {
        "chardet 7": lambda b: chardet.detect(b)["encoding"],
        "charset-normalizer": lambda b: (lambda best: best and best.encoding)(charset_normalizer.from_bytes(b).best()),
        "faust-cchardet": lambda b: cchardet.detect(b)["encoding"],
        "resiliparse": lambda b: detect_encoding(b),
    }
    try:
        import chardetng_py
        tools["chardetng"] = lambda b: chardetng_py.detect(b)
    except ImportError:
        print("chardetng-py is not installed", file=sys.stderr)
    return tools


def right(tool, data, gold):
    try:
        name = tool(data)
    except Exception:  # a peer that fails has no answer
        return False
    return bool(name) and not gold.isdisjoint(digests(data, name))


def main():
    index, folder, program = sys.argv[1:4]
    only = "--only" in sys.argv
    sets = collections.defaultdict(list)
    for r in csv.DictReader(open(index), delimiter="\t", quoting=csv.QUOTE_NONE):
        if r["decodes_strictly"] == "yes":
            data = pathlib.Path(folder, r["file"]).read_bytes()
            sets["whole"].append((r["file"], r["python_codec"], data))
            for length in LENGTHS:
                sets[length] += [(r["file"], r["python_codec"], cut) for cut in cuts(data, r["python_codec"], length)]
    tools = {} if only else peers()
    print("| bytes | texts | limpid | " + " | ".join(tools) + " |")
    print("|---|---|---|" + "---|" * len(tools))
    for kind, texts in sets.items():
        with tempfile.TemporaryDirectory() as cutting:
            for i, (_, _, data) in enumerate(texts):
                pathlib.Path(cutting, str(i)).write_bytes(data)
            names = "".join(f"{i}\n" for i in range(len(texts)))
            out = subprocess.run([program, cutting], input=names, text=True, capture_output=True, check=True).stdout
        ours = [line.split("\t") for line in out.splitlines()]
        gold = [digests(data, codec) for _, codec, data in texts]
        won = [row[4] in g for row, g in zip(ours, gold, strict=True)]
        theirs = {name: [right(tool, data, g) for (_, _, data), g in zip(texts, gold)] for name, tool in tools.items()}
        share = lambda hits: f"{100 * sum(hits) / len(hits):.1f} %"
        print(f"| {kind} | {len(texts)} | {share(won)} | " + " | ".join(share(t) for t in theirs.values()) + " |", flush=True)
        if "-v" in sys.argv:
            for i, (file, codec, data) in enumerate(texts):
                if not won[i]:
                    who = " ".join(n for n, t in theirs.items() if t[i])
                    print(f"  {kind}\t{file}\t{codec} read as {' '.join(ours[i][1:4])}\t[{who}]\t{data[:60].decode(codec, 'replace')!r}", file=sys.stderr)


main()
