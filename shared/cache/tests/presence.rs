//! Who is online, with a real server: many devices, gateways that die, messages that come too late, a cache that forgets.
#![expect(
    clippy::unwrap_used,
    reason = "what a test's helpers cannot do, fails the test"
)]

use std::time::Duration;

use kith_cache::{Cache, CachePresence, PresenceTimes};
use kith_events::rpc::{Beat, Connected};
use kith_testkit::{Redis, until};
use kith_types::{BootId, Timestamp, UserId};
use kith_wire::{ChosenStatus, CustomStatus, Presence, Status};

use ChosenStatus::{Dnd, Idle, Invisible, Online};

const LEASE: i64 = 27_000;
const LINGER: i64 = 3_000;
const LOOK_BACK: i64 = 60_000;
const START: i64 = 1_795_255_200_000;

fn ada() -> UserId {
    "01M7X094NF15018JC8E57M87Z2".parse().unwrap()
}

fn bob() -> UserId {
    "01M7X094NF15018JC8E57M87Z3".parse().unwrap()
}

fn gateway(number: u8) -> BootId {
    format!("01M7X094NF15018JC8E57M87A{number}")
        .parse()
        .unwrap()
}

struct World {
    redis: Redis,
    presence: CachePresence,
    now: i64,
}

async fn connect(redis: &Redis) -> CachePresence {
    let cache = Cache::connect(&redis.url().into(), "test", Duration::from_secs(30))
        .expect("the address is right");
    until("the cache is connected", async || {
        cache.is_connected().then_some(()).ok_or("it is not")
    })
    .await;
    cache.presence(PresenceTimes {
        lease: Duration::from_millis(LEASE as u64),
        linger: Duration::from_millis(LINGER as u64),
        look_back: Duration::from_millis(LOOK_BACK as u64),
    })
}

impl World {
    async fn new() -> Self {
        let redis = Redis::start().await;
        let presence = connect(&redis).await;
        Self {
            redis,
            presence,
            now: START,
        }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    async fn beat(&self, from: u8, connections: &[Connected]) -> Vec<(UserId, Status)> {
        let beat = Beat {
            gateway: gateway(from),
            connections: connections.to_vec(),
        };
        told(&self.presence.beat(&beat, self.at()).await.unwrap())
    }

    async fn reap(&self) -> Vec<(UserId, Status)> {
        told(&self.presence.reap(self.at()).await.unwrap().0)
    }

    async fn status(&self, user: UserId) -> Status {
        self.known(user)
            .await
            .map_or(Status::Offline, |it| it.status)
    }

    async fn known(&self, user: UserId) -> Option<Presence> {
        let known = self.presence.read(&[user], self.at()).await.unwrap();
        known.presences.into_iter().next()
    }

    async fn settled(&self) -> bool {
        self.presence
            .read(&[ada()], self.at())
            .await
            .unwrap()
            .settled
    }

    /// Lets time pass in which this gateway goes on beating, and everybody who does not is found out.
    async fn pass(&mut self, millis: i64, from: u8, connections: &[Connected]) {
        let end = self.now + millis;
        while self.now < end {
            self.now = end.min(self.now + 9_000);
            self.beat(from, connections).await;
            self.reap().await;
        }
    }
}

fn told(changed: &[Presence]) -> Vec<(UserId, Status)> {
    changed.iter().map(|it| (it.user_id, it.status)).collect()
}

fn connected(user: UserId, connection: u64, epoch: u64, status: ChosenStatus) -> Connected {
    Connected {
        connection,
        user,
        epoch,
        status: Some(status),
        custom_status: None,
        rev: 0,
    }
}

fn ended(user: UserId, connection: u64, epoch: u64) -> Connected {
    Connected {
        status: None,
        ..connected(user, connection, epoch, Online)
    }
}

#[tokio::test]
async fn several_devices_make_one_status_and_only_changes_are_told() {
    let world = World::new().await;
    assert_eq!(
        world.beat(1, &[connected(ada(), 1, 1, Idle)]).await,
        [(ada(), Status::Idle)]
    );
    assert_eq!(world.beat(1, &[connected(ada(), 1, 1, Idle)]).await, []);
    assert_eq!(
        world.beat(2, &[connected(ada(), 1, 1, Online)]).await,
        [(ada(), Status::Online)]
    );
    assert_eq!(
        world.beat(1, &[connected(ada(), 2, 1, Dnd)]).await,
        [(ada(), Status::Dnd)]
    );
    assert_eq!(
        world.beat(1, &[connected(ada(), 3, 1, Invisible)]).await,
        []
    );
    assert_eq!(
        world.beat(1, &[connected(ada(), 2, 2, Online)]).await,
        [(ada(), Status::Online)]
    );
    assert_eq!(world.status(ada()).await, Status::Online);
    assert_eq!(world.status(bob()).await, Status::Offline);
}

#[tokio::test]
async fn who_is_invisible_everywhere_is_offline_for_others() {
    let world = World::new().await;
    assert_eq!(
        world.beat(1, &[connected(ada(), 1, 1, Invisible)]).await,
        []
    );
    assert_eq!(world.status(ada()).await, Status::Offline);
    world.beat(1, &[connected(ada(), 1, 2, Online)]).await;
    assert_eq!(
        world.beat(1, &[connected(ada(), 1, 3, Invisible)]).await,
        [(ada(), Status::Offline)]
    );
}

#[tokio::test]
async fn closing_the_second_tab_shows_nothing_and_closing_the_last_one_does_a_moment_later() {
    let mut world = World::new().await;
    let first = connected(ada(), 1, 1, Online);
    world
        .beat(1, &[first.clone(), connected(ada(), 2, 1, Online)])
        .await;
    assert_eq!(world.beat(1, &[ended(ada(), 2, 2)]).await, []);
    world.now += LINGER;
    assert_eq!(world.reap().await, []);
    assert_eq!(world.beat(1, &[ended(ada(), 1, 2)]).await, []);
    assert_eq!(world.status(ada()).await, Status::Online);
    world.now += LINGER;
    assert_eq!(world.reap().await, [(ada(), Status::Offline)]);
}

#[tokio::test]
async fn who_reloads_the_page_has_not_been_away() {
    let mut world = World::new().await;
    world.beat(1, &[connected(ada(), 1, 1, Online)]).await;
    assert_eq!(world.beat(1, &[ended(ada(), 1, 2)]).await, []);
    world.now += LINGER - 1;
    assert_eq!(world.beat(2, &[connected(ada(), 9, 1, Online)]).await, []);
    world.now += 1;
    assert_eq!(world.reap().await, []);
    assert_eq!(world.status(ada()).await, Status::Online);
}

#[tokio::test]
async fn a_stale_beat_changes_nothing() {
    let world = World::new().await;
    world.beat(1, &[connected(ada(), 1, 5, Dnd)]).await;
    assert_eq!(world.beat(1, &[connected(ada(), 1, 4, Online)]).await, []);
    assert_eq!(world.status(ada()).await, Status::Dnd);
}

#[tokio::test]
async fn a_beat_that_comes_after_the_end_does_not_bring_anybody_back() {
    let mut world = World::new().await;
    let others = [connected(bob(), 7, 1, Online)];
    world.beat(1, &[connected(ada(), 1, 1, Online)]).await;
    world.beat(1, &[ended(ada(), 1, 2)]).await;
    world.now += LINGER;
    world.reap().await;
    world.pass(LOOK_BACK - 1_000, 1, &others).await;
    assert_eq!(world.beat(1, &[connected(ada(), 1, 1, Online)]).await, []);
    assert_eq!(world.beat(1, &[connected(ada(), 1, 2, Online)]).await, []);
    assert_eq!(world.status(ada()).await, Status::Offline);
}

#[tokio::test]
async fn a_late_end_of_an_old_connection_leaves_the_new_one_alone() {
    let mut world = World::new().await;
    world.beat(1, &[connected(ada(), 1, 1, Online)]).await;
    world.beat(2, &[connected(ada(), 1, 1, Online)]).await;
    assert_eq!(world.beat(1, &[ended(ada(), 1, 2)]).await, []);
    assert_eq!(world.beat(1, &[ended(ada(), 1, 2)]).await, []);
    world.now += LINGER;
    assert_eq!(world.reap().await, []);
    assert_eq!(world.status(ada()).await, Status::Online);
    // Overtaken by a later word of the same connection.
    world.beat(2, &[connected(ada(), 1, 3, Online)]).await;
    assert_eq!(world.beat(2, &[ended(ada(), 1, 2)]).await, []);
    world.now += LINGER;
    assert_eq!(world.reap().await, []);
}

#[tokio::test]
async fn a_dead_gateways_people_go_offline_within_one_lease_and_only_they() {
    let mut world = World::new().await;
    let (dead, alive) = (
        connected(ada(), 1, 1, Online),
        [connected(bob(), 1, 1, Online)],
    );
    world.pass(2 * LEASE, 2, &alive).await;
    world.beat(1, std::slice::from_ref(&dead)).await;
    world.pass(LEASE - 1, 2, &alive).await;
    assert_eq!(world.status(ada()).await, Status::Online);
    world.now += 1;
    assert_eq!(world.reap().await, [(ada(), Status::Offline)]);
    assert_eq!(world.status(bob()).await, Status::Online);
    // It was only slow.
    assert_eq!(world.beat(1, &[dead]).await, [(ada(), Status::Online)]);
}

#[tokio::test]
async fn nobody_goes_offline_because_nobody_listened_to_the_beats() {
    let mut world = World::new().await;
    let ada_here = [connected(ada(), 1, 1, Online)];
    world.pass(2 * LEASE, 1, &ada_here).await;
    world.beat(2, &[connected(bob(), 1, 1, Online)]).await;
    // NATS, presence or both were away.
    world.now += 10 * LEASE;
    assert_eq!(world.reap().await, []);
    assert_eq!(world.beat(1, &ada_here).await, []);
    assert_eq!(world.reap().await, []);
    assert!(!world.settled().await);
    // Bob's gateway had ended meanwhile. It had the same time to come back as everybody.
    world.pass(LEASE - 1, 1, &ada_here).await;
    assert_eq!(world.reap().await, []);
    world.pass(LINGER + 1, 1, &ada_here).await;
    assert!(world.settled().await);
    assert_eq!(world.status(bob()).await, Status::Offline);
    assert_eq!(world.status(ada()).await, Status::Online);
}

#[tokio::test]
async fn an_emptied_cache_is_filled_by_the_next_beats_and_epochs_go_on() {
    let mut world = World::new().await;
    world
        .pass(2 * LEASE, 1, &[connected(ada(), 1, 5, Dnd)])
        .await;
    let before = world.known(ada()).await.unwrap();
    assert!(world.settled().await);
    world.redis.flush().await;
    assert!(!world.settled().await);
    assert_eq!(world.known(ada()).await, None);
    world.now += 1_000;
    assert_eq!(
        world.beat(1, &[connected(ada(), 1, 5, Dnd)]).await,
        [(ada(), Status::Dnd)]
    );
    let after = world.known(ada()).await.unwrap();
    assert!(after.version > before.version);
    assert_eq!(world.beat(1, &[connected(ada(), 1, 4, Online)]).await, []);
    assert_eq!(world.status(ada()).await, Status::Dnd);
}

#[tokio::test]
async fn two_processes_may_do_the_same_work_and_tell_each_change_once() {
    let mut world = World::new().await;
    let other = connect(&world.redis).await;
    let alive = [connected(bob(), 1, 1, Online)];
    world.pass(LEASE, 2, &alive).await;
    world.beat(1, &[connected(ada(), 1, 1, Online)]).await;
    world.now += LEASE - 1_000;
    world.beat(2, &alive).await;
    world.now += 1_000;
    let (here, there) = tokio::join!(world.presence.reap(world.at()), other.reap(world.at()));
    let mut all = told(&here.unwrap().0);
    all.extend(told(&there.unwrap().0));
    assert_eq!(all, [(ada(), Status::Offline)]);
    let beat = Beat {
        gateway: gateway(1),
        connections: vec![connected(ada(), 1, 2, Idle)],
    };
    let (here, there) = tokio::join!(
        world.presence.beat(&beat, world.at()),
        other.beat(&beat, world.at())
    );
    let mut all = told(&here.unwrap());
    all.extend(told(&there.unwrap()));
    assert_eq!(all, [(ada(), Status::Idle)]);
}

#[tokio::test]
async fn a_custom_status_is_the_latest_one_that_any_gateway_knows_and_goes_with_its_owner() {
    let mut world = World::new().await;
    let with = |connection, epoch, rev, text: Option<&str>| Connected {
        custom_status: text.map(|text| CustomStatus {
            text: text.to_owned(),
            expires_at: Some(Timestamp::from_millis(START + 1)),
        }),
        rev,
        ..connected(ada(), connection, epoch, Online)
    };
    world
        .beat(1, &[with(1, 1, 4, Some("here \"and\" there"))])
        .await;
    let known = world.known(ada()).await.unwrap();
    assert_eq!(
        known.custom_status,
        with(1, 1, 4, Some("here \"and\" there")).custom_status
    );
    // A gateway that has not heard of it yet.
    assert_eq!(world.beat(2, &[with(1, 1, 3, None)]).await, []);
    let changed = [(ada(), Status::Online)];
    assert_eq!(
        world.beat(2, &[with(1, 2, 5, Some("gone fishing"))]).await,
        changed
    );
    assert_eq!(world.beat(1, &[with(1, 2, 6, None)]).await, changed);
    assert_eq!(world.known(ada()).await.unwrap().custom_status, None);
    world.beat(1, &[with(1, 3, 7, Some("bye"))]).await;
    world.beat(1, &[ended(ada(), 1, 4)]).await;
    world.beat(2, &[ended(ada(), 1, 3)]).await;
    world.now += LINGER;
    world.reap().await;
    let known = world.known(ada()).await.unwrap();
    assert_eq!((known.status, known.custom_status), (Status::Offline, None));
}

#[tokio::test]
async fn what_has_ended_long_ago_leaves_no_key_behind() {
    let mut world = World::new().await;
    world.beat(1, &[connected(ada(), 1, 1, Online)]).await;
    world.beat(1, &[ended(ada(), 1, 2)]).await;
    world.now += LINGER;
    world.reap().await;
    world.now += LOOK_BACK;
    world.reap().await;
    assert_eq!(world.known(ada()).await, None);
    assert_eq!(
        world.presence.reap(world.at()).await.unwrap(),
        (vec![], false)
    );
}

#[tokio::test]
async fn more_people_than_one_call_takes_are_all_reaped() {
    let mut world = World::new().await;
    let many: Vec<Connected> = (0..250)
        .map(|number| {
            connected(
                format!("01M7X094NF15018JC8E57M{number:04}")
                    .parse()
                    .unwrap(),
                number,
                1,
                Online,
            )
        })
        .collect();
    let alive = [connected(bob(), 1, 1, Online)];
    world.pass(LEASE, 2, &alive).await;
    assert_eq!(world.beat(1, &many).await.len(), 250);
    world.pass(LEASE - 1, 2, &alive).await;
    world.now += 1;
    let mut gone = Vec::new();
    loop {
        let (changed, more) = world.presence.reap(world.at()).await.unwrap();
        gone.extend(told(&changed));
        if !more {
            break;
        }
    }
    assert_eq!(gone.len(), 250);
    assert!(gone.iter().all(|(_, status)| *status == Status::Offline));
}
