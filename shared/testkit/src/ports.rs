use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::sync::Mutex;

/// Below the range from which the kernel serves outgoing connections, so that nothing takes a port while its engine is
/// down for a moment; above what `./dev` gives to its own fleet.
const RANGE: std::ops::Range<u16> = 30_000..32_700;

/// Locks on the ports that this process has, held until it ends.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port of the loopback address that no other test on this machine gets while this process lives.
///
/// # Panics
/// If all are taken.
pub fn free_port() -> u16 {
    let folder = std::env::temp_dir().join("kith-testkit-ports");
    fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
    // Different processes begin at different places, so that they seldom try each other's ports.
    let first = std::process::id() as usize * 17 % RANGE.len();
    for port in RANGE.cycle_from(first) {
        let path = folder.join(port.to_string());
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        let Ok(file) = opened.or_else(|_| File::open(&path)) else {
            continue;
        };
        if file.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            HELD.lock()
                .expect("no code panics while it holds this lock")
                .push(file);
            return port;
        }
    }
    panic!("every port of {RANGE:?} is taken: see what listens there with ss -ltnp")
}

trait CycleFrom {
    fn cycle_from(self, first: usize) -> impl Iterator<Item = u16>;
}

impl CycleFrom for std::ops::Range<u16> {
    fn cycle_from(self, first: usize) -> impl Iterator<Item = u16> {
        self.clone().skip(first).chain(self.take(first))
    }
}
