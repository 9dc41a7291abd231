#!/usr/bin/env python3
"""Measures repairs of text in other encodings that was read as windows-1252: lines of real text, alone and in documents of 40.

Run: python3 scripts/decode/legacy_lines.py PROGRAM [--cache DIR] [--lines 500] [-v], PROGRAM being the built example normalise.

The lines are those of clean_lines.py, which tells where they come from, spread over their sources; those that an encoding cannot
hold are left out. A line counts as right when it is what it was, no-break spaces taken as spaces and soft hyphens left out. -v prints some that are
changed to something else.
"""
import argparse, pathlib, unicodedata
import clean_lines

ENCODINGS = {
    "ar": ["cp1256"], "bg": ["cp1251"], "el": ["cp1253", "iso8859-7"], "he": ["cp1255"], "ja": ["shift_jis", "euc-jp"], "ko": ["euc-kr"],
    "ru": ["cp1251", "koi8-r", "iso8859-5", "cp866"], "sr": ["cp1251"], "uk": ["cp1251"], "zh": ["gbk", "big5"],
}
DOCUMENT = 40


def garble(line, encoding):
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in line.encode(encoding))


def plain(line):
    return unicodedata.normalize("NFC", line).replace("\xa0", " ").replace("\xad", "").strip()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("/tmp/limpid-clean-lines"))
    args.add_argument("--lines", type=int, default=500)
    args.add_argument("-v", action="store_true")
    args = args.parse_args()
    fix = clean_lines.limpid(args.program)
    found = clean_lines.gather(args.cache, list(ENCODINGS))
    print("| language | encoding | lines | right alone | right in documents | changed otherwise, alone |\n|---|---|---|---|---|---|")
    for code, encodings in ENCODINGS.items():
        for encoding in encodings:
            lines = []
            for line in clean_lines.spread(found[code], 8 * args.lines):
                try:
                    lines.append((line, garble(line, encoding)))
                except UnicodeEncodeError:
                    pass
            # Half of the letters are the language's own: lines of names and commands are no text in it.
            lines = [(a, b) for a, b in lines if sum(not c.isascii() for c in a) * 2 >= sum(c.isalpha() for c in a)]
            lines = lines[:: max(1, len(lines) // args.lines)][: args.lines]
            alone = fix([b for _, b in lines])
            parts = [lines[i : i + DOCUMENT] for i in range(0, len(lines), DOCUMENT)]
            joined = [line for text in fix(["\n".join(b for _, b in p) for p in parts]) for line in text.split("\n")]
            right = [sum(plain(a) == plain(x) for (a, _), x in zip(lines, got)) for got in (alone, joined)]
            other = [(a, b, x) for (a, b), x in zip(lines, alone) if plain(x) not in (plain(a), plain(b))]
            share = [f"{100 * r / len(lines):.1f} %" for r in right]
            print(f"| {code} | {encoding} | {len(lines)} | {share[0]} | {share[1]} | {len(other)} |")
            for a, b, x in other[:3] if args.v else []:
                print(f"  {a}\n    {b}\n    {x}")


if __name__ == "__main__":
    main()
