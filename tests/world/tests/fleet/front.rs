use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Arc;

use kith_testkit::{Folder, Launch, Process, RunAs, free_port, tools, until, workspace};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::traces::{TRACE, collector};
use kith_world::world::Member;

/// A certificate authority of the test, and where the front doors are that it certifies.
pub(crate) struct Network {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: Arc<Folder>,
    hosts: Vec<(&'static str, u16)>,
}

/// The front door of one instance, as it is deployed, with a certificate of the network.
pub(crate) struct Front {
    process: Process,
}

impl Network {
    /// Finds a place for a front door of each of these domains.
    pub(crate) fn of(domains: &[&'static str]) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).expect("it has no names");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("keys can be made");
        let authority = CertifiedIssuer::self_signed(authority, key);
        let authority = authority.expect("it certifies itself");
        let folder = Arc::new(Folder::new("network", RunAs::Me));
        std::fs::write(folder.path().join("authority.pem"), authority.pem())
            .expect("the folder is ours");
        let hosts = domains.iter().map(|domain| (*domain, free_port()));
        Self {
            authority,
            folder,
            hosts: hosts.collect(),
        }
    }

    /// What an instance of this network is configured with, besides its name.
    pub(crate) fn settings(&self, domain: &str) -> Vec<(&'static str, String)> {
        let hosts = self.hosts.iter();
        let hosts = hosts.map(|(domain, port)| format!("{domain}=127.0.0.1:{port}"));
        let hosts: Vec<String> = hosts.collect();
        let roots = self.folder.path().join("authority.pem");
        vec![
            ("KITH_INSTANCE_NAME", domain.to_owned()),
            ("KITH_OUTBOUND_HOSTS", hosts.join(",")),
            ("KITH_OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned()),
            ("KITH_OUTBOUND_TRUSTED_ROOTS", roots.display().to_string()),
            ("KITH_FEDERATION_KEY_PATH", "federation.keys".to_owned()),
        ]
    }

    /// Where the front door of a domain is.
    fn address(&self, domain: &str) -> SocketAddr {
        let (_, port) = self
            .hosts
            .iter()
            .find(|(known, _)| *known == domain)
            .expect("it is known");
        SocketAddr::from(([127, 0, 0, 1], *port))
    }

    /// Opens the front door of a domain: Caddy with the file of the deployment.
    pub(crate) async fn open(&self, domain: &str, api: &Member, federation: &str) -> Front {
        let key = KeyPair::generate().expect("keys can be made");
        let parameters = CertificateParams::new(vec![domain.to_owned()]).expect("it is a name");
        let certificate = parameters.signed_by(&key, &self.authority);
        let certificate = certificate.expect("the authority can certify");
        let folder = self.folder.path();
        let path = |name: &str| {
            folder
                .join(format!("{domain}.{name}"))
                .display()
                .to_string()
        };
        let deployed = std::fs::read_to_string(workspace().join("caddy/Caddyfile"));
        let deployed = deployed.expect("the Caddyfile is part of the repository");
        // Where a real one obtains a certificate by itself, this one gets the network's.
        let marker = "\timport {$KITH_SITE_CSP";
        assert!(deployed.contains(marker));
        let tls = format!("\ttls {} {}\n{marker}", path("pem"), path("key"));
        let files = [
            ("Caddyfile", deployed.replacen(marker, &tls, 1)),
            ("csp.caddy", "vars script_hashes \"\"\n".to_owned()),
            ("pem", certificate.pem()),
            ("key", key.serialize_pem()),
        ];
        for (name, text) in files {
            std::fs::write(path(name), text).expect("the folder is ours");
        }
        let address = self.address(domain);
        let ops_port = api.ops.rsplit(':').next().expect("a port");
        let environment = [
            (
                "KITH_SITE_ADDRESS",
                format!("https://{domain}:{}", address.port()),
            ),
            ("KITH_SITE_BIND", "127.0.0.1".to_owned()),
            ("KITH_SITE_ROOT", folder.display().to_string()),
            ("KITH_SITE_CSP", path("csp.caddy")),
            ("KITH_API_UPSTREAMS", api.address.clone()),
            ("KITH_API_OPS_PORT", ops_port.to_owned()),
            ("KITH_GATEWAY_UPSTREAMS", "127.0.0.1:1".to_owned()),
            ("KITH_FEDERATION_UPSTREAMS", federation.to_owned()),
            ("HOME", folder.display().to_string()),
            ("XDG_DATA_HOME", folder.display().to_string()),
            ("XDG_CONFIG_HOME", folder.display().to_string()),
        ];
        let arguments = [
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            &path("Caddyfile"),
        ];
        let process = Process::start(Launch {
            name: format!("caddy-{domain}"),
            program: tools().caddy.clone(),
            arguments: arguments.map(OsString::from).into(),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            folder: Arc::clone(&self.folder),
            run_as: RunAs::Me,
            last_signal: "KILL",
        });
        let mut front = Front { process };
        until(&format!("the front door of {domain} is open"), async || {
            assert!(front.process.is_running(), "{}", front.process.log());
            tokio::net::TcpStream::connect(address).await
        })
        .await;
        front
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_get_their_ids_at_the_front_door_and_strangers_begin_no_traces() {
    let network = Network::of(&["door.test"]);
    let (endpoint, spans) = collector().await;
    let world = kith_world::world::World::builder()
        .federations(1)
        .set("KITH_TELEMETRY_OTLP_ENDPOINT", &endpoint)
        .start()
        .await;
    let front = network
        .open("door.test", &world.apis[0], &world.federations[0].address)
        .await;
    let address = network.address("door.test");
    let authority = reqwest::Certificate::from_pem(network.authority.pem().as_bytes());
    let client = reqwest::Client::builder()
        .add_root_certificate(authority.expect("it is one"))
        .resolve("door.test", address)
        .no_proxy()
        .build()
        .expect("a client can be made");
    let stranger = ["00000000-aaaa-bbbb", "x", "../../etc/passwd"];
    for path in ["/api/v1/users/@me", "/.well-known/kith"] {
        for given in stranger {
            let url = format!("https://door.test:{}{path}", address.port());
            let trace = format!("00-{TRACE:032x}-00f067aa0ba902b7-01");
            let asked = client.get(url).header("x-request-id", given);
            let answer = asked.header("traceparent", trace).send().await;
            let answer = answer.expect("the front door answers");
            let id = answer.headers().get("x-request-id").cloned();
            let id = id.expect("each request has one");
            assert!(id != given && id.len() >= 26, "{id:?} for {given}");
        }
    }
    // The requests are traced, each as one of its own.
    let traces = until("the requests are exported", async || {
        let spans = spans.lock().expect("nobody panics");
        let requests = spans.iter().filter(|span| span.name == "request");
        let traces: Vec<_> = requests.map(|span| span.trace_id.clone()).collect();
        let are_there = traces.len() >= stranger.len();
        are_there.then_some(traces).ok_or("not yet")
    })
    .await;
    assert!(!traces.contains(&TRACE.to_be_bytes().to_vec()));
    drop(front);
    world.finish().await;
}

impl Front {
    /// Closes it at once: nobody answers any more.
    pub(crate) fn close(&mut self) {
        self.process.kill();
    }

    /// Opens it again.
    pub(crate) fn reopen(&mut self) {
        self.process.restart();
    }
}
