"""Writes codepages.tsv: single-byte code pages that are not in the WHATWG list, from Python's own codecs.

Run: python3 scripts/decode/codepages.py > data/decode/codepages.tsv
"""
import codecs

PAGES = """cp037 cp424 cp437 cp500 cp720 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865
cp869 cp1026 cp1140 hp_roman8 kz1048 mac_croatian mac_greek mac_iceland mac_latin2 mac_romanian mac_turkish ptcp154""".split()
ALIASES = {
    "kz1048": "strk1048-2002 rk1048", "ptcp154": "csptcp154 pt154 cp154 cyrillic-asian",
    "hp_roman8": "hp-roman8 roman8 r8", "mac_latin2": "x-mac-ce mac-centraleurope maccentraleurope mac-ce",
    "mac_greek": "x-mac-greek macgreek", "mac_turkish": "x-mac-turkish macturkish", "mac_iceland": "x-mac-icelandic maciceland",
    "mac_croatian": "x-mac-croatian", "mac_romanian": "x-mac-romanian",
}


def row(page):
    chars = []
    for byte in range(256):
        try:
            chars.append(f"{ord(bytes([byte]).decode(page)):04X}")
        except UnicodeDecodeError:
            chars.append("-")
    low = 0 if chars[:128] != [f"{b:04X}" for b in range(128)] else 128
    digits = page.removeprefix("cp")
    names = ALIASES.get(page) or f"ibm{digits} ibm-{digits} {digits} cp{digits.lstrip('0')} ibm{digits.lstrip('0')} csibm{digits} windows-{digits}"
    name = page if page.startswith("cp") else page.replace("_", "-")
    if name.startswith("cp"):
        name = "ibm" + name[2:]
        names += f" {page}"
    names = sorted(set(names.split()) - {name})
    return f"{name}\t{' '.join(names)}\t{low}\t{' '.join(chars[low:])}"


print("\n".join(sorted(row(codecs.lookup(p).name.replace('-', '_')) if p.startswith(('kz', 'pt', 'mac', 'hp')) else row(p) for p in PAGES)))
