#!/usr/bin/env python3
"""Measures how many lines of real text come whole out of damage done to them, beside ftfy and plsfix.

Run: pip install ftfy plsfix polib; python3 scripts/decode/garbled_lines.py PROGRAM [--cache DIR] [--lines 60] [-v], PROGRAM
being the built example normalise.

The lines are those of clean_lines.py, which tells where they come from, spread over their sources, each given alone; those that a damage
leaves as they are do not count. Each tool does all that it does by default; a line is right when it is what it was, with curly quotes,
spaces, zero-width characters and ligatures taken as plain. -v prints some that a peer puts right and limpid does not.
"""
import argparse, pathlib, re, unicodedata

import ftfy, plsfix

import clean_lines

ALPHABETS = {
    "Latin": "ca cs da de es et fi fr hu it lt lv nb pl pt ro sk sl sv tr vi".split(),
    "Cyrillic": "bg ru sr uk".split(),
    "Greek": ["el"],
    "Hebrew, Arabic": "he ar".split(),
    "East Asia": "ja ko zh".split(),
}
PLAIN = str.maketrans({
    "\u200b": None, "\xad": None, "\ufeff": None, "\u200e": None, "\u200f": None, "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "\u02bc": "'", "…": "...",
})


def plain(text):
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFC", text).translate(PLAIN))
    return re.sub(r"\s+", " ", text).strip()


def read_as(codec, times=1):
    """UTF-8 read in an encoding, bytes without a character as controls."""
    table = []
    for b in range(256):
        try:
            table.append(bytes([b]).decode(codec))
        except UnicodeDecodeError:
            table.append(chr(b))

    def garble(text):
        for _ in range(times):
            text = "".join(table[b] for b in text.encode())
        return text

    return garble


W = read_as("cp1252")
DAMAGE = {
    "windows-1252": W,
    "the same, no-break spaces as blanks": lambda t: W(t).replace("\xa0", " "),
    "the same, controls lost": lambda t: re.sub("[\x80-\x9f]", "", W(t)),
    "the same, twice": read_as("cp1252", 2),
    "latin-1": read_as("latin-1"),
    "latin-5": read_as("iso8859-9"),
    "windows-1250": read_as("cp1250"),
    "windows-1251": read_as("cp1251"),
    "windows-1253": read_as("cp1253"),
    "windows-1257": read_as("cp1257"),
    "MacRoman": read_as("mac_roman"),
    "cp437": read_as("cp437"),
    "cp850": read_as("cp850"),
}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("/tmp/limpid-clean-lines"))
    args.add_argument("--lines", type=int, default=60, help="lines of each language")
    args.add_argument("-v", action="store_true")
    args = args.parse_args()
    tools = [clean_lines.limpid(args.program), lambda ts: [ftfy.fix_text(t) for t in ts], lambda ts: [plsfix.fix_text(t) for t in ts]]
    found = clean_lines.gather(args.cache, sorted(sum(ALPHABETS.values(), [])))
    print("| UTF-8 read as | " + " | ".join(ALPHABETS) + " |\n|---|" + "---|" * len(ALPHABETS))
    for name, garble in DAMAGE.items():
        cells = []
        for languages in ALPHABETS.values():
            lines = [line for code in languages for line in clean_lines.spread(found[code], args.lines)]
            lines = [(line, garble(line)) for line in lines if "\xa0" not in line]
            lines = [(a, b) for a, b in lines if plain(a) != plain(b)]
            got = [fix([b for _, b in lines]) for fix in tools]
            right = [[plain(a) == plain(x) for (a, _), x in zip(lines, out)] for out in got]
            cells.append(", ".join(f"{100 * sum(r) / max(1, len(r)):.0f}" for r in right))
            shown = [i for i in range(len(lines)) if not right[0][i] and any(r[i] for r in right[1:])]
            for i in shown[:3] if args.v else []:
                print(f"  {lines[i][0]}\n    {lines[i][1]}\n    {got[0][i]}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
