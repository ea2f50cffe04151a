//! Closed lists of English words that a comment is looked through for, each sorted.

/// Function words: they carry grammar, not subject. Other languages pass through as content words.
#[rustfmt::skip]
pub(super) const FUNCTION: &[&str] = &[
    "a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are", "aren't", "as",
    "at", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can",
    "can't", "cannot", "could", "did", "didn't", "do", "does", "doesn't", "doing", "don't", "down",
    "during", "each", "even", "ever", "few", "for", "from", "further", "get", "go", "got", "had", "has",
    "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "i'm", "i've", "if", "in",
    "into", "is", "isn't", "it", "it's", "its", "just", "like", "me", "more", "most", "much", "my", "no",
    "nor", "not", "now", "of", "off", "on", "once", "one", "only", "or", "other", "our", "ours", "out",
    "over", "own", "same", "she", "should", "so", "some", "such", "than", "that", "that's", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until",
    "up", "us", "very", "was", "wasn't", "we", "well", "were", "what", "when", "where", "which", "while",
    "who", "whom", "why", "will", "with", "won't", "would", "yes", "yet", "you", "you're", "your", "yours",
];

/// Words for the reader, another reader or the author.
#[rustfmt::skip]
pub(super) const SECOND_PERSON: &[&str] = &[
    "u", "ur", "ya", "you", "you'll", "you're", "you've", "your", "youre", "yours", "yourself",
];

/// Words for the writer.
#[rustfmt::skip]
pub(super) const FIRST_PERSON: &[&str] = &[
    "i", "i'm", "i've", "im", "me", "mine", "my", "myself", "our", "us", "we",
];

/// Words for others.
#[rustfmt::skip]
pub(super) const THIRD_PERSON: &[&str] = &[
    "he", "he's", "her", "herself", "hes", "him", "himself", "his", "she", "she's", "shes", "their", "them",
    "themselves", "they", "they're",
];

/// Beside these, whatever ends in "n't".
#[rustfmt::skip]
pub(super) const NEGATION: &[&str] = &[
    "aint", "arent", "barely", "cannot", "doesnt", "dont", "hardly", "isnt", "never", "nor", "not",
    "scarcely", "wasnt", "without",
];

/// Talk about the site, its moderation or its paywall.
#[rustfmt::skip]
pub(super) const SITE: &[&str] = &[
    "account", "adblock", "adblocker", "ads", "app", "ban", "banned", "button", "captcha", "censor",
    "censored", "censoring", "censorship", "comment", "commenting", "comments", "cookie", "cookies",
    "delete", "deleted", "deletes", "deleting", "disappeared", "downvote", "downvotes", "font", "layout",
    "log", "login", "mod", "moderate", "moderated", "moderating", "moderation", "moderator", "moderators",
    "mods", "newsletter", "password", "paywall", "pending", "post", "posted", "posts", "premium", "refresh",
    "removed", "removing", "reply", "subscribe", "subscribed", "subscriber", "subscribers", "subscription",
    "thread", "upvote", "upvotes", "username", "website",
];

/// Selling.
#[rustfmt::skip]
pub(super) const SELLING: &[&str] = &[
    "bitcoin", "bonus", "buy", "cash", "casino", "cheap", "click", "coupon", "crypto", "deal", "deals",
    "delivery", "discount", "dm", "earn", "earned", "earning", "forex", "free", "hiring", "hourly",
    "income", "invest", "investment", "laptop", "loan", "loans", "offer", "order", "payout", "profit",
    "profits", "promo", "sale", "sell", "selling", "shipping", "telegram", "trader", "trading", "weekly",
    "whatsapp", "winner",
];

/// Words that point back to what was said.
#[rustfmt::skip]
pub(super) const POINTING: &[&str] = &[
    "agree", "agreed", "both", "correct", "disagree", "exactly", "he", "her", "him", "his", "it", "it's",
    "its", "neither", "no", "nonsense", "nope", "same", "she", "so", "source", "that", "that's", "their",
    "them", "these", "they", "this", "those", "true", "wrong", "yeah", "yep", "yes",
];

/// Words of the commonest 150,000 (by their rank in GloVe 6B) that look like an offensive one of our lexicon or are
/// one of its writings.
#[rustfmt::skip]
pub(super) const TWIN: &[&str] = &[
    "alike", "assess", "baathist", "bart", "barts", "barty", "batch", "benares", "blige", "blueshirts",
    "bobs", "boho", "bona", "bong", "bongs", "bonner", "botch", "branded", "bratt", "bratz", "bruges",
    "buffon", "bulls", "bung", "burges", "burgess", "butters", "buttress", "carp", "carper", "carping",
    "cary", "cavern", "clippers", "cnut", "cole", "coles", "collie", "collies", "cols", "comme", "cons",
    "cools", "corked", "corks", "corny", "countries", "crepes", "cuming", "curd", "darke", "demand",
    "denard", "diener", "doozy", "duchy", "duffus", "dyck", "fatos", "fats", "fids", "fogarty", "frakes",
    "godman", "goodman", "hadrian", "hadron", "hadrons", "hatful", "hides", "hmos", "hoey", "homs", "honks",
    "huey", "incl", "insect", "jaap", "junks", "kafr", "kfir", "kock", "koon", "koons", "kuntz", "kunz",
    "lair", "lairs", "lakey", "lamo", "lars", "lefts", "leonis", "lessor", "lessors", "lioness", "liras",
    "loney", "lots", "lotus", "loza", "manic", "mncs", "moana", "morn", "mucha", "nargis", "nave", "niger",
    "nigg", "norges", "nymphs", "odis", "pado", "pads", "paks", "part", "parts", "pens", "perle", "pervez",
    "phones", "phool", "pikas", "pines", "pinks", "pizza", "polak", "pollack", "posa", "poza", "pratt",
    "pron", "prts", "prvs", "psers", "raghad", "rapped", "rapping", "repay", "roasts", "rpgs", "sackler",
    "sagheer", "sahm", "sftu", "shiite", "shiites", "sipc", "solutes", "sssis", "tags", "terrains",
    "thicke", "toads", "today", "trad", "trainee", "trainees", "tron", "trud", "trun", "venoms", "vicus",
    "ville", "wako", "wallis", "walls", "weasley", "whacks", "wins", "yoob",
];

/// Words that are none's piece beside a function word, though both together are an offensive one: `be head`.
#[rustfmt::skip]
pub(super) const WHOLE: &[&str] = &[
    "artless", "beat", "beens", "boo", "bred", "but", "cest", "competence", "competent", "damn", "fat",
    "freak", "fuck", "goddamn", "got", "grate", "grates", "grin", "hard", "head", "heading", "jack", "jerk",
    "jun", "know", "lay", "male", "males", "mid", "moral", "nut", "once", "oral", "pak", "pen", "ring",
    "sane", "sell", "shut", "suck", "swipe", "trait", "tub", "wanna", "washed", "weir", "who",
];

/// Two letters that may be a piece beside a function word: `sh it`.
#[rustfmt::skip]
pub(super) const PIECE: &[&str] = &[
    "sh",
];
