//! Two instances with different names: what they are to each other.

use kith_testkit::{Answer, until};
use serde_json::{Value, json};

use crate::front::{Front, Network};
use kith_world::people::{Person, says};
use kith_world::world::World;

const ONE: &str = "one.test";
const TWO: &str = "two.test";

/// An instance with its front door.
struct Instance {
    world: World,
    front: Front,
}

impl Instance {
    async fn start(network: &Network, domain: &'static str) -> Self {
        let settings = network.settings(domain);
        let builder = World::builder().federations(1);
        let builder = settings
            .iter()
            .fold(builder, |builder, (key, value)| builder.set(key, value));
        let world = builder.start().await;
        let (api, federation) = (&world.apis[0], &world.federations[0].address);
        let front = network.open(domain, api, federation).await;
        Self { world, front }
    }

    /// Somebody who may use what concerns the instance.
    async fn administrator(&self, name: &str) -> Person {
        let person = self.world.person(name).await;
        self.world.admin(&["grant-instance-admin", name], "").await;
        person
    }

    async fn finish(self) {
        self.world.finish().await;
    }
}

async fn two_instances() -> (Network, Instance, Instance) {
    let network = Network::of(&[ONE, TWO]);
    let one = Instance::start(&network, ONE).await;
    let two = Instance::start(&network, TWO).await;
    (network, one, two)
}

async fn look_up(who: &Person, name: &str) -> Answer {
    let path = format!("/api/v1/users/lookup?name={name}");
    who.client().get(&path).await
}

async fn until_found(who: &Person, name: &str) {
    until("who is asked for is found again", async || {
        let answer = look_up(who, name).await;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer.body)
        }
    })
    .await;
}

async fn decide(admin: &Person, domain: &str, standing: &str) -> Value {
    let path = format!("/api/v1/admin/federation/peers/{domain}");
    let body = json!({"standing": standing, "reason": "because"});
    admin.client().put(&path, &body).await.expect(200).clone()
}

async fn peer(admin: &Person, domain: &str) -> Value {
    let path = format!("/api/v1/admin/federation/peers/{domain}");
    admin.client().get(&path).await.expect(200).clone()
}

#[tokio::test]
async fn two_instances_discover_each_other_and_show_each_others_people() {
    let (_network, one, two) = two_instances().await;
    let ada = one.administrator("ada").await;
    let bob = two.administrator("bob").await;

    let found = look_up(&ada, "bob@two.test").await;
    let found = found.expect(200);
    assert_eq!(found["home"], TWO);
    assert_eq!(
        (found["username"].as_str(), found["kind"].as_str()),
        (Some("bob"), Some("human"))
    );
    // An id of our own: the other instance's ids mean nothing here.
    assert_ne!(found["id"], bob.id());
    assert_eq!(
        look_up(&ada, "@Bob@TWO.test").await.expect(200)["id"],
        found["id"]
    );
    // The other way round, and at home.
    assert_eq!(look_up(&bob, "ada@one.test").await.expect(200)["home"], ONE);
    assert_eq!(
        look_up(&bob, "bob@two.test").await.expect(200)["id"],
        bob.id()
    );
    assert_eq!(look_up(&bob, "bob").await.expect(200)["id"], bob.id());

    // A new name is seen the next time, on the same account.
    let body = json!({"display_name": "Bobby"});
    bob.client()
        .patch("/api/v1/users/@me", &body)
        .await
        .expect(200);
    let again = look_up(&ada, "bob@two.test").await;
    assert_eq!(again.expect(200)["display_name"], "Bobby");
    assert_eq!(again.expect(200)["id"], found["id"]);

    look_up(&ada, "nobody@two.test")
        .await
        .expect_error(404, "NOT_FOUND");
    look_up(&ada, "nobody").await.expect_error(404, "NOT_FOUND");
    look_up(&ada, "bob@127.0.0.1")
        .await
        .expect_error(400, "INVALID_REQUEST");

    // Each knows of the other what was agreed in the hello.
    for (admin, domain) in [(&ada, TWO), (&bob, ONE)] {
        let peer = peer(admin, domain).await;
        assert_eq!(
            (peer["version"].as_i64(), &peer["features"]),
            (Some(1), &json!(["profiles"]))
        );
        assert_eq!(
            (peer["allowed"].as_bool(), peer["failures"].as_i64()),
            (Some(true), Some(0))
        );
        assert!(
            peer["software"]
                .as_str()
                .is_some_and(|software| software.starts_with("kith "))
        );
    }
    one.finish().await;
    two.finish().await;
}

#[tokio::test]
async fn an_instance_that_is_suspended_is_not_asked_and_not_answered() {
    let (_network, one, two) = two_instances().await;
    let ada = one.administrator("ada").await;
    let bob = two.administrator("bob").await;
    look_up(&ada, "bob@two.test").await.expect(200);
    look_up(&bob, "ada@one.test").await.expect(200);

    let suspended = decide(&ada, TWO, "suspended").await;
    assert_eq!(
        (
            suspended["standing"].as_str(),
            suspended["allowed"].as_bool()
        ),
        (Some("suspended"), Some(false))
    );
    look_up(&ada, "bob@two.test")
        .await
        .expect_error(403, "PEER_REFUSED");
    // Two is told so by one, and does not take it for an outage of its own.
    look_up(&bob, "ada@one.test")
        .await
        .expect_error(403, "PEER_REFUSED");

    decide(&ada, TWO, "active").await;
    look_up(&ada, "bob@two.test").await.expect(200);
    until("two asks one again", async || {
        let answer = look_up(&bob, "ada@one.test").await;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer.body)
        }
    })
    .await;

    // A rule of a whole domain does the same, and a block forgets their people.
    let rule = "/api/v1/admin/federation/rules/*.test";
    let deny = json!({"kind": "deny"});
    ada.client().put(rule, &deny).await.expect(204);
    look_up(&ada, "bob@two.test")
        .await
        .expect_error(403, "PEER_REFUSED");
    assert_eq!(peer(&ada, TWO).await["allowed"], false);
    ada.client().delete(rule).await.expect(204);
    ada.client()
        .delete(rule)
        .await
        .expect_error(404, "NOT_FOUND");
    let known = "SELECT count(*) FROM users WHERE origin <> 0 AND kind = 0 AND deleted_at IS NULL";
    assert_eq!(one.world.count(known).await, 1);
    decide(&ada, TWO, "blocked").await;
    assert_eq!(one.world.count(known).await, 0);
    look_up(&ada, "bob@two.test")
        .await
        .expect_error(403, "PEER_REFUSED");

    // Every act is in the audit log, newest first; nobody but administrators knows that there is one.
    let path = "/api/v1/admin/federation/audit-log";
    let log = ada.client().get(path).await;
    let acts = log.expect(200).as_array().expect("a list").iter();
    let acts: Vec<_> = acts
        .map(|act| (act["action"].as_str(), act["target"].as_str()))
        .collect();
    let standing = (Some("peer_standing"), Some(TWO));
    let put = (Some("peer_rule_put"), Some("*.test"));
    let remove = (Some("peer_rule_remove"), Some("*.test"));
    assert_eq!(acts, [standing, remove, put, standing, standing]);
    let carl = one.world.person("carl").await;
    carl.client().get(path).await.expect_error(404, "NOT_FOUND");
    one.finish().await;
    two.finish().await;
}

#[tokio::test]
async fn an_instance_that_is_away_is_left_alone_longer_and_longer_and_found_again() {
    let (_network, one, mut two) = two_instances().await;
    let ada = one.administrator("ada").await;
    two.world.person("bob").await;
    look_up(&ada, "bob@two.test").await.expect(200);

    two.front.close();
    let away = look_up(&ada, "bob@two.test").await;
    away.expect_error(503, "UNAVAILABLE");
    assert!(away.retry_after().is_some());
    // It is tried again without anybody asking, and each time the wait is twice as long.
    until("it has failed three times", async || {
        let peer = peer(&ada, TWO).await;
        match peer["failures"].as_i64() {
            Some(3..) if peer["last_error"] == "unreachable" => Ok(()),
            _ => Err(peer),
        }
    })
    .await;
    two.front.reopen();
    until("it is found again", async || {
        let peer = peer(&ada, TWO).await;
        if peer["failures"] == 0 && peer["retry_at"].is_null() {
            Ok(())
        } else {
            Err(peer)
        }
    })
    .await;
    look_up(&ada, "bob@two.test").await.expect(200);

    // The service itself is killed and comes back: the front door says 503 meanwhile.
    two.world.federations[0].process.kill();
    look_up(&ada, "bob@two.test")
        .await
        .expect_error(503, "UNAVAILABLE");
    two.world.federations[0].process.restart();
    until_found(&ada, "bob@two.test").await;
    one.finish().await;
    two.finish().await;
}

#[tokio::test]
async fn an_instance_that_stands_still_holds_nobody_up_and_is_found_again() {
    let (_network, one, two) = two_instances().await;
    let (ada, eve) = (
        one.administrator("ada").await,
        one.world.person("eve").await,
    );
    two.world.person("bob").await;
    look_up(&ada, "bob@two.test").await.expect(200);
    let (guild, channel) = ada.create_guild("Still neighbours").await;
    ada.bring(&guild, &eve).await;
    let mut at_eve = one.world.socket(&eve, 0).await;
    // First what is asked, then who asks.
    for (instance, which) in [(&two, "the other's"), (&one, "our own")] {
        let still = &instance.world.federations[0].process;
        still.freeze();
        look_up(&ada, "bob@two.test")
            .await
            .expect_error(503, "UNAVAILABLE");
        ada.post(&channel, which).await;
        at_eve.expect_where("MESSAGE_CREATE", says(which)).await;
        still.thaw();
        until_found(&ada, "bob@two.test").await;
    }
    one.finish().await;
    two.finish().await;
}

#[tokio::test]
async fn a_key_is_changed_and_both_count_for_a_while() {
    let (_network, one, two) = two_instances().await;
    let ada = one.administrator("ada").await;
    let bob = two.world.person("bob").await;
    look_up(&ada, "bob@two.test").await.expect(200);
    let own = document(&two).await;
    let before = keys(&own);
    assert_eq!((before.len(), own["domain"].as_str()), (1, Some(TWO)));

    // The new key signs at once here: one learns of it when it meets it.
    let rotate = ["federation", "rotate-key", "--delay-seconds", "0"];
    let told = two.world.admin(&rotate, "").await;
    let new = told
        .lines()
        .next()
        .expect("it prints the key's id")
        .to_owned();
    until("both keys are published", async || {
        let now = keys(&document(&two).await);
        if now == [before[0].clone(), new.clone()] {
            Ok(())
        } else {
            Err(now.join(" "))
        }
    })
    .await;
    look_up(&bob, "ada@one.test").await.expect(200);
    let known = "SELECT count(*) FROM instance_keys";
    assert_eq!(one.world.count(known).await, 2);
    let expiring = "SELECT count(*) FROM instance_keys WHERE expires_at IS NOT NULL";
    assert_eq!(one.world.count(expiring).await, 1);
    one.finish().await;
    two.finish().await;
}

/// What an instance says of itself, to anybody.
async fn document(instance: &Instance) -> Value {
    let address = &instance.world.federations[0].address;
    let answer = reqwest::get(format!("http://{address}/.well-known/kith")).await;
    answer
        .expect("it answers")
        .json()
        .await
        .expect("it is JSON")
}

fn keys(document: &Value) -> Vec<String> {
    let keys = document["keys"].as_array().expect("a list").iter();
    keys.map(|key| key["id"].as_str().expect("an id").to_owned())
        .collect()
}
