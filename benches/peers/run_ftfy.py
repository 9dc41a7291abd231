"""ftfy: `fix_text` with its defaults on every document; JSON lines in, JSON lines out."""

import json

import ftfy
from common import arguments, documents

corpus, out = arguments()
with (out / "fixed.jsonl").open("w", encoding="utf-8") as file:
    for name, text in documents(corpus):
        file.write(json.dumps({"id": name, "text": ftfy.fix_text(text)}, ensure_ascii=False) + "\n")
