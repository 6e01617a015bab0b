use kith_testkit::Account;
use serde_json::json;

use crate::place::Place;
use crate::world::World;

fn path(channel: &str, target: &str) -> String {
    format!("/api/v1/channels/{channel}/overwrites/{target}")
}

async fn place_with_keeper(world: &World) -> (Place, Account, String) {
    let place = Place::found(&world.client).await;
    let keeper = place.member_with("keeper", &["MANAGE_ROLES"]).await;
    let channel = place.channel("tea").await;
    (place, keeper, channel)
}

#[tokio::test]
async fn an_overwrite_hides_a_channel_from_a_role_and_shows_it_to_a_member() {
    let world = World::start().await;
    let place = Place::found(&world.client).await;
    let member = place.member("member").await;
    let hidden = place.hidden_channel("plans").await;
    let channel = format!("/api/v1/channels/{hidden}");
    let answer = member.client.get(&channel).await;
    answer.expect_error(404, "NOT_FOUND");

    let own = path(&hidden, &member.id);
    let body = json!({ "kind": "member", "allow": ["VIEW_CHANNEL"] });
    place.owner.client.put(&own, &body).await.expect(204);
    let answer = member.client.get(&channel).await;
    assert_eq!(
        answer.expect(200)["overwrites"].as_array().unwrap().len(),
        2
    );

    place.owner.client.delete(&own).await.expect(204);
    let answer = member.client.get(&channel).await;
    answer.expect_error(404, "NOT_FOUND");
    let again = place.owner.client.delete(&own).await;
    again.expect_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn an_overwrite_is_for_a_role_or_a_member_of_the_guild() {
    let world = World::start().await;
    let (place, keeper, channel) = place_with_keeper(&world).await;
    let stranger = world.client.register("stranger").await;
    let other = world.client.register("other").await;
    let other = Place::found_by(&world.client, other).await;
    let targets = [
        ("member", &stranger.id),
        ("role", &other.id),
        ("role", &keeper.id),
        ("member", &place.id),
    ];
    for (kind, target) in targets {
        let body = json!({ "kind": kind, "deny": ["SEND_MESSAGES"] });
        let refused = place.owner.client.put(&path(&channel, target), &body).await;
        refused.expect_error(404, "NOT_FOUND");
    }
    let nonsense = json!({ "kind": "role", "allow": ["BAN_MEMBERS"] });
    let refused = place
        .owner
        .client
        .put(&path(&channel, &place.id), &nonsense)
        .await;
    let error = refused.expect_error(400, "INVALID_REQUEST");
    assert_eq!(error["details"][0]["field"], "allow");
}

// Lesson 4.
#[tokio::test]
async fn an_overwrite_changes_only_rights_that_its_author_holds_in_that_channel() {
    let world = World::start().await;
    let (place, keeper, channel) = place_with_keeper(&world).await;
    let everyone = path(&channel, &place.id);
    let below = place.role("below", &[]).await;
    let grab = json!({ "kind": "role", "allow": ["MANAGE_MESSAGES"] });
    let refused = keeper.client.put(&path(&channel, &below), &grab).await;
    refused.expect_error(403, "MISSING_PERMISSION");

    // What the owner has forbidden with a right that the keeper does not hold stays as it is.
    let body = json!({ "kind": "role", "deny": ["MENTION_EVERYONE"] });
    place.owner.client.put(&everyone, &body).await.expect(204);
    let body = json!({ "kind": "role", "deny": ["SEND_MESSAGES"] });
    let refused = keeper.client.put(&everyone, &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    let refused = keeper.client.delete(&everyone).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    // Also when the same id is spelled in another way.
    let spelled = path(&channel, &place.id.to_lowercase());
    let refused = keeper.client.put(&spelled, &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");

    let body = json!({ "kind": "role", "deny": ["MENTION_EVERYONE", "SEND_MESSAGES"] });
    keeper.client.put(&everyone, &body).await.expect(204);
    // Now the keeper does not hold it there any more, and cannot give it back.
    let body = json!({ "kind": "role", "deny": ["MENTION_EVERYONE"] });
    let refused = keeper.client.put(&everyone, &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
}

#[tokio::test]
async fn an_overwrite_takes_the_right_in_that_channel() {
    let world = World::start().await;
    let (place, keeper, channel) = place_with_keeper(&world).await;
    let member = place.member("member").await;
    let body = json!({ "kind": "role", "deny": ["SEND_MESSAGES"] });
    let refused = member.client.put(&path(&channel, &place.id), &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
    keeper
        .client
        .put(&path(&channel, &place.id), &body)
        .await
        .expect(204);

    let elsewhere = place.channel("quiet").await;
    let role = place.roles().await.pop().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    place.deny(&elsewhere, &role, &["MANAGE_ROLES"]).await;
    let refused = keeper.client.put(&path(&elsewhere, &place.id), &body).await;
    refused.expect_error(403, "MISSING_PERMISSION");
}
