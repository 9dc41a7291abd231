#!/usr/bin/env python3
"""An S3 server on loopback, and in front of it a proxy that fails as networks do. For tests only.

    server.py [--every 10] [--kinds busy,cut,drop]

Prints one line, `ready CLEAN FAULTY`, with two addresses: the server itself, and the proxy that fails every tenth request:
with 503 (`busy`), in the middle of the answer (`cut`), or without any answer (`drop`), in turn. Ends when its standard
input does, so that a test that dies leaves nothing behind.

The proxy answers some addresses itself:

    /_count              {"requests": …, "faults": …} so far
    /_plain/BYTES        so many bytes, without ranges, ending early in every second answer
    /_signed/BYTES?key=1 so many bytes with ranges, for GET only, and only with the key
    /_changing/BYTES     so many bytes with ranges, another object each time but for two

Objects that begin with `locked/` are refused with 403. Only moto is needed; see requirements.txt.
"""

import argparse
import hashlib
import http.client
import json
import re
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def noise(size: int) -> bytes:
    """Bytes that are the same in every run; the Rust test has the same function."""
    state, out = 1, bytearray()
    while len(out) < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out += state.to_bytes(8, "little")
    return bytes(out[:size])


class Faults:
    """Which request fails, and how."""

    def __init__(self, every: int, kinds: list[str]):
        self.every, self.kinds = every, kinds
        self.lock = threading.Lock()
        self.requests = self.faults = 0
        self.seen: dict[str, int] = {}

    def next(self) -> str | None:
        with self.lock:
            self.requests += 1
            if not self.every or self.requests % self.every:
                return None
            self.faults += 1
            return self.kinds[self.faults % len(self.kinds)]

    def times(self, path: str) -> int:
        """How often `path` has been asked for before."""
        with self.lock:
            before = self.seen.get(path, 0)
            self.seen[path] = before + 1
            return before

    def count(self) -> bytes:
        with self.lock:
            return json.dumps({"requests": self.requests, "faults": self.faults}).encode()


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    faults: Faults
    upstream: tuple[str, int]

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        own = re.fullmatch(r"/_(count|plain|signed|changing)(?:/(\d+))?", url.path)
        if own:
            return self.own(own[1], int(own[2] or 0), url)
        if "/locked/" in url.path or "locked%2F" in url.query:
            return self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        fault = self.faults.next()
        if fault == "busy":
            return self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
        if fault == "drop":
            return self.hang_up()
        server = http.client.HTTPConnection(*self.upstream)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        server.request(self.command, self.path, body, headers)
        found = server.getresponse()
        content = found.read()
        kept = [
            (k, v)
            for k, v in found.getheaders()
            if k.lower() not in ("connection", "transfer-encoding", "content-length", "server", "date")
        ]
        length = len(content)
        if self.command == "HEAD":
            length = int(found.getheader("Content-Length") or 0)
        self.answer(found.status, content, kept, length, cut=fault == "cut")
        server.close()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

    def own(self, kind: str, size: int, url):
        if kind == "count":
            return self.answer(200, self.faults.count())
        content, tag = noise(size), hashlib.md5(str(size).encode()).hexdigest()
        if kind == "plain":
            cut = self.command == "GET" and self.faults.times(url.path) % 2 == 0
            return self.answer(200, content, [("ETag", f'"{tag}"')], cut=cut)
        if kind == "signed" and (self.command != "GET" or url.query != "key=1"):
            return self.answer(403, b"")
        if kind == "changing" and self.command == "GET" and self.faults.times(url.path) >= 2:
            tag = "another"
        headers, status = [("ETag", f'"{tag}"')], 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked:
            first, last = int(asked[1]), min(int(asked[2]), size - 1)
            headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
            content, status = content[first : last + 1], 206
        self.answer(status, content, headers)

    def answer(self, status, content, headers=(), length=None, cut=False):
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if cut and content:
            self.wfile.write(content[: len(content) // 2])
            return self.hang_up()
        self.wfile.write(content)

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=10, help="0 for no faults")
    parser.add_argument("--kinds", default="busy,cut,drop")
    options = parser.parse_args()

    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    upstream = moto.get_host_and_port()
    faults = Faults(options.every, options.kinds.split(","))
    handler = type("Handler", (Proxy,), {"faults": faults, "upstream": upstream})
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    print("ready http://%s:%d http://127.0.0.1:%d" % (*upstream, proxy.server_address[1]), flush=True)
    sys.stdin.read()
    proxy.shutdown()
    moto.stop()


if __name__ == "__main__":
    main()
