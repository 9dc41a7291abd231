"""Writes the seed corpora of the fuzz targets.

Run: python3 scripts/decode/fuzz_seeds.py
"""
import pathlib

ROOT = pathlib.Path(__file__).parents[2] / "fuzz/corpus"
TEXTS = {
    "fr": "Hélène préfère les pâtes à la crème.", "ru": "Завтра утром поезд придёт.", "ja": "駅前の喫茶店で友だちと話した。", "ko": "어제 저녁에 자전거를 탔어요.",
    "zh": "昨天下午我们在公园里散步。", "pl": "Wczoraj źle spałem, więc piję kawę.", "el": "Σήμερα ήπιαμε καφέ.", "he": "אתמול קראנו ספר ישן.",
}
CODECS = {
    "fr": "cp1252 mac_roman cp850 utf-16 utf-8-sig cp037", "ru": "cp1251 koi8-r cp866 utf-16-le utf-32", "ja": "shift_jis euc_jp iso2022_jp utf-16-be",
    "ko": "cp949 johab", "zh": "gb18030", "pl": "iso8859_2 cp1250 cp852", "el": "cp1253 cp737", "he": "cp1255 cp862",
}


def write(target, name, data):
    (ROOT / target).mkdir(parents=True, exist_ok=True)
    (ROOT / target / name).write_bytes(data)


for key, codecs in CODECS.items():
    for codec in codecs.split():
        write("decode", f"{key}-{codec}", b"\0" + TEXTS[key].encode(codec))
write("decode", "utf-8-broken", b"\1" + TEXTS["fr"].encode() + b"\xc3 \xe2\x80 \xff" + TEXTS["ru"].encode()[:-1])
write("decode", "hint-shift-jis", b"\3" + TEXTS["ja"].encode("shift_jis")[:-1])
write("decode", "hint-utf-16", b"\4" + TEXTS["ja"].encode("utf-16-le")[:-1])
write("decode", "meta", b'\0<meta charset="windows-1251">' + TEXTS["ru"].encode("cp1251"))

garble = lambda text, codec: "".join(bytes([b]).decode(codec, "ignore") or chr(b) for b in text.encode())
for key, text in TEXTS.items():
    write("normalise", f"{key}-1252", garble(text, "cp1252").encode())
write("normalise", "twice", garble(garble(TEXTS["fr"], "cp1252"), "cp1252").encode())
write("normalise", "1251", garble(TEXTS["ru"], "cp1251").encode())
write("normalise", "cp437", garble(TEXTS["fr"], "cp437").encode())
write("normalise", "lost", "dÃ©jÃ  vu, le voilÃ, â€œnonâ€\ufffd, rÃo, Ã\ufffd, Â\nâ€".encode())
write("normalise", "entities", "&amp;amp;quot; caf&Atilde;&copy; &#xD1;&#x8D; &lt;b&gt; &#146;".encode())
write("normalise", "invisible", "a\u200bb\u202ec\u00ad\ufeff\x1b[31mred\x1b[0m e\u0301 ﬁ Ａ \x85\u2028\r\n\x0c".encode())
write("normalise", "surrogates", rb"smile \ud83d\ude00 and \ud83d alone".replace(b"  ", b" "))

PAGES = {
    "plain": "<!doctype html><title>T</title><h1>Head</h1><p>One&nbsp;two &amp; three</p>", "list": "<ul><li>a<li>b</ul><table><tr><td>1<td>2</table>",
    "script": "<p>x</p><script>if (a < b) '</p>'</script><style>p{}</style><p>y", "open": "<div class='x <p>unclosed", "comment": "<!-- a -- b --><p>c<!--", "pre": "<pre>\n a\n  b</pre><br><br/>t<hr>",
    "deep": "<div>" * 60 + "deep" + "</div>" * 20, "hidden": "<p hidden>no</p><p style='display:none'>no</p><p>yes", "entity": "<p>&eacute;&#233;&#xe9;&bogus;&", "cdata": "<![CDATA[ x ]]><?php echo 1 ?>z",
}
for name, text in PAGES.items():
    write("page", name, text.encode())

RECORDS = ['"plain"', r'"a\"b\\c\/d"', r'"\u00e9\u4e2d"', '"é中"', r'"\ud83d\ude00"', r'"\ud83d"', r'"\u0000\u001f\u007f"', r'"\n\r\t\b\f"', r'"\u000A"', '"', r'"\u12"', r'"\x"']
for i, text in enumerate(RECORDS):
    write("record", f"{i:02}", text.encode())
