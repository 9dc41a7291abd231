#!/bin/sh
# Measures limpid beside other tools on the same text, one core each, and prints a table.
#
#   benches/peers.sh [--mb 100] [--limpid PATH] [--only NAME,...] [--update docs/benchmarks.md]
#
# Needs Python 3.10 with venv, and Rust unless --limpid names a binary. Tools come from PyPI in pinned versions; one that
# cannot be installed is named and left out. docs/benchmarks.md says what is measured and how.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
venv=target/peers-venv

mb=100 limpid='' only='' update=''
while [ $# -gt 0 ]; do
    case $1 in
        --mb | --limpid | --only | --update)
            [ $# -ge 2 ] || { echo "error: $1 needs a value" >&2; exit 2; } ;;
    esac
    case $1 in
        --mb) mb=$2 ;;
        --limpid) limpid=$2 ;;
        --only) only=$2 ;;
        --update) update=$2 ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "error: unknown argument $1; see --help" >&2; exit 2 ;;
    esac
    shift 2
done

wanted() { case ",${only:-$1}," in *",$1,"*) return 0 ;; *) return 1 ;; esac; }

python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "error: Python 3.10 or later is needed" >&2; exit 1; }

if wanted limpid && [ -z "$limpid" ]; then
    echo "building limpid" >&2
    cargo build --release --quiet || echo "limpid: does not build; its rows are left out" >&2
    limpid=target/release/limpid
fi

if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" || { echo "error: python3 -m venv failed (on Debian: apt-get install python3-venv)" >&2; exit 1; }
fi
mkdir -p target/peers
install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$@"; }
for list in benches/peers/requirements/*.txt; do
    tool=$(basename "$list" .txt)
    wanted "$tool" || continue
    # Packages that ask for more than is run here stand in a second list, and come without what they ask for.
    alone=${list%.txt}.alone
    [ -f "$alone" ] || alone=
    # The stamp holds the lists as installed, so nothing is fetched twice.
    if ! cat "$list" ${alone:+"$alone"} | cmp -s - "$venv/$tool.installed"; then
        echo "installing $tool" >&2
        if install -r "$list" 2> "target/peers/$tool.pip.txt" &&
            { [ -z "$alone" ] || install --no-deps -r "$alone" 2>> "target/peers/$tool.pip.txt"; }; then
            cat "$list" ${alone:+"$alone"} > "$venv/$tool.installed"
        else
            echo "$tool: cannot be installed; its row is left out (target/peers/$tool.pip.txt says why)" >&2
        fi
    fi
done

exec "$venv/bin/python" benches/peers/measure.py --mb "$mb" --limpid "$limpid" --only "$only" --update "$update"
