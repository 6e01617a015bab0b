use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Instant;

use crate::{Folder, PATIENCE, POLL};

/// The user that a process runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAs {
    /// The one who runs the tests.
    Me,
    /// Somebody without rights, if root runs the tests: Postgres refuses to run as root.
    Nobody,
}

impl RunAs {
    fn ids(self) -> Option<(u32, u32)> {
        let me = fs::metadata("/proc/self")
            .expect("tests run on Linux")
            .uid();
        if self == Self::Me || me != 0 {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").expect("there is a list of users");
        ["postgres", "nobody"].iter().find_map(|name| {
            let mut fields = users
                .lines()
                .map(|line| line.split(':'))
                .find(|line| line.clone().next() == Some(name))?
                .skip(2);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        })
    }

    /// Gives them a file or folder.
    pub(crate) fn own(self, path: &Path) {
        if let Some((user, group)) = self.ids() {
            std::os::unix::fs::chown(path, Some(user), Some(group))
                .expect("root may give files away");
        }
    }

    /// Lets a command run as them.
    pub(crate) fn apply(self, command: &mut Command) {
        if let Some((user, group)) = self.ids() {
            // The standard library drops the supplementary groups with this.
            command.uid(user).gid(group);
        }
    }
}

/// What to start, and how. It can be started again after it ended.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Stands in messages.
    pub name: String,
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(String, String)>,
    /// Where it runs, and where its output goes: `{name}.log`. Removed when the last that uses it is gone.
    pub folder: Arc<Folder>,
    pub run_as: RunAs,
    /// The signal that ends it when the test process dies: `KILL`, or what else it needs to clean up after itself.
    pub last_signal: &'static str,
}

/// Waits for the end of the test process, however it comes, and ends the child then. A line says that the child is gone.
const WATCHDOG: &str = r#"
if read -r _; then exit; fi
kill -CONT "$1" $(ps -o pid= --ppid "$1"); kill -"$2" "$1"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
kill -KILL "$1"; rm -rf "$3"
"#;

/// A process that ends, at the latest, together with the test process.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    child: Child,
    watchdog: Child,
}

impl Process {
    /// Starts it. That it runs does not mean that it is ready.
    ///
    /// # Panics
    /// If the program cannot be run.
    pub fn start(launch: Launch) -> Self {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log_path(&launch))
            .expect("the folder is writable");
        let mut command = Command::new(&launch.program);
        // Settings of the tests, such as `KITH_SOAK_SECONDS`, and of whoever runs them are none of its own.
        let settings = std::env::vars_os().map(|(name, _)| name);
        for name in settings.filter(|name| name.to_string_lossy().starts_with("KITH_")) {
            command.env_remove(name);
        }
        command
            .args(&launch.arguments)
            .envs(launch.environment.iter().cloned())
            .current_dir(launch.folder.path())
            .stdin(Stdio::null())
            .stdout(duplicate(&log))
            .stderr(log)
            // Ctrl-C in a terminal is for the test process; the watchdog does the rest.
            .process_group(0);
        launch.run_as.apply(&mut command);
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", launch.program.display()));
        let watchdog = Command::new("sh")
            .args([
                "-c",
                WATCHDOG,
                "watchdog",
                &child.id().to_string(),
                launch.last_signal,
            ])
            .arg(launch.folder.path())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        Self {
            launch,
            child,
            watchdog,
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs (or is frozen).
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by its name: `TERM`, `HUP`, `QUIT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.id())])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "cannot send {name} to {}",
            self.launch.name
        );
    }

    /// The most memory that it has had, in bytes.
    ///
    /// # Panics
    /// If it does not run.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        kilobytes.expect("Linux tells it") * 1024
    }

    /// Sends a signal to the processes that it has started itself, such as the sessions of Postgres.
    ///
    /// # Panics
    /// If they cannot be found.
    pub fn signal_children(&self, name: &str) {
        let parent = self.id().to_string();
        let processes = fs::read_dir("/proc").expect("tests run on Linux");
        let children = processes.filter_map(|process| {
            let process = process.ok()?;
            // What has ended meanwhile needs no signal. The name before the last bracket may contain anything.
            let stat = fs::read_to_string(process.path().join("stat")).ok()?;
            let (_, fields) = stat.rsplit_once(')')?;
            let is_child = fields.split_whitespace().nth(1) == Some(&parent);
            is_child.then(|| process.file_name().to_string_lossy().into_owned())
        });
        let children = children.collect::<Vec<_>>().join(" ");
        if !children.is_empty() {
            let _ = Command::new("sh")
                .args(["-c", &format!("kill -{name} {children}")])
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Ends it at once, as a crash or a power cut would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.dismiss_watchdog();
    }

    /// Stops it in the middle of whatever it does; its connections stay open.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Asks it to end, and waits until it did.
    ///
    /// # Panics
    /// If it does not.
    pub fn terminate(&mut self) -> ExitStatus {
        if self.is_running() {
            self.signal("TERM");
        }
        self.wait()
    }

    /// Waits until it ends by itself.
    ///
    /// # Panics
    /// If it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                self.dismiss_watchdog();
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "{} does not end; its log:\n{}",
                self.launch.name,
                self.log()
            );
            std::thread::sleep(POLL);
        }
    }

    /// Starts it again as it was started before, after ending it if it still runs. The log goes on.
    pub fn restart(&mut self) {
        self.kill();
        let again = Self::start(self.launch.clone());
        *self = again;
    }

    /// All that it has written so far.
    pub fn log(&self) -> String {
        fs::read(log_path(&self.launch))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// How it was started; a test may change that before a restart.
    pub fn launch_mut(&mut self) -> &mut Launch {
        &mut self.launch
    }

    fn dismiss_watchdog(&mut self) {
        if let Some(mut stdin) = self.watchdog.stdin.take() {
            let _ = stdin.write_all(b"gone\n");
        }
        let _ = self.watchdog.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn log_path(launch: &Launch) -> PathBuf {
    launch.folder.path().join(format!("{}.log", launch.name))
}

fn duplicate(file: &File) -> File {
    file.try_clone().expect("a file can be opened twice")
}
