//! Asks our agents on their local sockets: HTTP, one question a connection.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// The longest that an agent is waited for: it may be starved of processor time.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// The longest answer that is read (bytes).
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// The document at `path` of the agent that listens on `socket`.
pub(crate) fn get(socket: &Path, path: &str) -> Result<Value> {
    ask(socket, path).with_context(|| format!("{}: {path}", socket.display()))
}

fn ask(socket: &Path, path: &str) -> Result<Value> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without end")?;
    let status = head.lines().next().unwrap_or_default();
    ensure!(status.contains(" 200 "), "{status}");
    Ok(serde_json::from_str(body)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    fn answered(answer: &'static str) -> Result<Value> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let socket = folder.path().join("agent.sock");
        let listener = UnixListener::bind(&socket).expect("free");
        let server = thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("somebody asks");
            let mut question = [0; 100];
            let length = client.read(&mut question).expect("a question");
            client.write_all(answer.as_bytes()).expect("somebody listens");
            question[..length].to_vec()
        });
        let value = get(&socket, "/v1/self");
        let question = server.join().expect("served");
        assert!(question.starts_with(b"GET /v1/self HTTP/1.1\r\n"));
        value
    }

    /// Goal: a document comes back, and all else is an error.
    #[test]
    fn answers_are_documents() {
        let value = answered("HTTP/1.1 200 OK\r\na: b\r\n\r\n{\"pid\":5}").expect("a document");
        assert_eq!(value["pid"], 5);
        for bad in ["", "HTTP/1.1 404 No\r\n\r\n{}", "HTTP/1.1 200 OK\r\n\r\n{"] {
            assert!(answered(bad).is_err(), "{bad}");
        }
    }
}
