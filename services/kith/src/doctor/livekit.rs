use std::net::SocketAddr;
use std::time::Duration;

use kith_config::LivekitConfig;
use kith_media::{LivekitProbed, probe_livekit};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;

use super::{Finding, describe};

const ABOUT: &str = "LiveKit";
/// How long a port may take to show itself.
const ANSWER: Duration = Duration::from_secs(2);
/// A UDP port that is closed says so at once on the way from here; one that is open does not answer a stranger.
const REFUSAL: Duration = Duration::from_millis(500);

/// Whether people can hear each other, as far as that can be seen from here.
pub(super) async fn look(config: &LivekitConfig) -> Vec<Finding> {
    let mut findings = match probe_livekit(config).await {
        Ok(None) => {
            return vec![Finding::doubtful(
                ABOUT,
                "no key is configured: there is no voice",
                "set livekit.api_key and livekit.api_secret to a pair of LiveKit's own configuration",
            )];
        }
        Ok(Some(LivekitProbed { rooms })) => vec![Finding::good(
            ABOUT,
            format!("answers at {} and takes the key; {rooms} rooms", config.url),
        )],
        Err(error) => {
            return vec![Finding::wrong(
                ABOUT,
                describe(&error),
                "start it, and compare livekit.url, livekit.api_key and livekit.api_secret with its configuration",
            )];
        }
    };
    let host = config.url.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    findings.push(tcp(host, config.tcp_port).await);
    findings.push(udp(host, config.udp_port).await);
    findings
}

async fn tcp(host: &str, port: u32) -> Finding {
    let address = format!("{host}:{port}");
    match timeout(ANSWER, TcpStream::connect(&address)).await {
        Ok(Ok(_)) => Finding::good(ABOUT, format!("takes media by TCP at {address}")),
        _ => Finding::doubtful(
            ABOUT,
            format!("does not take media by TCP at {address}: who cannot use UDP hears nobody"),
            "set rtc.tcp_port in its configuration and livekit.tcp_port to the same, and open it in the firewall",
        ),
    }
}

/// LiveKit answers on this port only to who has joined, so only a refusal can be seen.
async fn udp(host: &str, port: u32) -> Finding {
    let address = format!("{host}:{port}");
    match refuses(&address).await {
        Ok(false) => Finding::good(
            ABOUT,
            format!(
                "UDP at {address} is not refused (from here; a firewall in front of it cannot be seen)"
            ),
        ),
        Ok(true) => Finding::wrong(
            ABOUT,
            format!("nobody listens for media by UDP at {address}"),
            "set rtc.udp_port in its configuration and livekit.udp_port to the same",
        ),
        Err(error) => Finding::doubtful(
            ABOUT,
            format!("UDP at {address} cannot be tried: {error}"),
            "run `kith doctor` on a machine that reaches it",
        ),
    }
}

/// Whether the machine says that the port is closed.
async fn refuses(address: &str) -> std::io::Result<bool> {
    let target = lookup_host(address).await?.next();
    let target = target.ok_or_else(|| std::io::Error::other("the name leads nowhere"))?;
    let own: SocketAddr = if target.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0_u16; 8], 0).into()
    };
    let socket = UdpSocket::bind(own).await?;
    socket.connect(target).await?;
    // A STUN binding request without attributes: what LiveKit hears from every client first.
    let mut request = [0_u8; 20];
    request[1] = 1;
    request[4..8].copy_from_slice(&[0x21, 0x12, 0xA4, 0x42]);
    socket.send(&request).await?;
    let mut answer = [0; 64];
    match timeout(REFUSAL, socket.recv(&mut answer)).await {
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(true),
        Ok(Err(error)) => Err(error),
        Ok(Ok(_)) | Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closed_udp_port_is_told_from_an_open_one() {
        let open = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = open.local_addr().unwrap().to_string();
        assert!(!refuses(&address).await.unwrap());
        drop(open);
        assert!(refuses(&address).await.unwrap());
    }
}
