//! What a connection costs that does nothing.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::processes::Process;
use crate::scenarios::open_all;
use crate::world::{Person, Target};

/// Opens `count` sockets and says by how much the gateways grew for each.
pub(crate) async fn run(
    target: &Target,
    people: &[Person],
    count: usize,
    gateways: &[Process],
) -> Result<Value> {
    let resident = || gateways.iter().map(Process::resident).sum::<Result<u64>>();
    anyhow::ensure!(
        !gateways.is_empty(),
        "name the gateways: --process gateway=PID"
    );
    target.guild("idle", people).await?;
    // The first connections pay for what all share: allocator arenas, the guild, the ring.
    let sockets: Vec<Person> = people.iter().cycle().take(count + 100).cloned().collect();
    let warm = open_all(target, &sockets[..100]).await?;
    let before = resident()?;
    let mut idle = open_all(target, &sockets[100..]).await?;
    idle.iter_mut().for_each(crate::frames::Socket::shrink);
    let after = resident()?;
    drop((warm, idle));
    let grown = after.checked_sub(before).context("the gateways shrank")?;
    Ok(json!({
        "connections": count,
        "gateways": gateways.iter().map(Process::name).collect::<Vec<_>>(),
        "rss_before_mb": before as f64 / 1_048_576.0,
        "rss_after_mb": after as f64 / 1_048_576.0,
        "kilobytes_per_connection": grown as f64 / 1024.0 / count as f64,
    }))
}
