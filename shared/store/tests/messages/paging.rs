use kith_events::Aggregate;
use kith_store::StoreError;
use kith_store::messages::{self, Page, Position};
use kith_wire::{PAGE_BYTES, json_bytes};

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
        page.map(|page| {
            page.data
                .iter()
                .map(|message| message.seq)
                .collect::<Vec<_>>()
        })
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

#[tokio::test]
async fn pages_of_long_texts_end_early_and_who_goes_on_gets_everything_once() {
    const MESSAGES: i64 = 80;
    let place = Place::new().await;
    let mut ids = Vec::new();
    for n in 1..=MESSAGES {
        // Every other one is as long as a message may be, quotation marks among it.
        let text = match n % 2 {
            0 => "\"".repeat(1000) + &"語言".repeat(1500),
            _ => format!("{n}"),
        };
        ids.push(place.post(place.ada, &text).await.id);
    }
    let page = async |position, limit| {
        let page = Page {
            channel: place.channel,
            guild: Some(place.guild),
            position,
            limit,
        };
        let page = place.store.page(&page).await.unwrap();
        assert!(
            json_bytes(&page.data) <= PAGE_BYTES + 4096,
            "it is too large"
        );
        let seqs: Vec<i64> = page.data.iter().map(|message| message.seq).collect();
        (seqs, page.has_more)
    };
    let all: Vec<i64> = (1..=MESSAGES).collect();
    let (mut forward, mut pages) = (Vec::new(), 0);
    loop {
        let after = forward.last().copied().unwrap_or(0);
        let (seqs, has_more) = page(Position::AfterSeq(after), 100).await;
        forward.extend(seqs);
        pages += 1;
        if !has_more {
            break;
        }
    }
    assert_eq!(forward, all);
    assert!(pages > 1, "all of it fits one page");

    let (mut backward, mut has_more) = page(Position::Newest, 100).await;
    while has_more {
        let first = ids[backward[0] as usize - 1];
        let (seqs, more) = page(Position::Before(first), 100).await;
        backward.splice(0..0, seqs);
        has_more = more;
    }
    assert_eq!(backward, all);

    // What was asked for is in the middle, however long its neighbours are.
    let middle = ids[19];
    let (seqs, has_more) = page(Position::Around(middle), 100).await;
    assert!(seqs.contains(&20) && seqs.contains(&19) && has_more);
    // Short ones end with the limit.
    assert_eq!(
        page(Position::AfterSeq(MESSAGES - 1), 1).await,
        (vec![MESSAGES], false)
    );
    assert!(page(Position::AfterSeq(MESSAGES - 2), 1).await.1);
}
