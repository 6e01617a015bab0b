use kith_events::{Aggregate, EventKind, Scope};
use kith_store::messages::{self, Edit};
use kith_wire::MessageChange;

use crate::place::Place;

#[tokio::test]
async fn an_edit_changes_the_text_of_ones_own_message_only() {
    let place = Place::new().await;
    let message = place.post(place.ada, "tee").await;
    let edit = |author| Edit {
        guild: Some(place.guild),
        channel: place.channel,
        message: message.id,
        author,
        content: "tea",
        mentions: &[],
        mention_roles: &[],
        mention_everyone: false,
    };
    let mut work = place
        .store
        .begin(&[Aggregate::Channel(place.channel)])
        .await
        .unwrap();
    assert_eq!(
        messages::edit(&mut work, &edit(place.bob.id))
            .await
            .unwrap(),
        None
    );
    let edited = messages::edit(&mut work, &edit(place.ada.id))
        .await
        .unwrap()
        .expect("it is theirs");
    let scope = Scope::Channel(place.guild, place.channel);
    work.emit(scope, EventKind::MessageUpdate, |event_id, rev| {
        MessageChange {
            event_id,
            rev,
            message: edited.clone(),
        }
    })
    .unwrap();
    let mut events = Vec::new();
    work.commit()
        .await
        .unwrap()
        .hand_over(|outgoing| events.extend(outgoing));
    assert_eq!((edited.content.as_str(), edited.seq), ("tea", 1));
    assert!(edited.edited_at.is_some());
    assert_eq!(
        (
            events[0].event.head.rev,
            events[0].event.head.access_version
        ),
        (2, Some(1))
    );
}

#[tokio::test]
async fn what_was_deleted_is_nowhere_any_more() {
    let place = Place::new().await;
    let secret = place
        .post(place.ada, "the secret \\\"id\\\":\\\"x\\\" recipe")
        .await;
    let other = place.post(place.ada, "something else").await;
    assert!(place.payloads().await[0].contains("recipe"));
    let mut work = place
        .store
        .begin(&[Aggregate::Channel(place.channel)])
        .await
        .unwrap();
    assert_eq!(
        messages::delete(&mut work, place.channel, secret.id)
            .await
            .unwrap(),
        Some(1)
    );
    assert_eq!(
        messages::delete(&mut work, place.channel, secret.id)
            .await
            .unwrap(),
        None
    );
    work.commit().await.unwrap().hand_over(drop);

    let bodies: Vec<Option<String>> = sqlx::query_scalar("SELECT body FROM messages ORDER BY seq")
        .fetch_all(&place.sql)
        .await
        .unwrap();
    assert_eq!(bodies, [None, Some(other.content)]);
    let payloads = place.payloads().await;
    assert!(!payloads[0].contains("recipe") && payloads[1].contains("something else"));
    // What is left is still the event, with its numbers.
    let events = place
        .store
        .unsettled(place.store.now().plus_seconds(60), 10, 10)
        .await
        .unwrap();
    let change: MessageChange = serde_json::from_slice(&events[0].payload).unwrap();
    assert_eq!(
        (
            change.rev,
            change.message.seq,
            change.message.content.as_str()
        ),
        (1, 1, "")
    );
    assert!(change.message.deleted_at.is_some());
}
