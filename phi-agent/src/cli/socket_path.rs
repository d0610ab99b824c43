//! Which socket a client command asks.

use super::exit::Exit;
use super::{SocketArg, named};
use crate::api::client::ApiClient;
use crate::settings::Surroundings;

/// A client for the socket that was named, or for the default one.
pub(super) fn client(arg: &SocketArg) -> Result<ApiClient, Exit> {
    let path = named(arg.socket.as_ref()).cloned().or_else(|| Surroundings::here().socket());
    path.map(ApiClient::new).ok_or_else(|| {
        Exit::NoAgent(
            "where is the agent? XDG_RUNTIME_DIR is not set; name its socket with --socket or \
             PHI_SOCKET"
                .to_owned(),
        )
    })
}
