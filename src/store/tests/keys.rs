//! Keys and their quotas.

use super::*;

#[tokio::test]
async fn a_key_is_verified_until_it_is_revoked() {
    let folder = Folder::new();
    let store = folder.open().await;
    assert!(store.keys().is_empty());
    let (key, info) = store.keys().add("newsroom", None).await.unwrap();
    let other = store.keys().add("other", None).await.unwrap().0;
    assert_ne!(key, other);
    assert_eq!(key.len(), 71);
    assert_eq!(store.keys().verify(&key).unwrap().id(), info.id);
    for wrong in [
        "",
        &key[1..],
        &key.to_uppercase(),
        &format!("{key} "),
        &"x".repeat(1 << 20),
    ] {
        assert!(store.keys().verify(wrong).is_none());
    }
    store.keys().revoke(&info.id).await.unwrap();
    assert!(store.keys().verify(&key).is_none());
    assert!(store.keys().verify(&other).is_some());
    assert!(matches!(
        store.keys().revoke("none").await,
        Err(Error::NoKey { .. })
    ));
    let list = store.keys().list().await.unwrap();
    // Two that were added in the same millisecond are listed in either order.
    assert_eq!(list.len(), 2);
    for key in &list {
        assert_eq!(key.revoked.is_some(), key.id == info.id);
    }
    assert!(store.check().await.is_ok());
}

#[tokio::test]
async fn keys_of_another_handle_come_and_go_within_seconds() {
    let folder = Folder::new();
    let (server, desk) = (folder.open().await, folder.open().await);
    let (key, info) = desk.keys().add("newsroom", None).await.unwrap();
    let becomes = async |is_known: bool| {
        for _ in 0..100 {
            if server.keys().verify(&key).is_some() == is_known {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    };
    assert!(becomes(true).await);
    desk.keys().revoke(&info.id).await.unwrap();
    assert!(becomes(false).await);
}

#[tokio::test]
async fn keys_that_clients_have_are_taken_over() {
    let folder = Folder::new();
    let store = folder.open().await;
    let key = "AIzaSyExampleExampleExampleExampleExam1";
    store.keys().import(key, "coral", None).await.unwrap();
    assert_eq!(store.keys().verify(key).unwrap().name(), "coral");
    let again = store.keys().import(key, "again", None).await;
    assert!(matches!(again, Err(Error::KeyExists)));
    for weak in [
        "short",
        &"ä".repeat(30),
        &"x".repeat(300),
        &"two words ".repeat(4),
    ] {
        let weak = store.keys().import(weak, "weak", None).await;
        assert!(matches!(weak, Err(Error::KeyForm { .. })));
    }
}

#[tokio::test]
async fn a_quota_outlives_the_reading_of_keys() {
    let folder = Folder::new();
    let store = folder.open().await;
    let quota = NonZeroU32::new(3).unwrap();
    let (key, _) = store.keys().add("small", Some(quota)).await.unwrap();
    let admit = |n: u32| {
        let key = store.keys().verify(&key).unwrap();
        key.admit(NonZeroU32::new(n).unwrap())
    };
    assert_eq!(
        admit(4),
        Err(Exhausted {
            quota_per_minute: quota,
            retry_after: None
        })
    );
    assert_eq!(admit(2), Ok(()));
    // Reads all keys again.
    let (free, _) = store.keys().add("free", None).await.unwrap();
    assert_eq!(admit(1), Ok(()));
    let wait = admit(1).unwrap_err().retry_after.unwrap();
    assert!(
        wait > Duration::from_secs(10) && wait <= Duration::from_secs(20),
        "{wait:?}"
    );
    let free = store.keys().verify(&free).unwrap();
    assert!((0..1000).all(|_| free.admit(ONE).is_ok()));
}
