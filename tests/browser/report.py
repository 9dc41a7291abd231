#!/usr/bin/env python3
"""Opens a report in headless Chromium as a reader would and checks what it shows.

Usage: report.py REPORT.html [SCREENSHOT.png]
"""
import html
import pathlib
import re
import subprocess
import sys
import tempfile

FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync', '--disable-extensions', '--hide-scrollbars', '--window-size=1100,1600']


def browse(*args):
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(['chromium', *FLAGS, f'--user-data-dir={profile}', '--enable-logging=stderr', '--v=0', *args],
                              capture_output=True, timeout=120, check=True)
    return done.stdout.decode('utf-8'), done.stderr.decode('utf-8', 'replace')


def main():
    page = pathlib.Path(sys.argv[1]).resolve()
    source = page.read_text(encoding='utf-8')
    dom, log = browse('--dump-dom', page.as_uri())
    assert 'CONSOLE' not in log, log
    # Self-contained: nothing to fetch, nothing to run.
    assert not re.search(r'<script|\son\w+=|<link|<img|@import|url\(', source), 'the page must load and run nothing'
    text = html.unescape(re.sub(r'<[^>]+>', ' ', dom))
    for wanted in ('documents in', 'Rules', 'Documents', 'Duplicates'):
        assert wanted in text, f'{wanted!r} is not shown'
    documents = dom.count('<summary>')
    assert documents >= 5, f'{documents} foldable entries'
    assert '<del' in dom and '<ins' in dom, 'removals and repairs are marked'
    with tempfile.TemporaryDirectory() as folder:
        shot = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else f'{folder}/report.png')
        browse(f'--screenshot={shot}', page.as_uri())
        size = shot.stat().st_size
        assert size > 30_000, f'the picture is nearly empty ({size} bytes)'
    print(f'report: {documents} entries, {dom.count("<del")} removals, {dom.count("<ins")} insertions, picture of {size} bytes')


if __name__ == '__main__':
    main()
