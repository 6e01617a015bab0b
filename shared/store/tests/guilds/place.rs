use std::sync::Arc;

use kith_events::Aggregate;
use kith_policy::{Granted, Right, require_in_guild};
use kith_store::accounts::{NewAccount, create};
use kith_store::guilds::{self, NewGuild};
use kith_store::{Store, StoreSettings, Work, members};
use kith_testkit::Postgres;
use kith_types::{Clock, GuildId, GuildName, ManualClock, OsEntropy, Timestamp, UserId, Username};

/// A guild with its owner, in a database where the test says what time it is.
pub(crate) struct Place {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) guild: GuildId,
    pub(crate) owner: UserId,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let database = Postgres::shared().await.database().await;
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_795_255_200_000)));
        let store = Store::connect(StoreSettings {
            url: database.url().to_owned().into(),
            max_connections: 4,
            clock: Arc::<ManualClock>::clone(&clock),
            entropy: Arc::new(OsEntropy),
            traceparent: || None,
        })
        .unwrap();
        store.renew_worker().await.unwrap();
        let owner = account(&store, "owner").await;
        let mut work = store.begin(&[Aggregate::User(owner)]).await.unwrap();
        let new = NewGuild {
            id: work.mint().unwrap(),
            name: &GuildName::parse("Tea house").unwrap(),
            owner,
            channel: work.mint().unwrap(),
            voice: work.mint().unwrap(),
            created_at: clock.now(),
        };
        guilds::create(&mut work, &new).await.unwrap();
        work.commit().await.unwrap().hand_over(drop);
        Self {
            store,
            clock,
            guild: new.id,
            owner,
        }
    }

    pub(crate) async fn account(&self, username: &str) -> UserId {
        account(&self.store, username).await
    }

    /// A unit of work on the guild.
    pub(crate) async fn begin(&self) -> Work {
        self.store
            .begin(&[Aggregate::Guild(self.guild)])
            .await
            .unwrap()
    }

    /// The owner's right, as of now.
    pub(crate) async fn granted<R: Right>(&self) -> Granted<R> {
        let mut connection = self.store.connection().await.unwrap();
        let facts = members::facts(&mut connection, self.guild, self.owner)
            .await
            .unwrap();
        require_in_guild(facts.as_ref(), self.clock.now()).unwrap()
    }
}

async fn account(store: &Store, username: &str) -> UserId {
    let new = NewAccount {
        id: store.mint().unwrap(),
        username: &Username::parse(username).unwrap(),
        display_name: None,
        password_hash: "none",
        at: store.now(),
    };
    create(store, &new).await.unwrap().unwrap().id
}
