use kith_policy::CreateInvite;
use kith_store::invites::{self, NewInvite};
use kith_types::InviteCode;

use crate::place::Place;

async fn invite(
    place: &Place,
    code: &str,
    max_uses: Option<i32>,
    seconds: Option<i64>,
) -> InviteCode {
    let granted = place.granted::<CreateInvite>().await;
    let mut work = place.begin().await;
    let new = NewInvite {
        code,
        max_uses,
        expires_at: seconds.map(|seconds| place.store.now().plus_seconds(seconds)),
    };
    invites::create(&mut work, &granted, &new).await.unwrap();
    work.commit().await.unwrap().hand_over(drop);
    InviteCode::parse(code).unwrap()
}

#[tokio::test]
async fn an_invite_ends_to_the_millisecond_when_its_time_is_over() {
    let place = Place::new().await;
    let code = invite(&place, "short", None, Some(60)).await;
    let for_ever = invite(&place, "forever", None, None).await;
    let open = async |code| {
        let mut connection = place.store.connection().await.unwrap();
        let found = invites::find(&mut connection, code, place.store.now()).await;
        found.unwrap().unwrap().open
    };
    place.clock.advance(59_999);
    assert!(open(&code).await);
    let mut work = place.begin().await;
    assert!(invites::take_use(&mut work, &code).await.unwrap());
    drop(work);

    place.clock.advance(1);
    assert!(!open(&code).await);
    assert!(open(&for_ever).await);
    let mut work = place.begin().await;
    assert!(!invites::take_use(&mut work, &code).await.unwrap());
    let now = work.now();
    let granted = place.granted::<CreateInvite>().await;
    let open = invites::count_open(&mut work, &granted).await.unwrap();
    assert_eq!((open.all, open.own), (1, 1));
    let listed = invites::list(work.tx(), place.guild, "", 10, now)
        .await
        .unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].code, "forever");
}

#[tokio::test]
async fn an_invite_has_as_many_uses_as_it_was_given() {
    let place = Place::new().await;
    let code = invite(&place, "twice", Some(2), None).await;
    let mut work = place.begin().await;
    for expected in [true, true, false, false] {
        assert_eq!(invites::take_use(&mut work, &code).await.unwrap(), expected);
    }
}
