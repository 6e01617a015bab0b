//! What this gateway says of its own connections: who is here, as what. Who is seen how, the hub knows (`hub::presence`).

mod beat;
mod connections;

pub(crate) use beat::Beating;
pub(crate) use connections::Connections;
