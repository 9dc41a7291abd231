#!/usr/bin/env python3
"""Measures false repairs: what the mojibake rule, ftfy and plsfix change in clean real text of many languages.

Run: pip install ftfy plsfix polib; python3 scripts/decode/clean_lines.py PROGRAM [--cache DIR] [--lines N] [-v], PROGRAM
being the built example normalise.

The text is fetched by package name, unpacked and never installed: the translations that Debian's packages of games and
programs bring (`.mo` files), Debian's translated manual pages, and the locale files of PyPI's Django. Only lines with a
character beyond ASCII are taken, each once, up to N (5,000) a language; languages that bring fewer than 2,000 are left
out. Each line is given alone, and again in documents of 200 lines. What changes is written to CACHE/changed.tsv to be
read one by one: some translations hold mojibake themselves, and putting that back is right.
"""
import argparse, collections, gettext, gzip, html, json, pathlib, re, subprocess, sys, unicodedata, zipfile

LANGUAGES = "ar bg ca cs da de el es et fi fr he hu it ja ko lt lv nb pl pt ro ru sk sl sr sv tr uk vi zh".split()
GAMES = [f"wesnoth-1.16-{c}" for c in "dm did dw ei httt l nr sof sotbe thot trow tsg utbs".split()]
PROGRAMS = "gimp-data gnucash-common darktable git gnumeric-common evolution-common abiword-common iso-codes".split()
MANUALS = [f"manpages-{x}" for x in "cs da de el es fi fr hu it ja mk nb pl pt-br ro ru sr sv tr uk vi zh".split()]
SAME = {"no": "nb", "pt_BR": "pt", "sr@latin": None, "sr@ije": "sr", "ca@valencia": "ca", "pt-br": "pt"}
PER_LANGUAGE, LEAST, DOCUMENT = 5000, 2000, 200


def fetch(cache, name):
    into = cache / name
    if not into.exists():
        into.mkdir(parents=True)
        got = subprocess.run(["apt-get", "download", "-q", name], cwd=into, capture_output=True, text=True)
        for deb in into.glob("*.deb"):
            # Only translations and manual pages are kept.
            pipe = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
            subprocess.run(["tar", "x", "--wildcards", "-C", into, "*.mo", "./usr/share/man/*"], stdin=pipe.stdout, stderr=subprocess.DEVNULL)
            pipe.wait()
            deb.unlink()
        if got.returncode:
            print(f"{name}: not to be had", file=sys.stderr)
    return into


def django(cache):
    into = cache / "django"
    if not into.exists():
        into.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", into, "django==5.2"], check=True)
        for wheel in into.glob("*.whl"):
            with zipfile.ZipFile(wheel) as z:
                z.extractall(into, [n for n in z.namelist() if n.endswith(".mo")])
            wheel.unlink()
    return into


def language(name):
    name = SAME.get(name, name)
    return name and re.split("[_@.]", name)[0]


def messages(path):
    try:
        with open(path, "rb") as f:
            catalog = gettext.GNUTranslations(f)._catalog
    except (UnicodeDecodeError, OSError, ValueError, LookupError):
        return
    for key, text in catalog.items():
        if key:
            yield from str(text).split("\n")


def manual(path):
    """Lines of a manual page without commands or escapes."""
    try:
        text = gzip.open(path, "rt", encoding="utf-8").read()
    except (UnicodeDecodeError, OSError, EOFError):
        return
    yield from (line for line in text.split("\n") if not line.startswith((".", "'")) and "\\" not in line)


def gather(cache, languages=LANGUAGES):
    lines = {code: {} for code in languages}
    roots = [django(cache)] + [fetch(cache, n) for n in GAMES + PROGRAMS + MANUALS]
    for root in roots:
        for path in sorted(root.rglob("*")):
            parts = path.parts
            if path.suffix == ".mo":
                code, found = language(parts[parts.index("LC_MESSAGES") - 1]) if "LC_MESSAGES" in parts else None, messages
            elif path.suffix == ".gz" and "man" in parts:
                code, found = language(parts[parts.index("man") + 1]), manual
            else:
                continue
            if code in lines:
                for line in found(path):
                    line = line.strip()
                    if len(line) > 20 and not line.isascii():
                        lines[code].setdefault(line, root.name)
    return lines


def spread(found, most):
    """`most` of the lines, evenly from all sources."""
    groups = collections.defaultdict(list)
    for line, source in found.items():
        groups[source].append(line)
    out = []
    share = sorted(groups.values(), key=len)
    for i, group in enumerate(share):
        take = min(len(group), (most - len(out)) // (len(share) - i))
        step = len(group) / max(take, 1)
        out += [group[int(k * step)] for k in range(take)]
    return out


def limpid(program):
    def fix(texts):
        feed = "".join(json.dumps(t) + "\n" for t in texts)
        out = subprocess.run([program, "--only", "mojibake"], input=feed, text=True, capture_output=True, check=True).stdout
        return [json.loads(line) for line in out.split("\n")[:-1]]
    return fix


PLAIN = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "‟": '"', "\u02bc": "'"})


def plain(text):
    """What is left when forms, quotes, controls, line ends and invisible characters are taken as alike."""
    text = html.unescape(html.unescape(text))
    text = unicodedata.normalize("NFKC", re.sub("[\x85\u2028\u2029\r]+\n?", "\n", text).translate(PLAIN)).translate(PLAIN)
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf") or c == "\n")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("program")
    args.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("/tmp/limpid-clean-lines"))
    args.add_argument("--lines", type=int, default=PER_LANGUAGE)
    args.add_argument("-v", action="store_true")
    args = args.parse_args()
    import ftfy, plsfix
    lines = {code: spread(found, args.lines) for code, found in gather(args.cache).items()}
    lines = {code: found for code, found in lines.items() if len(found) >= LEAST}
    total = sum(map(len, lines.values()))
    print(f"{total} lines in {len(lines)} languages: " + ", ".join(f"{c} {len(f)}" for c, f in sorted(lines.items())))
    single = [line for found in lines.values() for line in found]
    whole = ["\n".join(found[i : i + DOCUMENT]) for found in lines.values() for i in range(0, len(found), DOCUMENT)]
    tools = {
        "limpid": limpid(args.program),
        "ftfy": lambda texts: [ftfy.fix_encoding(t) for t in texts],
        # It does all or nothing: quotes, spaces and forms that it makes plain are no repair.
        "plsfix": lambda texts: [t if plain(g) == plain(t) else g for t in texts for g in [plsfix.fix_text(t)]],
    }
    with open(args.cache / "changed.tsv", "w") as log:
        for name, fix in tools.items():
            alone, joined = fix(single), fix(whole)
            changed = [(a, b) for a, b in zip(single, alone) if a != b]
            in_documents = [(a, b) for x, y in zip(whole, joined) for a, b in zip(x.split("\n"), y.split("\n")) if a != b]
            print(f"{name}: {len(changed)} lines changed alone, {len(in_documents)} in documents")
            for kind, pairs in (("alone", changed), ("document", in_documents)):
                for a, b in pairs:
                    log.write(f"{name}\t{kind}\t{a}\t{b}\n")
                    if args.v and name == "limpid":
                        print(f"  {kind}\n    {a}\n    {b}")


if __name__ == "__main__":
    main()
