//! What goes wrong meanwhile: engines and services are killed, frozen and stopped, one after the other.

use std::time::Duration;

use tokio::time::Instant;

use crate::ledger::{Chance, Ledger};
use kith_world::world::World;

/// Breaks and mends until the time is over; then everything is there again.
pub(crate) async fn break_things(
    world: &mut World,
    ledger: &Ledger,
    chance: &Chance,
    length: Duration,
) {
    let end = Instant::now() + length;
    while Instant::now() < end {
        let (fault, index) = (chance.below(19), chance.below(2));
        let (pause, hold) = (chance.millis(500, 2500), chance.millis(200, 4000));
        tokio::time::sleep(pause).await;
        let name = harm(world, fault, index);
        ledger.count(name);
        tokio::time::sleep(hold).await;
        mend(world, fault, index).await;
    }
}

fn harm(world: &mut World, fault: usize, index: usize) -> &'static str {
    let postgres = world.postgres.as_mut().expect("the soak has its own");
    let garage = world.garage.as_mut().expect("the soak has its own");
    match fault {
        0 => {
            world.apis[index].process.kill();
            "apis killed"
        }
        1 => {
            world.apis[index].process.freeze();
            "apis frozen"
        }
        2 => {
            world.gateways[index].process.kill();
            "gateways killed"
        }
        3 => {
            world.gateways[index].process.freeze();
            "gateways frozen"
        }
        4 => {
            world.gateways[index].process.signal("TERM");
            "gateways stopped"
        }
        5 => {
            world.nats.kill();
            "NATS killed"
        }
        6 => {
            world.nats.freeze();
            "NATS frozen"
        }
        7 => {
            postgres.kill();
            "Postgres killed"
        }
        8 => {
            postgres.freeze();
            "Postgres frozen"
        }
        9 => {
            world.redis.kill();
            "cache killed"
        }
        10 => {
            world.redis.freeze();
            "cache frozen"
        }
        11 => {
            garage.kill();
            "Garage killed"
        }
        12 => {
            garage.freeze();
            "Garage frozen"
        }
        13 => {
            world.medias[index].process.kill();
            "media killed"
        }
        14 => {
            world.medias[index].process.freeze();
            "media frozen"
        }
        15 => {
            world.searches[index].process.kill();
            "search killed"
        }
        16 => {
            world.searches[index].process.freeze();
            "search frozen"
        }
        17 => {
            world.presences[index].process.kill();
            "presence killed"
        }
        _ => {
            world.presences[index].process.freeze();
            "presence frozen"
        }
    }
}

async fn mend(world: &mut World, fault: usize, index: usize) {
    let postgres = world.postgres.as_mut().expect("the soak has its own");
    let garage = world.garage.as_mut().expect("the soak has its own");
    match fault {
        0 => world.apis[index].process.restart(),
        1 => world.apis[index].process.thaw(),
        2 => world.gateways[index].process.restart(),
        3 => world.gateways[index].process.thaw(),
        4 => {
            let process = &mut world.gateways[index].process;
            let status = process.wait();
            assert!(status.success(), "{status}:\n{}", process.log());
            process.restart();
        }
        5 => world.nats.restart().await,
        6 => world.nats.thaw(),
        7 => postgres.restart().await,
        8 => postgres.thaw(),
        9 => world.redis.restart().await,
        10 => world.redis.thaw(),
        11 => garage.restart().await,
        12 => garage.thaw(),
        13 => world.medias[index].process.restart(),
        14 => world.medias[index].process.thaw(),
        15 => world.searches[index].process.restart(),
        16 => world.searches[index].process.thaw(),
        17 => world.presences[index].process.restart(),
        _ => world.presences[index].process.thaw(),
    }
}
