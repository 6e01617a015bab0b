use kith_events::rpc::DescribeGuild;
use kith_events::{Aggregate, EventKind, Scope};
use kith_store::{Settled, Work};

use crate::place::Place;

/// Commits one event, and gives what is to be said of it when it stands at this place in the stream.
async fn happens(mut work: Work, aggregate: Aggregate, scope: Scope) -> impl Fn(u64) -> Settled {
    let kind = match scope {
        Scope::Guild(_) => EventKind::GuildUpdate,
        _ => EventKind::BlockAdd,
    };
    work.emit(scope, kind, |_, rev| rev).unwrap();
    let mut revs = Vec::new();
    let committed = work.commit().await.unwrap();
    committed.hand_over(|events| revs.extend(events.iter().map(|one| one.event.head.rev)));
    move |stream_seq| Settled {
        aggregate,
        rev: revs[0],
        stream_seq,
    }
}

/// Gateways decide by it whether a client that resumes has been told of what a description contains.
#[tokio::test]
async fn a_description_says_up_to_where_the_stream_tells_of_it() {
    let place = Place::new().await;
    let (store, guild) = (&place.store, Aggregate::Guild(place.guild));
    let told = async || {
        let asked = DescribeGuild {
            guild: place.guild,
            users: Vec::new(),
            viewers: Vec::new(),
        };
        let described = store.describe_guild(&asked).await.unwrap();
        described.unwrap().told_up_to
    };
    let first = happens(place.begin().await, guild, Scope::Guild(place.guild)).await;
    let second = happens(place.begin().await, guild, Scope::Guild(place.guild)).await;
    assert_eq!(told().await, None);
    store.settle(&[first(7)]).await.unwrap();
    assert_eq!(told().await, None, "only the first of two is in the stream");
    store.settle(&[second(9)]).await.unwrap();
    assert_eq!(told().await, Some(9));

    // The newest of all events is kept; what else is old is forgotten, and was told of long ago.
    let user = Aggregate::User(place.owner);
    let work = store.begin(&[user]).await.unwrap();
    let last = happens(work, user, Scope::User(place.owner)).await;
    store.settle(&[last(10)]).await.unwrap();
    let later = store.now().plus_seconds(60);
    assert_eq!(store.purge_settled(later, 10).await.unwrap(), 2);
    assert_eq!(told().await, Some(0));
}
