//! How usual the characters of Chinese, Japanese and Korean text are, on the scale of [`pairs`](super::pairs): bytes read
//! in an encoding of several bytes a character compare with the same bytes read one by one.
//!
//! The counts stand in `data/decode/ideographs.tsv`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::mojibake::cost;

/// Quarter bits of a character that a language does not know.
const STRANGE: i32 = 90;
/// Simplified Chinese, traditional Chinese, Japanese, Korean.
const LANGUAGES: [&str; 4] = ["zh", "zh-hant", "ja", "ko"];

type Costs = FxHashMap<char, [u8; LANGUAGES.len()]>;

static COSTS: LazyLock<Costs> = LazyLock::new(|| {
    let mut costs = Costs::default();
    for row in include_str!("../../data/decode/ideographs.tsv").lines() {
        let mut fields = row.split('\t');
        let (Some(name), Some(cost), Some(chars)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let (Some(k), Ok(cost)) = (LANGUAGES.iter().position(|l| *l == name), cost.parse()) else {
            continue;
        };
        for c in chars.chars() {
            costs.entry(c).or_insert([0; LANGUAGES.len()])[k] = cost;
        }
    }
    costs
});

/// Quarter bits of all that is beyond ASCII in `text`, in the language that suits it best. `O(n)`.
pub(super) fn surprise(text: &str) -> i32 {
    let mut bits = [0; LANGUAGES.len()];
    for c in text.chars().filter(|c| !c.is_ascii()) {
        let known = COSTS.get(&c);
        // Punctuation, full-width forms and the like are common to all.
        let common = (!is_letter(c)).then(|| 4 * i32::from(cost::class(c).1));
        for (k, sum) in bits.iter_mut().enumerate() {
            let own = known.map(|costs| i32::from(costs[k])).filter(|c| *c > 0);
            *sum += own.or(common).unwrap_or(STRANGE);
        }
    }
    bits.into_iter().min().unwrap_or(0)
}

/// Whether it is one, which for nearly all of this text is known without a look at tables.
fn is_letter(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
        || c.is_alphabetic()
}
