#!/bin/sh
# Scores the repair stage on the measuring data: scripts/repair/score.sh [options of examples/repair_score]
# SHARED is the folder of shared data (default ../shared), OUT a scratch folder.
set -e
SHARED=${LIMPID_SHARED:-../shared}; OUT=${OUT:-/tmp/repair_score}; mkdir -p "$OUT"
RUN="cargo run -q --release --example repair_score --"
SCORE="python3 $SHARED/tools/score_repair.py"
python3 - "$OUT" <<'P'
import glob, json, sys
with open(sys.argv[1] + "/seeds.jsonl", "w") as f, open(sys.argv[1] + "/002.jsonl", "w") as g:
    for p in sorted(glob.glob("seeds/*.txt")):
        t = open(p, encoding="utf-8", newline="").read()
        h = g if "/002_" in p else f
        h.write(json.dumps({"id": p, "text": t}) + "\n")
        if "/002_" in p: open(sys.argv[1] + "/002.txt", "w").write(t)
P
B=""; for f in seeds/000* seeds/001* seeds/003* seeds/004*; do B="$B --batch $f"; done
echo "== 002"; $RUN "$@" $B "$OUT/002.jsonl" "$OUT/002.out.jsonl"
python3 - "$OUT" <<'P'
import json, sys
r = json.loads(open(sys.argv[1] + "/002.out.jsonl").readline())
open(sys.argv[1] + "/002.out.txt", "w").write(r["text"])
open(sys.argv[1] + "/002.edits.jsonl", "w").write("".join(json.dumps(e) + "\n" for e in r["edits"]))
print("spun", r["spun"], "score %.3f evidence %.1f" % (r["score"], r["best"]), "family", r["family"], "changed again:", r["changed_again"])
P
$SCORE --gold "$SHARED/data/spun/002.gold.jsonl" --original "$OUT/002.txt" --repaired "$OUT/002.out.txt" --edits "$OUT/002.edits.jsonl" --protected "$SHARED/data/spun/002.protected.json" --list > "$OUT/002.score"; grep -v -E '^(missed|wrong|false) ' "$OUT/002.score"
for set in dev clean.dev; do
  echo "== $set"; $RUN "$@" "$SHARED/data/spun/$set.jsonl" "$OUT/$set.out.jsonl"
  case $set in dev) G=--gold;; *) G=--clean;; esac
  $SCORE $G "$SHARED/data/spun/$set.jsonl" --repaired-jsonl "$OUT/$set.out.jsonl" --list > "$OUT/$set.score"
  if [ $set = dev ]; then grep -A1 -E '^(W|A|B|R|TOTAL)' "$OUT/$set.score"; else grep -E '^(TOTAL|false)' "$OUT/$set.score"; fi
done
echo "== seeds"; $RUN "$@" "$OUT/seeds.jsonl" "$OUT/seeds.out.jsonl"
python3 - "$OUT" <<'P'
import json, sys
for s in ("dev", "clean.dev", "seeds"):
    rows = [json.loads(l) for l in open(f"{sys.argv[1]}/{s}.out.jsonl")]
    print(s, "called spun:", sum(r["spun"] for r in rows), "of", len(rows), " evidence:", " ".join("%s%.0f" % ((r["family"] or ""), r["best"]) for r in rows), " changed again:", sum(bool(r["changed_again"]) for r in rows), " edits:", sum(len(r["edits"]) for r in rows))
P
