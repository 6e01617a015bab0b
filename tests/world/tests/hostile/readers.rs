//! Who reads more than others can bear.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kith_world::neighbour::Neighbour;
use kith_world::people::{Person, text};
use kith_world::world::World;
use serde_json::json;

/// How long an attack goes on beside its neighbour.
const LONG: Duration = Duration::from_secs(4);
/// Requests that the attacker has under way at the same time, …
const AT_ONCE: usize = 6;
/// … and how often each of these begins one at most.
const PACE: Duration = Duration::from_millis(100);
/// What an account may read at once, as much again where the cache does not answer in time and each process counts for itself, and
/// what comes back meanwhile (a fifth of a MiB a second). Without a bound it would be five times that.
const MOST_READ: usize = (4 + 4 + 3) * 1024 * 1024;
/// The largest page, with what is around it.
const PAGE: usize = 128 * 1024 + 1024;
/// What the attack may cost a process.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// Somebody in the guild whom limits apply to, as they do to everybody.
async fn guest(world: &World, owner: &Person, guild: &str) -> Person {
    let guest = Person::new(world.api(0).register("eve").await);
    owner.bring(guild, &guest).await;
    guest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_the_largest_pages_as_fast_as_they_can_is_slowed_and_nobody_else_notices() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let (guild, channel) = ada.create_guild("Library").await;
    // Three bytes a character: as heavy as text that people write can be.
    let long = "語".repeat(4000);
    for _ in 0..110 {
        ada.post(&channel, &long).await;
    }
    let eve = guest(&world, &ada, &guild).await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let before = world.apis[0].process.peak_memory();
    let end = Instant::now() + LONG;
    let path = format!("/api/v1/channels/{channel}/messages?limit=100");
    let url = format!("{}{path}", eve.client().base());
    let http = reqwest::Client::new();
    let read = async |_| {
        let (mut bytes, mut refused) = (0, 0);
        let mut pace = tokio::time::interval(PACE);
        while Instant::now() < end {
            pace.tick().await;
            // Nothing is made of what comes: this process has its neighbours too.
            let answer = http.get(&url).bearer_auth(&eve.account.access_token).send();
            let answer = answer.await.expect("it answers");
            match answer.status().as_u16() {
                200 => {
                    let read = answer.bytes().await.expect("it comes");
                    assert!(read.len() <= PAGE, "a page of {} bytes", read.len());
                    assert!(read.ends_with(b"\"has_more\":true}"));
                    bytes += read.len();
                }
                429 => {
                    assert!(answer.headers().contains_key("retry-after"));
                    refused += 1;
                }
                status => panic!("{status}"),
            }
        }
        (bytes, refused)
    };
    let reading = join_all((0..AT_ONCE).map(read));
    let (read, ()) = futures_util::future::join(reading, neighbour.notices_nothing()).await;
    let bytes: usize = read.iter().map(|(bytes, _)| bytes).sum();
    let refused: u32 = read.iter().map(|(_, refused)| refused).sum();
    let grown = world.apis[0].process.peak_memory().saturating_sub(before);
    println!("{bytes} bytes were read, {refused} requests refused; {grown} bytes more memory");
    assert!(bytes <= MOST_READ, "{bytes} bytes were read");
    assert!(refused > 0, "nothing was refused");
    assert!(grown <= MOST_MEMORY, "{grown} bytes more memory");
    world.finish().await;
}

#[tokio::test]
async fn who_follows_the_pages_gets_everything_once_however_long_it_is() {
    let world = World::builder().start().await;
    let ada = world.person("ada").await;
    let (_, channel) = ada.create_guild("Archive").await;
    let mut posted = Vec::new();
    for number in 0..90 {
        let content = match number % 3 {
            0 => format!("{number}"),
            _ => format!("{number}{}", "ж".repeat(3990)),
        };
        posted.push(text(&ada.post(&channel, &content).await["id"]));
    }
    let mut found: Vec<String> = Vec::new();
    let mut pages = 0;
    loop {
        let query = match found.first() {
            Some(first) => format!("?limit=100&before={first}"),
            None => "?limit=100".to_owned(),
        };
        let answer = ada.read(&channel, &query).await;
        let page = answer.expect(200).as_array().expect("a list");
        found.splice(0..0, page.iter().map(|message| text(&message["id"])));
        pages += 1;
        if answer.body["has_more"] == json!(false) {
            break;
        }
    }
    assert_eq!(found, posted);
    assert!(pages > 1);
    world.finish().await;
}
