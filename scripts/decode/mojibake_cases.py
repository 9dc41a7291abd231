"""Writes the table of garbled texts that `cargo test --lib decode::tests` runs: mechanism, what came of the text, the text.

Run: python3 scripts/decode/mojibake_cases.py > tests/golden/decode/garbled.tsv
The sentences are our own; the garbled side is made by doing to them what programs do: bytes read in a wrong encoding
once or several times, bytes lost on the way, entities, changed case. Characters that cannot be seen stand as \\u{…}.
Each case is one that a reader with the garbled side alone could put right; where bytes are lost so that several words
would fit, the lost letter is U+FFFD in the expected text.
"""
import html, html.entities, re, unicodedata

S = {
    "fr": "Hélène préfère les pâtes à la crème, mais le garçon n’a plus que des œufs brouillés.",
    "fr2": "À Noël, l’été paraît loin ; « c’est déjà ça », soupira-t-elle.",
    "de": "Der Fußgängerüberweg an der Königstraße wird für sechs Wochen geöffnet – „endlich“, sagt Jürgen.",
    "es": "¿Dónde está la mañana que soñó el señor Ibáñez? ¡Aquí, junto al río Miño!",
    "pt": "A tradução não está pronta; amanhã o João traz as lições e o pão.",
    "it": "Perché non c’è più caffè? La città è già sveglia, però nessuno verrà.",
    "ca": "L’Àngela va col·locar les maduixes a la cistella perquè l’àvia en fes melmelada.",
    "ro": "Într-o dimineață rece, bătrânul și-a găsit câinele lângă fântână.",
    "pl": "Wczoraj wieczorem źle spałem, więc dziś piję już trzecią kawę i wciąż ziewam.",
    "cs": "Včera večer jsme šli pěšky přes řeku, protože poslední tramvaj už odjela.",
    "sk": "Ľudia si myslia, že mačka spí, ale ona sleduje vtáčiky na strome.",
    "sl": "Jutri želimo obiskati čebelarja, ki živi ob jezeru nad našo vasjo.",
    "hr": "Učiteljica je rekla da će sljedeći čas biti o moru i žabama šumskim.",
    "hu": "A fűtő őszi estéken hűvös műhelyben ült, és szőlőt evett a gyerekekkel.",
    "tr": "Bugün öğleden sonra ağabeyim İzmir’den gelecek, çünkü işi erken bitmiş.",
    "lt": "Šį rytą ūkininkas išvežė bulves į turgų, o žąsys liko kieme.",
    "lv": "Mūsu kaimiņš katru rītu baro putnus un stāsta par jūru.",
    "et": "Õues sadas vihma, aga lapsed mängisid ikka küünla valgel.",
    "fi": "Tänään sää on niin lämmin, että söimme jäätelöä järven äärellä.",
    "sv": "På fredag åker vi till ön för att hälsa på mormor och äta våfflor.",
    "da": "Bøgerne på hylden er så gamle, at ingen tør åbne dem længere.",
    "nb": "Broren min kjøpte ferske jordbær på torget før båten gikk.",
    "is": "Það er kalt í dag, en stúlkan þorir samt að synda í ánni.",
    "ga": "Tá an bád beag ag dul go dtí an t-oileán gach lá sa tséasúr.",
    "cy": "Mae’r tŷ bach gwyn ar y bryn yn wag ers dŵr y llifogydd.",
    "sq": "Sot në mëngjes bleva çaj dhe bukë të freskët për gjyshen.",
    "ru": "Завтра утром поезд придёт на вторую платформу, поэтому не опаздывайте.",
    "ru2": "Бабушка сказала: «Съешь ещё пирожок — он с яблоком».",
    "uk": "Щоранку бабуся годує горобців і читає свіжу газету на ґанку.",
    "bg": "Днес времето е хубаво и децата играят щастливо пред блока.",
    "sr": "Њен брат је јуче купио нову књигу и прочитао је за једну ноћ.",
    "el": "Σήμερα το πρωί ήπιαμε καφέ δίπλα στη θάλασσα και μιλήσαμε για τα παλιά.",
    "he": "אתמול בערב קראנו ספר ישן על הים ועל הרוח.",
    "ar": "ذهبنا أمس إلى السوق واشترينا خبزا وزيتونا للعشاء.",
    "fa": "دیروز باران آمد و بچه‌ها در حیاط بازی کردند.",
    "hi": "आज सुबह हम नदी के किनारे टहलने गए थे।",
    "th": "เมื่อวานนี้แม่ซื้อผลไม้จากตลาดใกล้บ้าน",
    "vi": "Sáng nay trời mưa to nên chúng tôi ở nhà đọc truyện và uống trà nóng.",
    "zh": "昨天下午我们在公园里散步，看见两只白色的鸟。",
    "zht": "這家書店開了三十年，老闆認得每一位客人。",
    "ja": "駅前の喫茶店で友だちと三時間も話してしまいました。",
    "ko": "어제 저녁에 친구와 함께 강가에서 자전거를 탔어요.",
    "ru3": "Рита и Роман живут в Ростове, а работают в России и в Риге.",
    "el2": "Ο Πέτρος και ο Παύλος πίνουν καφέ στην Πάτρα κάθε Παρασκευή.",
    "he2": "אנחנו נוסעים לנהר עם הנכדים ונחזור בערב.",
    "zh2": "那场比赛增加了很多观众，你也去看了吗？",
    "ja2": "だれもいないホームで弟とゲームをしただけです。",
    "ko2": "선생님은 고양이를 정말 좋아하고, 노래도 잘 부르십니다.",
    "bg2": "Нещо лошо ли е, и какво ли е с момчето и с кучето му?",
    "hr2": "Šuma šumi, a školarci iz Šibenika šute i slušaju šapat lišća.",
    "it2": "La città di mare ha qualità e novità da vendere.",
    "hy": "Այսօր մենք գնացինք շուկա և հաց գնեցինք։",
    "ka": "დღეს დილით ბაზარში წავედით და პური ვიყიდეთ.",
    "en": "She said, “It’s nobody’s business” — and left the café… for good.",
    "en2": "The driver’s licence wasn’t there, so we couldn’t board Friday’s boat.",
    "money": "Tickets cost £12 (about €14); parking is 50¢ an hour, ±10 %, and it’s 23 °C outside.",
    "legal": "© 2019 Hollow Lane Bakery™ — Marmalade® is a registered mark, §4 ¶2 applies.",
    "math": "The plate is 3×4 m, ¼ of it painted; 7 ÷ 2 ≈ 3.5 and x² ≤ 49.",
    "emoji": "Lunch is served 🍕🍟 and the cat 🐈 approves 👍 ❤",
    "bullet": "• Open daily\n• Dogs welcome\n• Cash only…",
    "arrows": "Home → Shop → Basket ✓ (3 items)",
    "names": "Zoë, Renée and Siân met François and Günther at Þórunn’s house in Malmö.",
    "lig": "Cœur de bœuf, Œuvre d’Ægidius, straße, ﬁn",
}


def table(codec):
    """What each byte is read as: undefined ones become the control of their number, as browsers do."""
    out = []
    for b in range(256):
        try:
            out.append(bytes([b]).decode(codec))
        except UnicodeDecodeError:
            out.append(chr(b))
    return out


def as_(codec, times=1):
    def garble(text):
        for _ in range(times):
            t = table(codec)
            text = "".join(t[b] for b in text.encode())
        return text
    return garble


def strict(codec, errors):
    """Undefined bytes replaced or dropped, as a strict decoder told to go on does."""
    return lambda text: text.encode().decode(codec, errors)


def then(*steps):
    def garble(text):
        for step in steps:
            text = step(text)
        return text
    return garble


W = as_("cp1252")
nbsp_to_space = lambda t: t.replace("\xa0", " ")
nbsp_lost = lambda t: t.replace("\xa0", "")
shy_lost = lambda t: t.replace("\xad", "")
c1_lost = lambda t: re.sub("[\x80-\x9f]", "", t)
lower = str.lower
named = lambda t: "".join(f"&{html.entities.codepoint2name[ord(c)]};" if ord(c) in html.entities.codepoint2name and ord(c) > 127 else c for c in t)
decimal = lambda t: "".join(f"&#{ord(c)};" if ord(c) > 127 else c for c in t)
hexed = lambda t: "".join(f"&#x{ord(c):X};" if ord(c) > 127 else c for c in t)
escaped = html.escape
upper = lambda t: "".join(c.upper() if len(c.upper()) == 1 else c for c in t)

ROWS = []


def case(mechanism, garble, *keys):
    for key in keys:
        text = S.get(key, key)
        ROWS.append((mechanism, garble(text), text))


def given(mechanism, broken, expected):
    ROWS.append((mechanism, broken, expected))


EURO = "fr fr2 de es pt it ca ro pl cs sk sl hr hu tr lt lv et fi sv da nb is ga cy sq".split()
case("utf-8 as windows-1252", W, *EURO, "ru", "ru2", "uk", "bg", "sr", "el", "he", "ar", "fa", "hi", "th", "vi", "zh", "zht", "ja", "ko", "hy", "ka")
case("utf-8 as windows-1252", W, "en", "en2", "money", "legal", "math", "emoji", "bullet", "arrows", "names", "lig")
case("utf-8 as latin-1", as_("latin-1"), "de", "pl", "en", "el", "ja", "money", "tr", "emoji")
case("utf-8 as windows-1250", as_("cp1250"), "pl", "cs", "sk", "hu", "ro", "de", "en", "ru", "money")
case("utf-8 as windows-1251", as_("cp1251"), "ru", "ru2", "bg", "uk", "sr", "en", "de", "es", "legal", "pl")
case("utf-8 as windows-1253", as_("cp1253"), "el", "en", "de", "en2")
case("utf-8 as windows-1254", as_("cp1254"), "tr", "de", "en", "ru")
case("utf-8 as latin-5", as_("iso-8859-9"), "tr", "ru", "de", "en2")
case("utf-8 as windows-1257", as_("cp1257"), "lt", "lv", "et", "en", "pl")
case("utf-8 as windows-1255", as_("cp1255"), "he", "en2")
case("utf-8 as windows-1256", as_("cp1256"), "ar", "en2")
case("utf-8 as iso-8859-2", as_("iso-8859-2"), "pl", "hu")
case("utf-8 as iso-8859-15", as_("iso-8859-15"), "fr", "en2", "fi")
case("utf-8 as MacRoman", as_("mac_roman"), "fr", "de", "pt", "en", "en2", "names", "ru", "emoji")
case("utf-8 as cp437", as_("cp437"), "de", "es", "en", "en2", "sv", "ru", "emoji")
case("utf-8 as cp850", as_("cp850"), "de", "fr", "es", "en", "pt", "da")

case("utf-8 as windows-1252 twice", as_("cp1252", 2), "fr", "es", "pl", "ru", "en2", "names", "ja", "emoji")
case("utf-8 as windows-1252 three times", as_("cp1252", 3), "de", "en2", "it", "money")
case("utf-8 as windows-1252 four times", as_("cp1252", 4), "en2")
case("utf-8 as latin-1 twice", as_("latin-1", 2), "sv", "en2")
case("utf-8 as windows-1251 twice", as_("cp1251", 2), "ru", "en2")
case("utf-8 as windows-1250 twice", as_("cp1250", 2), "pl", "en2")
case("utf-8 as MacRoman twice", as_("mac_roman", 2), "fr", "en2")
case("utf-8 as windows-1252, then as windows-1251", then(W, as_("cp1251")), "de", "en2")
case("utf-8 as latin-1, then as windows-1250", then(as_("latin-1"), as_("cp1250")), "cs", "en2")
case("utf-8 as MacRoman, then as windows-1252", then(as_("mac_roman"), W), "de", "en2")

case("no-break space became a blank", then(W, nbsp_to_space), "fr", "it", "pt", "ca", "vi")
case("no-break space became a blank: inside letters of other alphabets", then(W, nbsp_to_space), "ru", "ru3", "uk", "bg", "sr", "el", "el2", "he", "he2", "zh2", "ja2", "ko", "ko2", "hr2")
case("no-break space became a blank: before a blank", then(W, nbsp_to_space), "it2", "La modalità di stampa", "Là bas, c’est la mer", "Estarà els dies de festa")
case("no-break space lost at the end of a line", then(W, nbsp_lost), "Le café est fermé, le voilà", "Già detto: è così, verrà")
case("no-break spaces as blanks", then(W, nbsp_to_space), "10\u00a0km à pied, c’est loin ; 5\u00a0€ aussi.".replace("\u00a0", " "))
given("no-break spaces, the second half a blank", "Weight:Â 12 kg. ItÂ’s heavy,Â isnâ€™t it?", "Weight: 12 kg. It’s heavy, isn’t it?")
given("no-break spaces that ended lines", "Opening hoursÂ\nMonday to FridayÂ\nItâ€™s closed on SundaysÂ", "Opening hours\nMonday to Friday\nIt’s closed on Sundays")
case("controls of C1 lost", then(W, c1_lost), "He called it “progress” and “growth” in one breath.", "“Yes,” she said. “We’re done.”")
case("strict windows-1252 with U+FFFD", strict("cp1252", "replace"), "He called it “progress” and “growth” in one breath.", "“Yes,” she said. “We’re done.”", "Then came the word “soon”.")
case("strict windows-1252, bytes dropped", strict("cp1252", "ignore"), "“Well,” said the miller, “it’s late.”", "The so-called “experts” didn’t show up.")
for key in ("ru", "bg"):
    # One of с, э, я, Ё, Н … stood there: which one, no single character says.
    given("strict windows-1252 with U+FFFD: Cyrillic", strict("cp1252", "replace")(S[key]), re.sub("[сэяЁА]", "\ufffd", S[key]))
case("strict windows-1250 with U+FFFD", strict("cp1250", "replace"), "He said ‘no’ and “yes”, then left the café.")
case("soft hyphen lost: í as windows-1252", then(W, shy_lost), "El río está más frío que allí, ¿sí?", "Já faz dias que o país não vê frio assim; é difícil dizê-lo.")
case("lower-cased after windows-1252", then(W, lower), "das mädchen trägt für müller größere körbe und grüßt schön.", "el niño comió más jamón y bebió café en el jardín del señor.", "itÂ’s".replace("Â’", "’") + " nobody’s fault that the café wasn’t open")
case("upper-cased after windows-1252", then(W, upper), "WE’RE OPEN – IT’S “FREE” ENTRY ALL WEEK", "DON’T MISS TODAY’S OFFERS: THEY’RE GONE TOMORROW")

case("named entities of what windows-1252 made", then(W, named), "it", "en2", "es", "names")
case("decimal entities of what windows-1252 made", then(W, decimal), "de", "en2", "pl")
case("hexadecimal entities of what windows-1252 made", then(W, hexed), "sv", "en2", "ru")
case("entities escaped twice", then(W, named, escaped), "fr2", "en2")
case("entities inside mojibake", lambda t: W(t).replace("™", "&trade;").replace("€", "&euro;").replace("©", "&copy;"), "en2", "it", "fr")
given("numeric references to the bytes of utf-8", "caf&#195;&#169; cr&#195;&#168;me, jalape&#195;&#177;o", "café crème, jalapeño")
given("numeric references to windows-1252", "It&#146;s &#147;ours&#148; &#150; really&#133;", "It’s “ours” – really…")
given("one escaped, one garbled", "It&rsquo;s the driverâ€™s fault, isn&#8217;t it?", "It’s the driver’s fault, isn’t it?")

given("byte order mark as text", "ï»¿Name;Größe;Farbe", "Name;Größe;Farbe")
given("byte order mark as text, and mojibake", "ï»¿Name;GrÃ¶ÃŸe;Farbe", "Name;Größe;Farbe")
given("byte order mark as windows-1251 text", "п»їИмя;Размер;Цвет", "Имя;Размер;Цвет")
given("byte order mark as MacRoman text", "Ôªøtitle,price", "title,price")
given("byte order mark as cp437 text", "∩╗┐@echo off", "@echo off")
given("byte order mark as text, twice", "Ã¯Â»Â¿<name>Anna</name>", "<name>Anna</name>")
given("byte order mark as text inside a joined file", "first part\nï»¿second part", "first part\nsecond part")


def mixed(*parts):
    """Lines of one document, garbled or not."""
    return "\n".join(g(S.get(k, k)) for g, k in parts), "\n".join(S.get(k, k) for _, k in parts)


same = lambda t: t
for name, parts in {
    "every other line as windows-1252": [(same, "fr"), (W, "fr2"), (same, "it"), (W, "es")],
    "windows-1252 beside windows-1251": [(W, "de"), (as_("cp1251"), "ru"), (W, "en2")],
    "one line of Russian as windows-1251 in clean Russian": [(same, "ru"), (as_("cp1251"), "ru2"), (same, "Она улыбнулась и ушла домой.")],
    "Polish: one line as windows-1250": [(same, "pl"), (as_("cp1250"), "Łóżko było za krótkie, żeby się wyspać."), (same, "Śnieg padał całą noc.")],
    "Portuguese: quoted line as windows-1252": [(same, "pt"), (W, "A opinião do avô não mudou: é melhor não vender o chão."), (same, "MANHÃ DE SÃO JOÃO")],
    "once, twice and clean": [(W, "en"), (as_("cp1252", 2), "en2"), (same, "legal")],
    "Greek clean, then as windows-1253": [(same, "el"), (as_("cp1253"), "Το βράδυ θα πάμε στο θέατρο με τον αδελφό μου.")],
    "Vietnamese clean, then as windows-1252": [(same, "vi"), (W, "Chị ấy bán hoa ở chợ mỗi buổi sáng.")],
    "Turkish clean, then as windows-1254": [(same, "tr"), (as_("cp1254"), "Şu köşedeki fırın çok güzel ekmek yapıyor.")],
    "Chinese clean, a line as windows-1252": [(same, "zh"), (W, "书店老板说今天不开门。")],
    "French comment under an English page": [(same, "The council met on Tuesday to discuss the budget."), (W, "Très intéressant, merci à toute l’équipe !"), (same, "Reply")],
}.items():
    broken, whole = mixed(*parts)
    given("mixed: " + name, broken, whole)

given("a clean word and a garbled one in a sentence", "The café on the corner hasnâ€™t changed since ChloÃ© took over.", "The café on the corner hasn’t changed since Chloé took over.")
case("words of one letter, by a seldom encoding", as_("mac_roman"), "bg2")
case("words of one letter, by a seldom encoding", as_("cp850"), "bg2")
case("one letter within a word, by a seldom encoding", as_("cp437"), "Una estratègia nova")
case("one letter within a word, by a seldom encoding", as_("cp850"), "Una estratègia nova")
case("one letter within a word, by a seldom encoding", as_("mac_roman"), "Una estratègia nova")
case("one letter within a word, by a seldom encoding", as_("cp1257"), "Ogre se vzdávat")
given("one word alone", "DvoÅ™Ã¡k", "Dvořák")
given("one word alone", "BeyoncÃ©", "Beyoncé")
given("one word alone", "SÃ£o Paulo", "São Paulo")
given("one apostrophe alone", "Donâ€™t", "Don’t")
given("one dash alone", "1990â€“1995", "1990–1995")
given("one sign alone", "â‚¬ 15,00", "€ 15,00")
given("one sign alone", "21Â°C", "21°C")
given("one bullet alone", "â€¢ Garden", "• Garden")
given("one sign as MacRoman", "Don‚Äôt", "Don’t")
given("one sign as cp437", "DonΓÇÖt", "Don’t")
given("one sign as cp850", "DonÔÇÖt", "Don’t")
given("one sign as windows-1251", "DonвЂ™t", "Don’t")
given("one sign as windows-1250", "Donâ€™t forget the Ĺ»ubrĂłwka", "Don’t forget the Żubrówka")
given("one sign as windows-1253", "Donβ€™t", "Don’t")
given("windows-1252 read as latin-1", "He\u0092s paid \u008050 for the \u0093antique\u0094 \u0097 too much", "He’s paid €50 for the “antique” — too much")
given("windows-1252 read as latin-1, then written and read as windows-1252", "He\u00c2\u0092s paid for the \u00c2\u0093antique\u00c2\u0094 lamp", "He’s paid for the “antique” lamp")
given("utf-8 as windows-1252 with the control visible: Á", "\u00c3\u0081lvaro y \u00c3\u0081ngel viven en Ávila", "Álvaro y Ángel viven en Ávila")
given("a name in brackets", "Beijing (åŒ—äº¬) lies north of Tianjin", "Beijing (北京) lies north of Tianjin")
given("a face in brackets", "¯\\_(ã\u0083\u0084)_/¯", "¯\\_(ツ)_/¯")
given("in a link's text", "Read more: The Chefâ€™s Table | MusÃ©e dâ€™Orsay | ZÃ¼rich", "Read more: The Chef’s Table | Musée d’Orsay | Zürich")
given("in capital letters", "MÃœNCHEN, KÃ–LN, GÃ–TTINGEN, Ã–STERREICH", "MÜNCHEN, KÖLN, GÖTTINGEN, ÖSTERREICH")
given("in capital letters", "PROMOÃ‡ÃƒO DE VERÃƒO: CAMISAS E CALÃ‡Ã•ES", "PROMOÇÃO DE VERÃO: CAMISAS E CALÇÕES")
given("in capital letters", "ESPAÃ‘A GANÃ“ EL PARTIDO", "ESPAÑA GANÓ EL PARTIDO")
given("quotes and a dash between digits", "a 6â€² 2â€³ man, 5Ã—3 cm, 20â€‰%", "a 6′ 2″ man, 5×3 cm, 20 %")
given("zero-width space as windows-1252", "innâ€‹keeperâ€‹s and guests", "innkeepers and guests")
given("no-break hyphen and figure dash as windows-1252", "a wellâ€‘known number: 555â€’0199", "a well‑known number: 555‒0199")
given("combining accents as windows-1252", "cafe\u00cc\u0081 and nin\u00cc\u0192o".replace("\u00cc\u0192", "\u00cc\u0192"), "café and niño")
given("no-break space as windows-1251", "РџСЂРёРІРµС‚,В\u00a0РјРёСЂ", "Привет, мир")
given("numero sign and quotes as windows-1251", "В«РЎС‚СЂРѕР№РјР°С€В», РґРѕРј в„– 5", "«Строймаш», дом № 5")
given("symbols as MacRoman", "¬© 2018 Bluebell ‚Äî 5 ‚Ç¨", "© 2018 Bluebell — 5 €")
given("table with a garbled heading", "GrÃ¶ÃŸe\tPreis\tLÃ¤nge\n12\t4,50 â‚¬\t30 cm", "Größe\tPreis\tLänge\n12\t4,50 €\t30 cm")


def show(text):
    return "".join(f"\\u{{{ord(c):X}}}" if unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Co") and c != " " else c for c in text)


def expected(text):
    """The repaired text as the stage's other rules leave it: the ligature of fonts and no-break spaces become plain."""
    text = unicodedata.normalize("NFC", text)
    return text.replace("ﬁ", "fi").replace("\u00a0", " ").replace("\u2009", " ")


print("# Made by scripts/decode/mojibake_cases.py: mechanism, garbled, repaired.")
for mechanism, broken, text in ROWS:
    if broken == text:
        raise SystemExit(f"{mechanism}: nothing is garbled in {text}")
    print(f"{mechanism}\t{show(broken)}\t{show(expected(text))}")
