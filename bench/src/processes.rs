//! What the measured processes cost: resident memory and CPU time, read from `/proc`.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// A process under measurement.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    name: String,
    pid: u32,
    cpu_before: f64,
}

impl std::str::FromStr for Process {
    type Err = anyhow::Error;

    /// `NAME=PID`
    fn from_str(text: &str) -> Result<Self> {
        let (name, pid) = text.split_once('=').context("must be NAME=PID")?;
        let pid = pid
            .parse()
            .context("the part behind = must be a process id")?;
        Ok(Self {
            name: name.to_owned(),
            pid,
            cpu_before: 0.0,
        })
    }
}

impl Process {
    /// Its name, as given on the command line.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// CPU seconds, user and system, since it started.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.pid))
            .with_context(|| format!("{} ({}) does not run", self.name, self.pid))?;
        // The second field is the command in parentheses and may contain spaces; count from its end.
        let rest = text
            .rsplit_once(')')
            .context("unexpected /proc/PID/stat")?
            .1;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        // Linux reports to user space in hundredths of a second on every platform that Kith runs on.
        Ok(ticks as f64 / 100.0)
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.pid))
            .with_context(|| format!("{} ({}) does not run", self.name, self.pid))?;
        let line = text
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kilobytes: u64 = line
            .split_whitespace()
            .nth(1)
            .context("no number")?
            .parse()?;
        Ok(kilobytes * 1024)
    }
}

/// Notes the CPU time of each before a run.
pub(crate) fn mark(processes: &mut [Process]) -> Result<()> {
    for process in processes {
        process.cpu_before = process.cpu_seconds()?;
    }
    Ok(())
}

/// What each cost since [`mark`].
pub(crate) fn cost(processes: &[Process]) -> Result<Value> {
    let mut report = Map::new();
    for process in processes {
        let cpu = process.cpu_seconds()? - process.cpu_before;
        let resident = process.resident()? as f64 / 1_048_576.0;
        report.insert(
            process.name.clone(),
            json!({"cpu_seconds": cpu, "rss_mb": (resident * 10.0).round() / 10.0}),
        );
    }
    Ok(Value::Object(report))
}
