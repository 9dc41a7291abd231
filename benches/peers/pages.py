#!/usr/bin/env python3
"""Main text of pages of HTML by limpid and other tools: how right, how fast. Called by benches/pages.sh.

Measures, all on words (NFKC, case folded; ideographs and kana one by one), against the gold of the sets:
- lines: of the page's labelled lines (the line sets; arguable ones, such as headlines and bylines, left out) those that stand
  in the output, weighed by their characters; F1 of the sums over all pages.
- characters: words of output and gold as multisets, each weighed by its length; F1 of the sums over all pages.
- 4-grams: as the Article Extraction Benchmark's own script: precision and recall of word 4-grams by page, averaged, and
  F1 of the averages.
- traf: of the strings that annotators named, the share of those to be kept that is there and of those to go that is not.
Speed: MB of markup per CPU second, one process and thread a tool, conversion of bytes and start-up left out, best of the
rounds; the rounds of all tools are interleaved.
"""
import argparse, gzip, json, os, pathlib, re, subprocess, sys, time, unicodedata
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def decoded(raw):
    """Bytes as text, by the page's own word for its charset; the same text goes to every tool."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        named = re.search(rb"charset=[\"']?([\w-]+)", raw[:4096])
        try:
            return raw.decode(named.group(1).decode() if named else "cp1252", "replace")
        except LookupError:
            return raw.decode("cp1252", "replace")


def unpack(archive, folder):
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        packed = subprocess.Popen(["zstd", "-d", "--long=27", "-c", archive], stdout=subprocess.PIPE)
        subprocess.run(["tar", "x", "-C", folder], stdin=packed.stdout, check=True)
    return folder


def load(data):
    """Pages of the three sets: id, set, url, html, and gold text or named strings."""
    pages = []
    work = ROOT / "target/peers/pages"
    folder = unpack(data / "html_aeb/html.tar.zst", work / "aeb")
    for name, gold in json.loads((data / "html_aeb/gold.json").read_text()).items():
        pages.append(dict(id=name, set="aeb", url=gold["url"], gold=gold["articleBody"],
                          html=decoded((folder / f"{name}.html").read_bytes())))
    folder = unpack(data / "html_wcxb/pages.tar.zst", work / "wcxb")
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text())
        kind = gold["_internal"]["page_type"]["primary"]
        # A few pages have no gold text.
        if not gold["ground_truth"].get("main_content"):
            continue
        pages.append(dict(id=path.stem, set="wcxb " + kind, url=gold["url"],
                          gold=gold["ground_truth"]["main_content"], html=decoded(path.with_suffix(".html").read_bytes())))
    folder = unpack(data / "html_traf/html.tar.zst", work / "traf")
    for url, gold in json.loads((data / "html_traf/evaldata.json").read_text()).items():
        path = folder / gold["file"]
        if path.exists():
            pages.append(dict(id=gold["file"], set="traf", url=url, keep=gold["with"], drop=gold["without"],
                              html=decoded(path.read_bytes())))
    return pages


def labelled(data):
    """Lines with a sure label by (set, page): words joined by blanks, characters, keep."""
    out = {}
    for name in ("aeb", "wcxb"):
        for page in map(json.loads, gzip.open(data / f"lines/{name}.jsonl.gz", "rt")):
            kind = name if name == "aeb" else f"wcxb {page['page_type']}"
            sure = [l for l in page["lines"] if not l.get("soft") and l.get("keep") is not None and l["text"].strip()]
            out[kind, page["id"]] = [(" ".join(words(l["text"])), len(l["text"]), l["keep"]) for l in sure]
    return out


def words(text):
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def tools():
    """Name and, for tools of Python, the function from markup to text."""
    out = {}
    try:
        import trafilatura
        out["trafilatura"] = lambda h: trafilatura.extract(h, include_comments=False) or ""
        out["trafilatura, precision"] = lambda h: trafilatura.extract(h, include_comments=False, favor_precision=True) or ""
    except ImportError as e:
        print("trafilatura is left out:", e, file=sys.stderr)
    try:
        import justext
        from justext.utils import get_stoplist, get_stoplists
        every = frozenset(w for name in get_stoplists() for w in get_stoplist(name))
        english = get_stoplist("English")
        def just(h):
            try:
                return "\n".join(p.text for p in justext.justext(h, english) if not p.is_boilerplate)
            except Exception:
                return ""
        out["jusText (English)"] = just
    except ImportError as e:
        print("jusText is left out:", e, file=sys.stderr)
    try:
        from resiliparse.extract.html2text import extract_plain_text
        out["resiliparse"] = lambda h: extract_plain_text(h, main_content=True, alt_texts=False, list_bullets=False, comments=False)
    except ImportError as e:
        print("resiliparse is left out:", e, file=sys.stderr)
    try:
        import readability
        from lxml import html as lxml_html
        def read(h):
            try:
                return lxml_html.fromstring(readability.Document(h).summary()).text_content()
            except Exception:
                return ""
        out["readability-lxml"] = read
    except ImportError as e:
        print("readability-lxml is left out:", e, file=sys.stderr)
    try:
        import rs_trafilatura
        def rs(h):
            found = rs_trafilatura.extract(h)
            return found.main_content or ""
        out["rs-trafilatura"] = rs
    except ImportError as e:
        print("rs-trafilatura is left out:", e, file=sys.stderr)
    return out


def run_python(function, pages):
    texts, seconds = {}, 0.0
    for p in pages:
        start = time.process_time()
        text = function(p["html"])
        seconds += time.process_time() - start
        texts[p["set"], p["id"]] = text
    return texts, seconds


def run_program(command, pages):
    lines = "".join(json.dumps({"id": p["set"] + "\t" + p["id"], "url": p["url"], "html": p["html"]}) + "\n" for p in pages)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    texts, seconds = {}, 0.0
    for row in map(json.loads, filter(None, done.stdout.split("\n"))):
        texts[tuple(row["id"].split("\t", 1))] = row["text"]
        seconds += row["seconds"]
    return texts, seconds


def f1(p, r):
    return 2 * p * r / (p + r) if p + r else 0.0


def by_lines(pages, texts, labels):
    hit = wrong = missed = 0
    for p in pages:
        text = texts.get((p["set"], p["id"]), "")
        lines = Counter(" ".join(words(l)) for l in text.split("\n"))
        whole = f" {' '.join(words(text))} "
        for line, size, keep in labels.get((p["set"], p["id"]), []):
            if not line:
                continue
            # A short line is there when it is a line; a long one wherever it stands.
            there = lines[line] > 0 or (line.count(" ") >= 5 and f" {line} " in whole)
            hit += size * (there and keep)
            wrong += size * (there and not keep)
            missed += size * (keep and not there)
    return 2 * hit / max(1, 2 * hit + wrong + missed)


def score(pages, texts):
    both = out = gold = 0
    precisions, recalls = [], []
    for p in pages:
        a, b = words(texts.get((p["set"], p["id"]), "")), words(p["gold"])
        ca, cb = Counter(a), Counter(b)
        weigh = lambda c: sum(len(w) * n for w, n in c.items())
        both, out, gold = both + weigh(ca & cb), out + weigh(ca), gold + weigh(cb)
        ga = Counter(tuple(a[i:i + 4]) for i in range(max(1, len(a) - 3)))
        gb = Counter(tuple(b[i:i + 4]) for i in range(max(1, len(b) - 3)))
        common = (ga & gb).total()
        precisions.append(common / ga.total() if a else 0.0)
        recalls.append(common / gb.total() if b else 1.0)
    mean = lambda xs: sum(xs) / len(xs)
    return f1(both / max(1, out), both / max(1, gold)), f1(mean(precisions), mean(recalls))


def named(pages, texts):
    squeeze = lambda t: " ".join(unicodedata.normalize("NFKC", t).split())
    hit = [0, 0, 0, 0]
    for p in pages:
        text = squeeze(texts.get((p["set"], p["id"]), ""))
        for s in p["keep"] or []:
            hit[0] += squeeze(s) in text
            hit[1] += 1
        for s in p["drop"] or []:
            hit[2] += squeeze(s) not in text
            hit[3] += 1
    return hit[0] / max(1, hit[1]), hit[2] / max(1, hit[3])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    ap.add_argument("--models", default="")
    ap.add_argument("--only", default="")
    ap.add_argument("--rounds", type=int, default=2)
    ap.add_argument("--update", default="")
    args = ap.parse_args()
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})
    pages = load(args.data)
    labels = labelled(args.data)
    size = sum(len(p["html"].encode()) for p in pages) / 1e6
    limpid = [str(ROOT / "target/release/examples/page_text")]
    if args.models:
        for n in range(5):
            limpid += ["--model", f"{args.models}.{n}"]
    runs = {"limpid": lambda: run_program(limpid, pages)}
    smoothie = ROOT / "target/peers/dom_smoothie/release/run-dom-smoothie"
    if smoothie.exists():
        runs["dom_smoothie"] = lambda: run_program([str(smoothie)], pages)
    for name, function in tools().items():
        runs[name] = lambda function=function: run_python(function, pages)
    if args.only:
        runs = {n: r for n, r in runs.items() if n in args.only.split(",")}
    texts, best = {}, {}
    for turn in range(args.rounds):
        for name, run in runs.items():
            # The slow ones need no second round: their figures do not hang on a few per cent.
            if turn and size / best[name] < 10:
                continue
            texts[name], seconds = run()
            best[name] = min(seconds, best.get(name, seconds))
    kinds = {}
    for p in pages:
        kinds.setdefault(p["set"], []).append(p)
    kinds["wcxb, all"] = [p for p in pages if p["set"].startswith("wcxb")]
    golden = ["aeb", "wcxb, all", *sorted(k for k in kinds if k.startswith("wcxb ") and k != "wcxb, all")]
    rows = [["", *[f"{k} ({len(kinds[k])})" for k in golden], f"traf ({len(kinds.get('traf', []))}): kept / gone", "MB per CPU s", "limpid is faster"]]
    for name in runs:
        cells = [name]
        for kind in golden:
            cells.append("%.3f / %.3f / %.3f" % (by_lines(kinds[kind], texts[name], labels), *score(kinds[kind], texts[name])))
        cells.append("%.3f / %.3f" % named(kinds.get("traf", []), texts[name]))
        cells.append(f"{size / best[name]:.1f}")
        cells.append(f"{best[name] / best['limpid']:.1f}" if "limpid" in best else "")
        rows.append(cells)
    table = "\n".join("| " + " | ".join(r) + " |" + ("\n|" + "---|" * len(r) if i == 0 else "") for i, r in enumerate(rows))
    note = f"{len(pages)} pages, {size:.0f} MB; limpid by " + ("models that had not seen the page's host" if args.models else "the shipped model, which has seen these hosts")
    text = f"{note}. Cells: F1 of lines / of characters / of 4-grams.\n\n{table}\n"
    print(text)
    if args.update:
        path = ROOT / args.update
        begin, end = "<!-- pages: begin -->\n", "<!-- pages: end -->"
        old = path.read_text()
        path.write_text(old[:old.index(begin) + len(begin)] + text + old[old.index(end):])


main()
