//! Who has no session, or no right to one.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kith_world::neighbour::Neighbour;
use kith_world::world::World;
use reqwest::Method;
use serde_json::json;

/// How long an attack goes on beside its neighbour.
const LONG: Duration = Duration::from_secs(4);
/// Connections that guess at the same time, …
const GUESSERS: usize = 8;
/// … each once in this time: as fast as they can they would need the machine's processors for themselves, here where all share them.
const PACE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_guesses_tokens_is_soon_refused_and_nobody_else_notices() {
    let world = World::builder().medias(1).start().await;
    let mut neighbour = Neighbour::move_in(&world).await;
    let doors = [world.api(0), world.media_door(0)];
    let id = "01M7X094NF15018JC8E57M87Z4";
    let requests = [
        (Method::GET, "/api/v1/users/@me".to_owned()),
        (Method::POST, format!("/api/v1/channels/{id}/messages")),
        (Method::GET, format!("/api/v1/attachments/{id}/a.png")),
        (Method::PUT, format!("/api/v1/guilds/{id}/icon")),
        (Method::POST, format!("/api/v1/channels/{id}/voice")),
    ];
    let end = Instant::now() + LONG;
    let guess = async |guesser: usize| {
        let (mut unknown, mut refused) = (0_u32, 0_u32);
        let mut pace = tokio::time::interval(PACE);
        for number in 0.. {
            if Instant::now() > end {
                break;
            }
            pace.tick().await;
            let (method, path) = &requests[number % requests.len()];
            let files =
                path.contains("attachments") || path.ends_with("icon") || path.ends_with("voice");
            let wrong = doors[usize::from(files)].with_token(&format!("{guesser}.{number}"));
            let answer = wrong.send(method.clone(), path, Some(&json!({}))).await;
            match answer.status {
                401 => unknown += 1,
                429 => {
                    assert_eq!(answer.retry_after(), Some(1));
                    refused += 1;
                }
                status => panic!("{method} {path}: {status}"),
            }
        }
        (unknown, refused)
    };
    let guessing = join_all((0..GUESSERS).map(guess));
    let (guessed, ()) = futures_util::future::join(guessing, neighbour.notices_nothing()).await;
    let unknown: u32 = guessed.iter().map(|(unknown, _)| unknown).sum();
    let refused: u32 = guessed.iter().map(|(_, refused)| refused).sum();
    println!("{unknown} were looked up, {refused} refused");
    // 120 at once and two a second, both services together.
    assert!(unknown < 180, "{unknown} guesses were looked up");
    assert!(refused > 2 * unknown, "only {refused} were refused");
    world.finish().await;
}
