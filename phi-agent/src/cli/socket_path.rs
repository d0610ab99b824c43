//! Which socket a client command asks.

use super::SocketArg;
use super::exit::Exit;
use crate::api::client::ApiClient;
use crate::settings::Surroundings;

/// A client for the socket that was named, or for the default one.
pub(super) fn client(arg: &SocketArg) -> Result<ApiClient, Exit> {
    let named = arg.socket.clone().filter(|path| !path.as_os_str().is_empty());
    let path = named.or_else(|| Surroundings::here().socket());
    path.map(ApiClient::new).ok_or_else(|| {
        Exit::NoAgent(
            "where is the agent? XDG_RUNTIME_DIR is not set; name its socket with --socket or \
             PHI_SOCKET"
                .to_owned(),
        )
    })
}
