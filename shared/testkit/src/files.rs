use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::{Answer, Client};

/// A file as it came back.
#[derive(Debug, Clone)]
pub struct Download {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Download {
    /// The value of a header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or_default())
    }
}

impl From<Download> for Answer {
    /// Without the bytes, unless they are JSON.
    fn from(download: Download) -> Self {
        Self {
            status: download.status,
            headers: download.headers,
            body: serde_json::from_slice(&download.bytes).unwrap_or_default(),
        }
    }
}

impl Client {
    /// Sends a file to a channel.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn upload(&self, channel: &str, filename: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let sent = self.try_upload(channel, filename, bytes).await;
        sent.unwrap_or_else(|error| panic!("{filename} to {channel}: {error:?}"))
    }

    /// As [`Self::upload`], also to a server that may be away.
    pub async fn try_upload(
        &self,
        channel: &str,
        filename: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> reqwest::Result<Answer> {
        let path = format!("/api/v1/channels/{channel}/attachments");
        let request = self
            .request(Method::POST, &path)
            .query(&[("filename", filename)])
            .body(bytes.into());
        Self::read(request).await
    }

    /// Puts bytes as they are where a picture belongs.
    pub async fn put_picture(&self, path: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let sent = self.try_put_picture(path, bytes).await;
        sent.unwrap_or_else(|error| panic!("PUT {path}: {error:?}"))
    }

    /// As [`Self::put_picture`], where the server may be gone before it answers.
    pub async fn try_put_picture(
        &self,
        path: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> reqwest::Result<Answer> {
        Self::read(self.request(Method::PUT, path).body(bytes.into())).await
    }

    /// Fetches a file, or anything else, as it is.
    ///
    /// # Panics
    /// If there is no answer, or it breaks off.
    pub async fn download(&self, path: &str, headers: &[(&str, &str)]) -> Download {
        let fetched = self.try_download(path, headers).await;
        fetched.unwrap_or_else(|error| panic!("GET {path}: {error:?}"))
    }

    /// As [`Self::download`], also from a server that may be away.
    pub async fn try_download(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> reqwest::Result<Download> {
        let mut request = self.request(Method::GET, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        Ok(Download {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: response.bytes().await?.into(),
        })
    }
}

/// Where an attachment, as a message shows it, can be fetched.
pub fn attachment_path(attachment: &Value) -> String {
    let id = attachment["id"].as_str().expect("an attachment has an id");
    let name = attachment["filename"].as_str().expect("and a name");
    format!("/api/v1/attachments/{id}/{name}")
}
