//! Lines that are nothing but a date, and names with a date after them.

/// Longest line that is a date: weekday, date, time, zone and "edited".
const MAX_DATE: usize = 70;
/// Longest display name; sites allow some 50.
const MAX_NAME: usize = 60;

/// Units of age, by the beginnings of their words in several languages, and alone after a digit (`3h`).
const UNITS: &str = "s sec secs second seconds sekunde sekunden m min mins minute minutes minuten minuto \
    minutos minuti h hr hrs hour hours std stunde stunden heure heures hora horas ora ore \
    uur d day days tag tagen tage jour jours día días dia dias giorno giorni dag dagen w \
    wk week weeks woche wochen semaine semaines semana semanas mo month months monat \
    monaten mois mes meses maand y yr yrs year years jahr jahren an ans año años jaar";
/// Names of months and their short forms: a strong sign beside a number.
const MONTHS: &str = "january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec januar jänner februar märz mai juni \
    juli oktober dezember okt dez janvier février mars avril juin juillet août septembre \
    octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre \
    octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre \
    ottobre dicembre januari februari maart mei augustus janeiro fevereiro março maio \
    junho julho setembro outubro novembro dezembro";
/// Words that stand in dates and say nothing without a number.
const FILLERS: &str = "ago vor il y a hace fa geleden há one an about over at on um uhr am pm den der le à el \
    las de del om op ca the last updated published posted edited modified bearbeitet einem \
    einer aktualisiert veröffentlicht modifié publié utc gmt est edt pst pdt bst cet cest \
    et ist st nd rd th a.m p.m h monday tuesday wednesday thursday friday saturday sunday \
    mon tue wed thu fri sat sun montag dienstag mittwoch donnerstag freitag samstag \
    sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles \
    jueves viernes sábado domingo";
/// Whole dates without a number.
const WORDS: &str = "just now|now|yesterday|today|an hour ago|a day ago|a minute ago|a week ago|a month ago|\
    a year ago|a few seconds ago|moments ago|gestern|heute|gerade eben|hier|aujourd'hui|\
    ayer|hoy|ieri|oggi|gisteren|edited|(edited)|bearbeitet";

/// Whether a line is a date or an age, and nothing else.
pub(super) fn is_date(line: &str) -> bool {
    if line.is_empty() || line.len() > MAX_DATE {
        return false;
    }
    let lower = line.to_lowercase();
    let lower = lower.trim_matches(|c: char| c.is_whitespace() || "·•|–—-,.".contains(c));
    if is_in(WORDS, '|', lower) {
        return true;
    }
    let tokens = lower
        .split(|c: char| c.is_whitespace() || ",·•|–—()".contains(c))
        .map(|token| token.trim_matches('.'))
        .filter(|token| !token.is_empty() && *token != "-");
    let (mut is_strong, mut has_number, mut is_aged) = (false, false, false);
    for token in tokens {
        match Token::of(token) {
            Token::Date => is_strong = true,
            Token::Number => has_number = true,
            Token::Month => is_aged = true,
            Token::Filler => {}
            Token::Other => return false,
        }
    }
    is_strong || (has_number && is_aged)
}

fn is_in(list: &str, separator: char, word: &str) -> bool {
    list.split(separator).any(|known| known == word)
}

enum Token {
    /// A date or a time of its own: `12.03.2024`, `14:05`, `3h`.
    Date,
    Number,
    /// A month or a unit of age: a date beside a number.
    Month,
    Filler,
    Other,
}

impl Token {
    fn of(token: &str) -> Self {
        if token.starts_with(|c: char| c.is_ascii_digit()) {
            let unit = token.trim_start_matches(|c: char| c.is_ascii_digit());
            let is_ordinal = matches!(unit, "" | "st" | "nd" | "rd" | "th" | "er");
            let is_date =
                is_in(UNITS, ' ', unit) || is_time_stamp(token) || is_clock(token) || is_day(token);
            return match (is_ordinal, is_date) {
                (true, _) => Self::Number,
                (false, true) => Self::Date,
                (false, false) => Self::Other,
            };
        }
        if is_in(MONTHS, ' ', token) || is_in(UNITS, ' ', token) {
            Self::Month
        } else if is_in(FILLERS, ' ', token) {
            Self::Filler
        } else {
            Self::Other
        }
    }
}

fn n_parts(token: &str) -> usize {
    token
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .count()
}

/// `12.03.24`, `2024-05-01`; but not `3.14` or `24/7`.
fn is_day(token: &str) -> bool {
    let is_mark = |c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '-');
    token.chars().all(is_mark) && n_parts(token) == 3
}

/// `14:05`, `9:30pm`, `14:05:33`.
fn is_clock(token: &str) -> bool {
    let token = token
        .trim_end_matches("am")
        .trim_end_matches("pm")
        .trim_end_matches('h');
    let mut parts = token.split(':');
    let is_two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let hour = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    matches!(hour.len(), 1 | 2)
        && hour.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(rest.len(), 1 | 2)
        && rest.iter().all(|part| is_two(part))
}

/// `2024-05-01t12:00:00z`.
fn is_time_stamp(token: &str) -> bool {
    token
        .split_once('t')
        .is_some_and(|(date, time)| n_parts(date) == 3 && n_parts(time) >= 2)
}

/// A display name and a date in one line: `Ann · 3h`, `Ann, 12.03.2024`, `Ann on 5 May 2024 at 10:12`,
/// and `Ann says:` without any.
pub(super) fn name_and_date(line: &str) -> Option<(&str, Option<&str>)> {
    const SAYS: &[&str] = &[
        " says:",
        " wrote:",
        " said:",
        " sagt:",
        " schrieb:",
        " schreibt:",
        " a écrit :",
        " a écrit:",
        " dit :",
        " dice:",
        " escribió:",
        " ha scritto:",
        " zegt:",
        " schreef:",
    ];
    const BREAKS: &[&str] = &[
        " · ",
        " • ",
        " | ",
        " – ",
        " — ",
        " - ",
        ", ",
        " on ",
        " at ",
        " am ",
        " vom ",
        " le ",
        " el ",
        "  ",
        "\t",
        " (",
        " schrieb am ",
        " wrote on ",
        " says ",
        ": ",
    ];
    if line.len() > MAX_NAME + MAX_DATE {
        return None;
    }
    let lower = line.to_lowercase();
    // Lower case may change lengths; then the ends of words are not where they seem.
    if lower.len() == line.len() {
        for says in SAYS {
            if lower.ends_with(says) && line.is_char_boundary(line.len() - says.len()) {
                let name = line[..line.len() - says.len()].trim();
                return is_name(name).then_some((name, None));
            }
        }
    }
    let cuts = BREAKS.iter().filter_map(|mark| {
        let at = line.find(mark)?;
        Some((at, &line[at + mark.len()..]))
    });
    let cut = cuts
        .filter(|(_, rest)| is_date(rest.trim_end_matches([':', ')'])))
        .min_by_key(|(at, _)| *at);
    let (at, date) = cut?;
    let name = line[..at]
        .trim()
        .trim_start_matches("By ")
        .trim_end_matches([',', ':', '·']);
    let is_free = is_name(name) && !is_date(name) && super::furniture::role_of(name).is_none();
    is_free.then_some((name, Some(date.trim_end_matches([':', ')']))))
}

/// Whether a line may be a display name: short, and of few words.
pub(super) fn is_name(line: &str) -> bool {
    let n_chars = line.chars().count();
    (1..=MAX_NAME).contains(&n_chars)
        && line.split_whitespace().count() <= 8
        && line.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_dates_and_sentences_are_not() {
        for date in [
            "2 hours ago",
            "3h",
            "an hour ago",
            "vor 3 Stunden",
            "il y a 2 heures",
            "hace 5 días",
            "12.03.2024",
            "12.03.2024, 14:05 Uhr",
            "March 5, 2024 at 10:12 am",
            "5. März 2024 um 12:01",
            "2024-05-01T12:00:00Z",
            "Yesterday",
            "Tuesday, 4 May 2021",
            "May 2021",
            "14:05",
            "· 2 days ago",
        ] {
            assert!(is_date(date), "{date}");
        }
        for line in [
            "",
            "42",
            "Anna",
            "In May 2021 all was well",
            "10/10",
            "3.14",
            "24/7",
            "May",
            "See you at 5 pm in London",
            "2 cats",
            "an",
            "a",
        ] {
            assert!(!is_date(line), "{line}");
        }
    }

    #[test]
    fn names_stand_before_dates() {
        for (line, expected) in [
            ("Ann · 3h", Some(("Ann", Some("3h")))),
            ("Ann B., 12.03.2024", Some(("Ann B.", Some("12.03.2024")))),
            (
                "Ann on 5 May 2024 at 10:12",
                Some(("Ann", Some("5 May 2024 at 10:12"))),
            ),
            ("Ann says:", Some(("Ann", None))),
            (
                "Ann schrieb am 5. Mai 2024:",
                Some(("Ann", Some("5. Mai 2024"))),
            ),
            ("Ann (2 hours ago)", Some(("Ann", Some("2 hours ago")))),
            ("I was there, 3 of us", None),
            ("See you on Monday", None),
        ] {
            assert_eq!(name_and_date(line), expected, "{line}");
        }
    }
}
