#!/bin/sh
# Compares the main text that limpid and other tools take from pages of HTML, and their speed, and prints tables.
#
#   benches/pages.sh [--data ../shared/data] [--models PREFIX] [--only NAME,...] [--update docs/pages.md]
#
# --models names models of scripts/strip/train_pages.py (PREFIX.0 and so on), so that limpid reads each page with
# one that has not seen its host; without it the shipped model is used, which has seen them all. Needs Python 3.10 with
# venv, zstd and Rust. Tools come from PyPI and crates.io; one that cannot be installed is named and left out.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
venv=target/pages-venv
case " $* " in *" --help "* | *" -h "*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

cargo build --release --quiet --example page_text
cargo build --release --quiet --manifest-path benches/peers/dom_smoothie/Cargo.toml --target-dir target/peers/dom_smoothie ||
    echo "dom_smoothie: does not build; its row is left out" >&2
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" || { echo "error: python3 -m venv failed (on Debian: apt-get install python3-venv)" >&2; exit 1; }
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip
fi
cmp -s benches/peers/pages.txt "$venv/installed" || {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r benches/peers/pages.txt &&
        cp benches/peers/pages.txt "$venv/installed"
}
exec "$venv/bin/python" benches/peers/pages.py "$@"
