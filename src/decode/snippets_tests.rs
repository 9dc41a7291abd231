//! Short texts in the encodings they usually come in: nothing but the bytes says which.

use super::*;

/// Encoding and a snippet of 20 to 60 bytes.
const SNIPPETS: &[(&str, &str)] = &[
    ("windows-1252", "Die Straße über die Brücke ist schön."),
    ("windows-1252", "Müller wohnt in Köln und fährt Fahrrad"),
    ("windows-1252", "Grüße aus München, bis später!"),
    ("windows-1252", "Le café est fermé à cause des fêtes"),
    ("windows-1252", "Où êtes-vous allés cet été ?"),
    ("windows-1252", "L’élève a reçu une leçon de français"),
    ("windows-1252", "El niño comió mañana en España"),
    ("windows-1252", "¿Cómo está usted, señor Muñoz?"),
    ("windows-1252", "A informação não está disponível"),
    ("windows-1252", "As lições começam às oito da manhã"),
    ("windows-1252", "La città è più bella di così"),
    ("windows-1252", "Perché non c’è nessuno lì?"),
    ("windows-1252", "Vi ses på lørdag, kære ven"),
    ("windows-1252", "Räksmörgåsar är gott på sommaren"),
    ("windows-1252", "It’s the “best” café – really"),
    ("windows-1252", "It costs £20 and that’s it"),
    ("windows-1250", "Zażółć gęślą jaźń, proszę państwa"),
    ("windows-1250", "Wszystkie książki są już sprzedane"),
    ("iso-8859-2", "Dziękuję za książkę, którą mi dałeś"),
    ("windows-1250", "Příliš žluťoučký kůň úpěl"),
    ("windows-1250", "Děkuji, že jste přišli včera večer"),
    ("iso-8859-2", "Těším se na příští středu, říkal Tomáš"),
    (
        "windows-1250",
        "Köszönöm szépen, jó estét kívánok, őszintén",
    ),
    ("windows-1251", "Привет, как твои дела?"),
    ("windows-1251", "Сегодня хорошая погода в Москве"),
    ("koi8-r", "Привет, как твои дела сегодня?"),
    ("ibm866", "Сегодня хорошая погода в Москве"),
    ("windows-1251", "Дякую, все добре, їдемо додому"),
    ("windows-1253", "Καλημέρα, τι κάνεις σήμερα;"),
    ("iso-8859-7", "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας"),
    ("windows-1254", "Bugün hava çok güzel, değil mi? Şöyle"),
    ("windows-1254", "İstanbul’da yağmur yağıyor, şemsiye al"),
    ("windows-1255", "שלום, מה שלומך היום?"),
    ("windows-1255", "הבית שלנו נמצא ליד הים הגדול"),
    ("windows-1256", "السلام عليكم ورحمة الله وبركاته"),
    ("windows-1257", "Labas rytas, kaip jūs gyvenate? Ačiū"),
    ("shift_jis", "今日はとても良い天気ですね。"),
    ("shift_jis", "これは日本語の文章です。カタカナも"),
    ("euc-jp", "明日は学校へ行きますか。"),
    ("iso-2022-jp", "日本語のメールです。よろしく"),
    ("gbk", "今天天气很好，我们去公园吧。"),
    ("gbk", "中华人民共和国成立于一九四九年"),
    ("big5", "今天天氣很好，我們去公園吧。"),
    ("big5", "歡迎光臨我們的網站，謝謝您"),
    ("euc-kr", "안녕하세요, 오늘 날씨가 좋네요."),
    ("euc-kr", "한국어 문서입니다. 감사합니다"),
    ("windows-874", "สวัสดีครับ วันนี้อากาศดีมาก"),
];

#[test]
fn short_texts_are_read_in_their_usual_encodings() {
    let decode = Decode::new(&Settings::default()).unwrap();
    let mut wrong = Vec::new();
    for (encoding, text) in SNIPPETS {
        let codec = codec::Codec::for_label(encoding).unwrap();
        let (mut bytes, mut missing) = (Vec::new(), Vec::new());
        codec.encoder().write(text, true, &mut bytes, &mut missing);
        assert!(missing.is_empty(), "{encoding} lacks {missing:?}");
        match decode.read(&bytes, None) {
            Ok(d) if d.text == *text => {}
            Ok(d) => wrong.push(format!(
                "{encoding}: {text}: {} {}: {}",
                d.encoding, d.confidence, d.text
            )),
            Err(e) => wrong.push(format!("{encoding}: {text}: {e}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
