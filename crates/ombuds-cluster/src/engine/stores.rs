//! Object stores by address: files of this machine, and buckets of S3 or what speaks it.
//!
//! A bucket is opened when it is first asked for, in whichever process that is, with what that process's environment says:
//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP` and the like, as the
//! crate `object_store` reads them. Plans carry addresses alone, never credentials.

use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use url::Url;

/// The engine's own registry, to which buckets add themselves.
#[derive(Debug, Default)]
struct Stores {
    known: DefaultObjectStoreRegistry,
}

impl ObjectStoreRegistry for Stores {
    fn register_store(
        &self,
        url: &Url,
        store: Arc<dyn ObjectStore>,
    ) -> Option<Arc<dyn ObjectStore>> {
        self.known.register_store(url, store)
    }

    fn deregister_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        self.known.deregister_store(url)
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        let known = self.known.get_store(url);
        if known.is_ok() || !matches!(url.scheme(), "s3" | "s3a") {
            return known;
        }
        let bucket = AmazonS3Builder::from_env().with_url(url.as_str()).build();
        let bucket: Arc<dyn ObjectStore> = Arc::new(bucket.map_err(|error| {
            let told =
                format!("{url}: {error}; credentials are read from AWS_ACCESS_KEY_ID and the like");
            DataFusionError::Configuration(told)
        })?);
        self.known.register_store(url, Arc::clone(&bucket));
        Ok(bucket)
    }
}

/// Settings of a process's engine, with these stores.
pub(super) fn runtime() -> RuntimeEnvBuilder {
    RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(Stores::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_opened_once_and_other_schemes_are_errors() {
        let stores = Stores::default();
        let get = |url: &str| stores.get_store(&Url::parse(url).unwrap());
        let [a, b] = ["s3://one/a", "s3://one/b"].map(|url| get(url).unwrap());
        assert!(Arc::ptr_eq(&a, &b));
        assert!(a.to_string().contains("one"), "{a}");
        assert!(get("file:///tmp").is_ok());
        assert!(get("ftp://host/a").is_err());
    }
}
