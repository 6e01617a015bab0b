use kith_policy::{KickMembers, ModerateMembers};
use kith_store::members;
use kith_types::{Timestamp, UserId};

use crate::place::Place;

async fn join(place: &Place, user: UserId) -> Option<Timestamp> {
    let mut work = place.begin().await;
    members::add(&mut work, place.guild, user).await.unwrap();
    let member = members::find(work.tx(), place.guild, user).await.unwrap();
    work.commit().await.unwrap().hand_over(drop);
    member.unwrap().timed_out_until
}

async fn leave(place: &Place, user: UserId) {
    let granted = place.granted::<KickMembers>().await;
    let mut work = place.begin().await;
    assert!(members::remove(&mut work, &granted, user).await.unwrap());
    work.commit().await.unwrap().hand_over(drop);
}

async fn time_out(place: &Place, user: UserId, until: Option<Timestamp>) {
    let granted = place.granted::<ModerateMembers>().await;
    let mut work = place.begin().await;
    members::time_out(&mut work, &granted, user, until)
        .await
        .unwrap();
    work.commit().await.unwrap().hand_over(drop);
}

#[tokio::test]
async fn a_time_out_waits_for_who_left_as_long_as_it_lasts() {
    let place = Place::new().await;
    let (ada, bob) = (place.account("ada").await, place.account("bob").await);
    assert_eq!(join(&place, ada).await, None);
    assert_eq!(join(&place, bob).await, None);
    let until = place.store.now().plus_seconds(600);
    time_out(&place, ada, Some(until)).await;
    time_out(&place, bob, Some(until)).await;
    leave(&place, ada).await;
    leave(&place, bob).await;

    place.clock.advance(599_000);
    assert_eq!(join(&place, ada).await, Some(until));
    place.clock.advance(1_000);
    assert_eq!(join(&place, bob).await, None);
}

#[tokio::test]
async fn a_time_out_that_was_ended_does_not_come_back() {
    let place = Place::new().await;
    let ada = place.account("ada").await;
    join(&place, ada).await;
    time_out(&place, ada, Some(place.store.now().plus_seconds(600))).await;
    leave(&place, ada).await;
    assert!(join(&place, ada).await.is_some());
    time_out(&place, ada, None).await;
    leave(&place, ada).await;
    assert_eq!(join(&place, ada).await, None);
}
