use kith_events::Aggregate;
use kith_store::StoreError;
use kith_store::messages::{self, Page, Position};

use crate::place::Place;

#[tokio::test]
async fn pages_go_both_ways_and_around_and_tombstones_keep_their_place() {
    let place = Place::new().await;
    let mut all = Vec::new();
    for n in 1..=9 {
        all.push(place.post(place.ada, &format!("number {n}")).await);
    }
    let mut work = place
        .store
        .begin(&[Aggregate::Channel(place.channel)])
        .await
        .unwrap();
    messages::delete(&mut work, place.channel, all[4].id)
        .await
        .unwrap();
    work.commit().await.unwrap().hand_over(drop);
    let page = async |position, limit| {
        let page = Page {
            channel: place.channel,
            guild: Some(place.guild),
            position,
            limit,
        };
        let page = place.store.page(&page).await;
        page.map(|page| page.iter().map(|message| message.seq).collect::<Vec<_>>())
    };
    let fifth = all[4].id;
    assert_eq!(page(Position::Newest, 3).await.unwrap(), [7, 8, 9]);
    assert_eq!(page(Position::Before(fifth), 2).await.unwrap(), [3, 4]);
    assert_eq!(page(Position::After(fifth), 2).await.unwrap(), [6, 7]);
    assert_eq!(page(Position::Around(fifth), 3).await.unwrap(), [4, 5, 6]);
    assert_eq!(page(Position::AfterSeq(6), 50).await.unwrap(), [7, 8, 9]);
    assert_eq!(page(Position::AfterSeq(9), 50).await.unwrap(), [0; 0]);
    assert_eq!(page(Position::Before(all[0].id), 50).await.unwrap(), [0; 0]);
    let unknown = place.store.mint().unwrap();
    assert!(matches!(
        page(Position::Before(unknown), 5).await,
        Err(StoreError::Gone)
    ));

    let found = place
        .store
        .message(Some(place.guild), place.channel, fifth)
        .await
        .unwrap();
    let tombstone = found.expect("the place stays");
    assert_eq!(tombstone.content, "");
    assert!(tombstone.deleted_at.is_some());
}
