//! API keys: made, revoked, verified without touching the disk.
//!
//! Of a key only its SHA-256 is kept. A slow hash is for passwords, which can be guessed; 32 random bytes
//! cannot, so a fast one is as good and does not let strangers keep the server busy. A key that is
//! presented is looked up by its hash: how long that takes tells nothing of the keys that are kept, since
//! nobody can choose hashes digit by digit.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};
use sqlx::SqlitePool;
use tokio::sync::Mutex;

use super::articles::MAX_ID_BYTES;
use super::error::check_length;
use super::{Error, from_ms, hex, now_ms};

/// Most keys of a store: all of them stand in memory.
pub const MAX_KEYS: i64 = 10_000;

/// How often the keys are read again, and so how long a revoked one may live on.
const REFRESH: Duration = Duration::from_secs(2);

/// How old the keys may be before the store says that it is not ready.
const MAX_AGE_MS: i64 = 30_000;

/// Before the digits, so that secret scanners know what they found.
const PREFIX: &str = "ombuds_";

/// Bounds of imported keys. Google's have 39 characters.
const KEY_LENGTHS: (usize, usize) = (32, 256);

/// A key as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The start of its hash: names the key and cannot be used as one.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// Requests a minute, unlimited if `None`.
    pub quota_per_minute: Option<NonZeroU32>,
    /// When it was made.
    pub added: SystemTime,
    /// When it was revoked.
    pub revoked: Option<SystemTime>,
}

/// A key in use.
#[derive(Debug)]
pub struct ApiKey {
    id: String,
    name: String,
    quota: Option<(NonZeroU32, DefaultDirectRateLimiter)>,
}

/// The quota of a key is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Requests a minute.
    pub quota_per_minute: NonZeroU32,
    /// When it is worth to ask again; `None` if so many at once are never admitted.
    pub retry_after: Option<Duration>,
}

impl ApiKey {
    /// The start of its hash, for logs and label events.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes `n` requests from the quota: a minute's worth may come at once, then as many a minute.
    ///
    /// # Errors
    /// [`Exhausted`]; nothing is taken then.
    pub fn admit(&self, n: NonZeroU32) -> Result<(), Exhausted> {
        let Some((quota_per_minute, limiter)) = &self.quota else {
            return Ok(());
        };
        let retry_after = match limiter.check_n(n) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(not_until)) => Some(not_until.wait_time_from(DefaultClock::default().now())),
            Err(_) => None,
        };
        Err(Exhausted {
            quota_per_minute: *quota_per_minute,
            retry_after,
        })
    }
}

type Snapshot = HashMap<[u8; 32], Arc<ApiKey>>;

/// The keys of a store. What is in use stands in memory and is read again every two seconds and
/// after every change through this handle.
#[derive(Clone, Debug)]
pub struct Keys {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pool: SqlitePool,
    in_use: ArcSwap<Snapshot>,
    /// One reading at a time: an older one must not replace a younger, or a revoked key would come back.
    reading: Mutex<()>,
    read_ms: AtomicI64,
}

impl Keys {
    /// Reads the keys and goes on to do so until the last handle is gone.
    pub(super) async fn load(pool: SqlitePool) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            pool,
            in_use: ArcSwap::default(),
            reading: Mutex::default(),
            read_ms: AtomicI64::new(0),
        });
        shared.refresh().await?;
        tokio::spawn(keep_fresh(Arc::downgrade(&shared)));
        Ok(Self { shared })
    }

    /// The key, if it is one and was not revoked. Does no I/O and takes no lock.
    pub fn verify(&self, presented: &str) -> Option<Arc<ApiKey>> {
        if presented.len() > KEY_LENGTHS.1 {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(presented).into();
        self.shared.in_use.load().get(&hash).map(Arc::clone)
    }

    /// Whether any key is in use.
    pub fn is_empty(&self) -> bool {
        self.shared.in_use.load().is_empty()
    }

    /// Makes a key of 32 random bytes; this is the only time it is seen.
    ///
    /// # Errors
    /// There are too many; or the system or the database refuses.
    pub async fn add(
        &self,
        name: &str,
        quota_per_minute: Option<NonZeroU32>,
    ) -> Result<(String, KeyInfo), Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| Error::Random(Arc::new(error)))?;
        let key = format!("{PREFIX}{}", hex(&bytes));
        let info = self.import(&key, name, quota_per_minute).await?;
        Ok((key, info))
    }

    /// Takes over a key that clients have already. It must be as random as one of ours: whoever guesses it
    /// is let in.
    ///
    /// # Errors
    /// It is too short, too long, not plain or there already; else as [`add`](Self::add).
    pub async fn import(
        &self,
        key: &str,
        name: &str,
        quota_per_minute: Option<NonZeroU32>,
    ) -> Result<KeyInfo, Error> {
        let (min, max) = KEY_LENGTHS;
        if !(min..=max).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::KeyForm { min, max });
        }
        check_length("a name", name, MAX_ID_BYTES)?;
        let hash = hex(&Sha256::digest(key));
        let added_ms = now_ms();
        let id = hash[..12].to_owned();
        let inserted = sqlx::query(
            "INSERT INTO api_keys (id, name, hash, quota_per_minute, added_ms) \
             SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM api_keys) < $6",
        )
        .bind(&id)
        .bind(name)
        .bind(hash)
        .bind(quota_per_minute.map(|quota| i64::from(quota.get())))
        .bind(added_ms)
        .bind(MAX_KEYS)
        .execute(&self.shared.pool)
        .await;
        match inserted {
            Ok(inserted) if inserted.rows_affected() == 0 => Err(Error::TooMany {
                what: "keys",
                given: MAX_KEYS as usize + 1,
                max: MAX_KEYS as usize,
            }),
            Ok(_) => {
                self.shared.refresh().await?;
                Ok(KeyInfo {
                    id,
                    name: name.to_owned(),
                    quota_per_minute,
                    added: from_ms(added_ms),
                    revoked: None,
                })
            }
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Err(Error::KeyExists)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes a key for good. Other programs that have the store open notice within two seconds.
    ///
    /// # Errors
    /// There is no such key; or the database refuses.
    pub async fn revoke(&self, id: &str) -> Result<(), Error> {
        let revoked =
            sqlx::query("UPDATE api_keys SET revoked_ms = COALESCE(revoked_ms, $2) WHERE id = $1")
                .bind(id)
                .bind(now_ms())
                .execute(&self.shared.pool)
                .await?;
        if revoked.rows_affected() == 0 {
            return Err(Error::NoKey { id: id.to_owned() });
        }
        self.shared.refresh().await
    }

    /// All keys, the oldest first.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn list(&self) -> Result<Vec<KeyInfo>, Error> {
        let rows = rows(&self.shared.pool).await?;
        Ok(rows.into_iter().map(|(info, _)| info).collect())
    }

    /// Whether the keys in memory are recent.
    pub(super) fn check(&self) -> Result<(), Error> {
        let age = now_ms() - self.shared.read_ms.load(Ordering::Relaxed);
        if age > MAX_AGE_MS {
            return Err(Error::StaleKeys {
                seconds: age / 1000,
            });
        }
        Ok(())
    }
}

impl Shared {
    /// Reads the keys in use; one whose quota did not change keeps what is left of it.
    async fn refresh(&self) -> Result<(), Error> {
        let _reading = self.reading.lock().await;
        let rows = rows(&self.pool).await?;
        let known = self.in_use.load();
        let in_use = rows.into_iter().filter(|(info, _)| info.revoked.is_none());
        let in_use: Snapshot = in_use
            .map(|(info, hash)| {
                let same = |key: &&Arc<ApiKey>| {
                    key.name == info.name
                        && key.quota.as_ref().map(|(quota, _)| *quota) == info.quota_per_minute
                };
                let key = known.get(&hash).filter(same).map(Arc::clone);
                (hash, key.unwrap_or_else(|| Arc::new(ApiKey::new(info))))
            })
            .collect();
        self.in_use.store(Arc::new(in_use));
        self.read_ms.store(now_ms(), Ordering::Relaxed);
        Ok(())
    }
}

impl ApiKey {
    fn new(info: KeyInfo) -> Self {
        let limiter = |quota| (quota, RateLimiter::direct(Quota::per_minute(quota)));
        Self {
            id: info.id,
            name: info.name,
            quota: info.quota_per_minute.map(limiter),
        }
    }
}

/// A refresh that fails leaves the keys as they were; [`Keys::check`] tells when that lasts.
async fn keep_fresh(keys: Weak<Shared>) {
    loop {
        tokio::time::sleep(REFRESH).await;
        let Some(keys) = keys.upgrade() else { return };
        let _ = keys.refresh().await;
    }
}

type KeyRow = (String, String, String, Option<i64>, i64, Option<i64>);

async fn rows(pool: &SqlitePool) -> Result<Vec<(KeyInfo, [u8; 32])>, Error> {
    let rows: Vec<KeyRow> = sqlx::query_as(
        "SELECT id, name, hash, quota_per_minute, added_ms, revoked_ms FROM api_keys \
         ORDER BY added_ms, id",
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(from_row).collect()
}

fn from_row((id, name, hash, quota, added, revoked): KeyRow) -> Result<(KeyInfo, [u8; 32]), Error> {
    let damaged = || sqlx::Error::Decode(format!("key {id}: its row is damaged").into());
    let hash = unhex(&hash).ok_or_else(damaged)?;
    let quota = quota.map(|quota| u32::try_from(quota).ok().and_then(NonZeroU32::new));
    let quota_per_minute = quota.map(|quota| quota.ok_or_else(damaged)).transpose()?;
    let info = KeyInfo {
        id,
        name,
        quota_per_minute,
        added: from_ms(added),
        revoked: revoked.map(from_ms),
    };
    Ok((info, hash))
}

fn unhex(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
