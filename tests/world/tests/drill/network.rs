//! Three hosts on one machine: network namespaces that are joined by a bridge inside of one of them. Nothing of it can be
//! reached from outside, and it goes when this is dropped; what a killed run has left behind goes at the next start.

use std::path::Path;
use std::process::Command;

/// A host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Where clients, the front door and the engines are that there is only one of.
    Hub,
    A,
    B,
}

impl Host {
    const ALL: [Self; 3] = [Self::Hub, Self::A, Self::B];

    pub(crate) const fn letter(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::A => "a",
            Self::B => "b",
        }
    }

    /// Its address in [`SUBNET`].
    pub(crate) const fn address(self) -> &'static str {
        match self {
            Self::Hub => "10.77.0.1",
            Self::A => "10.77.0.2",
            Self::B => "10.77.0.3",
        }
    }

    /// Its namespace in the network that belongs to the process `owner`.
    pub(crate) fn namespace(self, owner: u32) -> String {
        format!("{PREFIX}{owner}-{}", self.letter())
    }
}

pub(crate) const SUBNET: &str = "10.77.0.0/24";
const PREFIX: &str = "kith-drill-";

/// The namespaces.
pub(crate) struct Network {
    owner: u32,
}

impl Network {
    /// Makes them. An error says why that is not possible here.
    pub(crate) fn new() -> Result<Self, String> {
        remove_leftovers()?;
        let network = Self {
            owner: std::process::id(),
        };
        let hub = Host::Hub.namespace(network.owner);
        for host in Host::ALL {
            let namespace = host.namespace(network.owner);
            ip(&["netns", "add", &namespace])?;
            ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
        }
        ip(&["-n", &hub, "link", "add", "bridge", "type", "bridge"])?;
        let address = format!("{}/24", Host::Hub.address());
        ip(&["-n", &hub, "address", "add", &address, "dev", "bridge"])?;
        ip(&["-n", &hub, "link", "set", "bridge", "up"])?;
        for host in [Host::A, Host::B] {
            let (namespace, cable) = (host.namespace(network.owner), cable(host));
            // Both ends are made inside, so that the machine's own network never has them.
            ip(&[
                "-n", &hub, "link", "add", &cable, "type", "veth", "peer", "name", "eth0", "netns",
                &namespace,
            ])?;
            ip(&["-n", &hub, "link", "set", &cable, "master", "bridge", "up"])?;
            let address = format!("{}/24", host.address());
            ip(&["-n", &namespace, "address", "add", &address, "dev", "eth0"])?;
            ip(&["-n", &namespace, "link", "set", "eth0", "up"])?;
        }
        Ok(network)
    }

    pub(crate) fn owner(&self) -> u32 {
        self.owner
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in Host::ALL {
            let _ = remove(&host.namespace(self.owner));
        }
    }
}

/// Pulls a host's cable, or puts it back. It is called inside of the hub.
pub(crate) fn connect(host: Host, connected: bool) {
    let state = if connected { "up" } else { "down" };
    ip(&["link", "set", &cable(host), state]).expect("the hub has the cables");
}

fn cable(host: Host) -> String {
    format!("to-{}", host.letter())
}

/// Namespaces whose owner is gone.
fn remove_leftovers() -> Result<(), String> {
    for line in ip(&["netns", "list"])?.lines() {
        let namespace = line.split(' ').next().unwrap_or_default();
        let Some((owner, _)) = namespace
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('-'))
        else {
            continue;
        };
        if !Path::new("/proc").join(owner).exists() {
            remove(namespace)?;
        }
    }
    Ok(())
}

fn remove(namespace: &str) -> Result<(), String> {
    // A namespace lives as long as somebody is in it.
    for process in ip(&["netns", "pids", namespace])?.lines() {
        let _ = Command::new("kill").args(["-KILL", process]).status();
    }
    ip(&["netns", "delete", namespace]).map(|_| ())
}

fn ip(arguments: &[&str]) -> Result<String, String> {
    let run = Command::new("ip")
        .args(arguments)
        .output()
        .map_err(|error| {
            format!("the command ip cannot be run ({error}); apt-get install iproute2")
        })?;
    if run.status.success() {
        Ok(String::from_utf8_lossy(&run.stdout).into_owned())
    } else {
        let why = String::from_utf8_lossy(&run.stderr).trim().to_owned();
        Err(format!("ip {}: {why}", arguments.join(" ")))
    }
}
