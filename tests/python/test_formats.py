"""limpid's outputs as other programs read them: pyarrow, warcio, zstandard, lz4, and Python's own csv, json, gzip, bz2 and lzma.

Runs in the environment that `./test` makes in target/formats-venv; where that is missing (`./test quick` on a fresh clone) it is skipped.
"""

import csv
import gzip
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / "target/formats-venv/bin/python"
NEEDED = ("pyarrow", "warcio", "zstandard", "lz4")
HERE = all(importlib.util.find_spec(name) for name in NEEDED)

TEXTS = {
    "a-1": 'The mayor said "we open it on Monday", and the council agreed; nobody voted against it.\nA second line follows.\n',
    "b-2": "Žluťoučký kůň pěl ďábelské ódy 🐎 – and more.\n\nA paragraph stands below the blank line.\n",
    "c-3": "One plain line about the harbour and its boats, with no line end",
}


def limpid():
    for kind in ("release", "debug"):
        path = ROOT / "target" / kind / "limpid"
        if path.exists():
            return str(path)
    return None


@unittest.skipIf(HERE or not PYTHON.exists(), "the tests below run here, or there is no target/formats-venv")
class InTheirOwnEnvironment(unittest.TestCase):
    def test_formats(self):
        done = subprocess.run([str(PYTHON), __file__], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


@unittest.skipUnless(HERE, f"needs {', '.join(NEEDED)}: ./test installs them into target/formats-venv")
class Formats(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.root = pathlib.Path(self.dir.name)
        self.command = os.environ.get("LIMPID") or limpid()
        self.assertTrue(self.command, "build limpid first")
        self.input = self.root / "in.jsonl"
        with self.input.open("w", encoding="utf-8") as f:
            for i, (id, text) in enumerate(TEXTS.items()):
                f.write(json.dumps({"id": id, "n": i, "share": 0.5, "text": text, "tags": [i, None]}) + "\n")

    def run_limpid(self, *args):
        done = subprocess.run([self.command, *map(str, args)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def clean(self, source, *args):
        out = self.root / f"out-{len(list(self.root.iterdir()))}"
        self.run_limpid("clean", source, "--quiet", "--out", out, *args)
        return out

    def test_csv_and_gzip(self):
        out = self.clean(self.input, "--format", "csv", "--compression", "gzip")
        with gzip.open(out / "in.csv.gz", "rt", encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual({r["id"]: r["text"] for r in rows}, TEXTS)
        self.assertEqual([r["n"] for r in rows], ["0", "1", "2"])
        self.assertEqual([json.loads(r["tags"]) for r in rows], [[0, None], [1, None], [2, None]])

    def test_jsonl_and_zstandard(self):
        import zstandard

        out = self.clean(self.input, "--compression", "zstd", "--shard-size", "10")
        texts = {}
        for i in range(len(TEXTS)):
            with (out / f"in-{i:05}.jsonl.zst").open("rb") as f:
                data = zstandard.ZstdDecompressor().stream_reader(f).read()
            for line in data.decode().splitlines():
                record = json.loads(line)
                texts[record["id"]] = record["text"]
        self.assertEqual(texts, TEXTS)

    def many(self):
        """An input of several checkpoints, and the flags that make them."""
        path = self.root / "many.jsonl"
        with path.open("w", encoding="utf-8") as f:
            for i in range(3000):
                words = " ".join(f"{(i * 31 + j * j) % 7919:x}" for j in range(200))
                f.write(json.dumps({"id": f"m-{i}", "text": f"Page {i} of the ledger. {words}."}) + "\n")
        return path, ("--memory", "64MiB", "--stages", "decode,strip")

    def test_a_long_file_of_zstandard_is_one_frame(self):
        import zstandard

        path, flags = self.many()
        data = (self.clean(path, *flags, "--compression", "zstd") / "many.jsonl.zst").read_bytes()
        read = {
            "stream_reader": zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read(),
            # Stop at the end of the first frame.
            "decompressobj": zstandard.ZstdDecompressor().decompressobj().decompress(data),
            "decompress": zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 26),
        }
        for way, text in read.items():
            self.assertEqual([json.loads(l)["id"] for l in text.splitlines()], [f"m-{i}" for i in range(3000)], way)

    def test_long_files_of_several_members(self):
        import bz2
        import lzma

        import lz4.frame

        path, flags = self.many()
        kinds = (
            ("gzip", "gz", gzip.open, lambda: zlib.decompressobj(31)),
            ("bzip2", "bz2", bz2.open, bz2.BZ2Decompressor),
            ("xz", "xz", lzma.open, lzma.LZMADecompressor),
            ("lz4", "lz4", lz4.frame.open, lz4.frame.LZ4FrameDecompressor),
        )
        for kind, ending, open, first in kinds:
            out = self.clean(path, *flags, "--compression", kind) / f"many.jsonl.{ending}"
            with open(out, "rb") as f:
                ids = [json.loads(line)["id"] for line in f]
            self.assertEqual(ids, [f"m-{i}" for i in range(3000)], kind)
            # Else this test would say nothing about readers.
            decoder = first()
            decoder.decompress(out.read_bytes())
            self.assertTrue(decoder.unused_data, f"{kind} has one member")

    def test_parquet_and_arrow(self):
        import pyarrow as pa
        import pyarrow.feather
        import pyarrow.parquet

        for format, read in (("parquet", pa.parquet.read_table), ("arrow", pa.feather.read_table)):
            out = self.clean(self.input, "--format", format, "--decisions")
            table = read(str(out / f"in.{format}"))
            rows = table.to_pylist()
            self.assertEqual({r["id"]: r["text"] for r in rows}, TEXTS)
            self.assertEqual(table.schema.field("n").type, pa.int64())
            self.assertEqual(table.schema.field("share").type, pa.float64())
            self.assertEqual([r["limpid_edits"] for r in rows], [0, 0, 0])

    def test_a_table_of_pyarrow_keeps_its_types(self):
        import datetime
        import decimal

        import pyarrow as pa
        import pyarrow.feather
        import pyarrow.parquet

        n = len(TEXTS)
        table = pa.table(
            {
                "id": list(TEXTS),
                "text": list(TEXTS.values()),
                "when": pa.array([datetime.datetime(2024, 5, 1, 10, i) for i in range(n)], pa.timestamp("us", "UTC")),
                "price": pa.array([decimal.Decimal("1.10")] * n, pa.decimal128(10, 2)),
                "tags": pa.array([["a", None]] * n, pa.list_(pa.string())),
                "metadata": pa.array([{"url": f"https://example.org/{i}", "deep": {"x": i}} for i in range(n)]),
                "kind": pa.array(["news"] * n).dictionary_encode(),
            }
        ).replace_schema_metadata({"note": "kept"})
        for name, write, read in (
            ("t.parquet", pa.parquet.write_table, pa.parquet.read_table),
            ("t.arrow", pa.feather.write_feather, pa.feather.read_table),
        ):
            write(table, str(self.root / name))
            out = self.clean(self.root / name)
            cleaned = read(str(out / name))
            self.assertEqual(cleaned.schema, table.schema)
            self.assertEqual(cleaned.schema.metadata[b"note"], b"kept")
            self.assertTrue(cleaned.equals(table))
            back = self.root / f"back-{name}"
            self.run_limpid("restore", out, "--quiet", "--out", back)
            self.assertTrue(read(str(back / name)).equals(table))
            rows = (out / "_limpid/documents.jsonl").read_text().splitlines()
            urls = [json.loads(row)["metadata"]["url"] for row in rows]
            self.assertEqual(urls, [f"https://example.org/{i}" for i in range(n)])
        for codec in ("snappy", "gzip", "brotli", "zstd", "lz4", "none"):
            pa.parquet.write_table(table, str(self.root / "c.parquet"), compression=codec)
            out = self.clean(self.root / "c.parquet")
            self.assertTrue(pa.parquet.read_table(str(out / "c.parquet")).equals(table), codec)

    def test_web_archives(self):
        from warcio.archiveiterator import ArchiveIterator
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter

        path = self.root / "crawl.warc.gz"
        with path.open("wb") as f:
            writer = WARCWriter(f, gzip=True)
            writer.write_record(writer.create_warcinfo_record("crawl.warc.gz", {"software": "a test"}))
            for id, text in TEXTS.items():
                headers = StatusAndHeaders(
                    "200 OK", [("Content-Type", "text/plain; charset=utf-8")], protocol="HTTP/1.0"
                )
                writer.write_record(
                    writer.create_warc_record(
                        f"https://example.org/{id}", "response", payload=io.BytesIO(text.encode()), http_headers=headers
                    )
                )
        out = self.clean(path)
        with gzip.open(out / "crawl.jsonl.gz", "rt", encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
        self.assertEqual([r["text"] for r in records], list(TEXTS.values()))
        self.assertEqual([r["url"] for r in records], [f"https://example.org/{id}" for id in TEXTS])
        self.assertTrue(all(r["id"].startswith("urn:uuid:") for r in records))

        for source in (path, self.input):
            out = self.clean(source, "--format", "warc", "--compression", "gzip")
            (written,) = out.glob("*.warc.gz")
            with written.open("rb") as f:
                records = [(r.rec_type, r.content_stream().read().decode()) for r in ArchiveIterator(f)]
            self.assertEqual(records, [("conversion", text) for text in TEXTS.values()])


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
