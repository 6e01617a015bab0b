//! Every act about a role or a member, against who stands below, against oneself, an equal, somebody higher and the owner.
//! The actor holds every right but ADMINISTRATOR, so that only the hierarchy stands in the way. A route that names a role or a
//! member, in its path or in its body, fails without a row.

use std::collections::{BTreeMap, BTreeSet};

use kith_testkit::Answer;
use kith_types::{Clock, SystemClock};
use kith_world::people::{Person, text};
use kith_world::world::World;
use reqwest::Method;
use serde_json::{Value, json};

/// An act: how it is done, and against whom.
struct Act {
    /// `METHOD /path`, as the document writes it without `/api/v1`.
    operation: &'static str,
    body: Option<Value>,
    /// What the owner does before it is done to who stands below, so that there is something to be done.
    before: Option<(Method, &'static str)>,
    /// What it gives who stands below; everybody else is refused.
    below: u16,
    /// What it gives if it is done to oneself, where that is one's own affair.
    oneself: Option<u16>,
}

fn act(operation: &'static str, body: Option<Value>, below: u16) -> Act {
    Act {
        operation,
        body,
        before: None,
        below,
        oneself: None,
    }
}

/// Acts about a role: `{role}` and `{target}` are that role, `{user}` is a member below the actor.
fn about_roles() -> Vec<Act> {
    let deny = || json!({"kind": "role", "deny": ["SEND_MESSAGES"]});
    vec![
        act(
            "PATCH /guilds/{guild}/roles",
            Some(json!({"roles": [{"id": "{role}", "position": 1}]})),
            200,
        ),
        act(
            "PATCH /guilds/{guild}/roles/{role}",
            Some(json!({"name": "renamed"})),
            200,
        ),
        act(
            "PATCH /guilds/{guild}/roles/{role}",
            Some(json!({"permissions": ["KICK_MEMBERS"]})),
            200,
        ),
        act("PUT /guilds/{guild}/members/{user}/roles/{role}", None, 204),
        act(
            "DELETE /guilds/{guild}/members/{user}/roles/{role}",
            None,
            204,
        ),
        act(
            "PUT /channels/{channel}/overwrites/{target}",
            Some(deny()),
            204,
        ),
        act(
            "PUT /channels/{channel}/overwrites/{target}",
            Some(json!({"kind": "role", "allow": ["MANAGE_MESSAGES"]})),
            204,
        ),
        act("DELETE /channels/{channel}/overwrites/{target}", None, 204),
        // The last: then it is gone.
        act("DELETE /guilds/{guild}/roles/{role}", None, 204),
    ]
}

/// Acts about a member: `{user}` and `{target}` are that member, `{role}` is a role below the actor's.
fn about_members() -> Vec<Act> {
    let deny = || json!({"kind": "member", "deny": ["SEND_MESSAGES"]});
    let in_an_hour = SystemClock.now().plus_seconds(3600);
    vec![
        Act {
            oneself: Some(200),
            ..act(
                "PATCH /guilds/{guild}/members/{user}",
                Some(json!({"nick": "renamed"})),
                200,
            )
        },
        act(
            "PATCH /guilds/{guild}/members/{user}",
            Some(json!({"timed_out_until": null})),
            200,
        ),
        act(
            "PATCH /guilds/{guild}/members/{user}",
            Some(json!({"timed_out_until": in_an_hour})),
            200,
        ),
        act("PUT /guilds/{guild}/members/{user}/roles/{role}", None, 204),
        act(
            "DELETE /guilds/{guild}/members/{user}/roles/{role}",
            None,
            204,
        ),
        act(
            "PUT /channels/{channel}/overwrites/{target}",
            Some(deny()),
            204,
        ),
        act(
            "PUT /channels/{channel}/overwrites/{target}",
            Some(json!({"kind": "member", "allow": ["MANAGE_MESSAGES"]})),
            204,
        ),
        act("DELETE /channels/{channel}/overwrites/{target}", None, 204),
        act(
            "PATCH /guilds/{guild}/voice/{user}",
            Some(json!({"mute": true})),
            204,
        ),
        act(
            "PATCH /guilds/{guild}/voice/{user}",
            Some(json!({"deaf": true})),
            204,
        ),
        act(
            "PATCH /guilds/{guild}/voice/{user}",
            Some(json!({"channel_id": "{room}"})),
            204,
        ),
        act("DELETE /guilds/{guild}/voice/{user}", None, 204),
        act("DELETE /guilds/{guild}/members/{user}", None, 204),
        act("PUT /guilds/{guild}/bans/{user}", Some(json!({})), 204),
        Act {
            before: Some((Method::PUT, "/guilds/{guild}/bans/{user}")),
            ..act("DELETE /guilds/{guild}/bans/{user}", None, 204)
        },
    ]
}

/// What stands in the place of a path's or body's parameters.
type Places = BTreeMap<&'static str, String>;

fn fill(text: &str, places: &Places) -> String {
    places.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}

async fn send(
    world: &World,
    who: &Person,
    (method, path, body): (Method, &str, Option<&Value>),
    places: &Places,
) -> Answer {
    let client = if path.contains("/voice/") {
        world.media(0, who)
    } else {
        who.client().clone()
    };
    let body = body.map(|body| {
        serde_json::from_str::<Value>(&fill(&body.to_string(), places)).expect("it stays JSON")
    });
    let path = format!("/api/v1{}", fill(path, places));
    client.send(method, &path, body.as_ref()).await
}

/// Whether a change names a role or a member whom it is about: in its path, or in its body.
fn names_somebody(document: &Value, method: &str, path: &str, operation: &Value) -> bool {
    if method == "get" || path.starts_with("/users/@me") {
        return false;
    }
    let in_path = ["{user}", "{role}", "{target}"];
    if in_path.iter().any(|name| path.contains(name)) {
        return true;
    }
    let content = &operation["requestBody"]["content"]["application/json"];
    let reference = content["schema"]["$ref"].as_str().unwrap_or_default();
    let schema = document.pointer(reference.trim_start_matches('#'));
    let fields = schema.and_then(|schema| schema["properties"].as_object());
    fields.into_iter().flatten().any(|(field, _)| {
        let about = ["role", "overwrite", "member", "user_id", "owner"];
        about.iter().any(|part| field.contains(part))
    })
}

/// Every operation that is an act about a role or a member has a row, and every row an operation.
async fn compare(world: &World, rows: &BTreeSet<String>) {
    let answer = world.api(0).get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, 200);
    let document = &answer.body;
    let mut served = BTreeSet::new();
    for (path, methods) in document["paths"]
        .as_object()
        .expect("the document has paths")
    {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        for (method, operation) in methods.as_object().expect("a path has methods") {
            if names_somebody(document, method, path, operation) {
                served.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    let missing: Vec<_> = served.difference(rows).collect();
    assert!(missing.is_empty(), "these acts have no row: {missing:?}");
    let gone: Vec<_> = rows.difference(&served).collect();
    assert!(gone.is_empty(), "these rows are no act: {gone:?}");
}

/// A guild with an actor and those whom they may and may not act on.
struct Stage {
    owner: Person,
    actor: Person,
    guild: String,
    places: Places,
    /// Who it is, the member, and their highest role.
    above: Vec<(&'static str, Person, String)>,
}

async fn stage(world: &World) -> Stage {
    let owner = world.person("owner").await;
    let (guild, channel) = owner.create_guild("Ranks").await;
    let rights = [
        "MANAGE_ROLES",
        "MANAGE_CHANNELS",
        "KICK_MEMBERS",
        "BAN_MEMBERS",
        "MODERATE_MEMBERS",
        "MANAGE_NICKNAMES",
        "CHANGE_NICKNAME",
        "MANAGE_MESSAGES",
        "MUTE_MEMBERS",
        "DEAFEN_MEMBERS",
        "MOVE_MEMBERS",
        "MANAGE_GUILD",
        "VIEW_CHANNEL",
        "SEND_MESSAGES",
        "CONNECT",
    ];
    // The later a role is made, the lower it stands.
    let crown = owner.create_role(&guild, "crown", &[]).await;
    let higher = owner.create_role(&guild, "higher", &[]).await;
    let keeper = owner.create_role(&guild, "keeper", &rights).await;
    let gift = owner.create_role(&guild, "gift", &[]).await;
    owner.assign(&guild, owner.id(), &crown).await.expect(204);
    let mut people = Vec::new();
    for (name, role) in [("actor", &keeper), ("equal", &keeper), ("higher", &higher)] {
        let person = world.person(name).await;
        owner.bring(&guild, &person).await;
        owner.assign(&guild, person.id(), role).await.expect(204);
        people.push(person);
    }
    let [actor, equal, above] = people.try_into().ok().expect("three were made");
    let path = format!("/api/v1/guilds/{guild}/channels");
    let mut rooms = Vec::new();
    for name in ["room", "other room"] {
        let body = json!({"name": name, "kind": "voice"});
        rooms.push(text(
            &owner.client().post(&path, &body).await.expect(201)["id"],
        ));
    }
    let places = BTreeMap::from([
        ("{guild}", guild.clone()),
        ("{channel}", channel),
        ("{room}", rooms[1].clone()),
        ("{role}", gift),
    ]);
    Stage {
        above: vec![
            ("oneself", actor.clone(), keeper.clone()),
            ("an equal", equal, keeper),
            ("somebody higher", above, higher),
            ("the owner", owner.clone(), crown),
        ],
        owner,
        actor,
        guild,
        places,
    }
}

/// Everybody is in the first voice channel, and the text channel names every member and every role. Nobody could do that
/// through the api, for all of them.
async fn set_the_scene(world: &World) {
    world
        .execute(
            "INSERT INTO voice_states (user_id, guild_id, channel_id, connection_id, session_id, participant,
                 self_mute, self_deaf, suppress, asked_at, joined_at)
             SELECT members.user_id, members.guild_id, channels.id, gen_random_uuid(), sessions.id, 'x',
                 false, false, false, now(), now()
             FROM members JOIN channels ON channels.guild_id = members.guild_id AND channels.name = 'room'
             JOIN LATERAL (SELECT id FROM sessions WHERE user_id = members.user_id LIMIT 1) AS sessions ON true
             ON CONFLICT DO NOTHING",
        )
        .await;
    world
        .execute(
            "INSERT INTO overwrites (channel_id, target_id, target_kind, allow, deny)
             SELECT channels.id, named.id, named.kind, 0, 0
             FROM channels JOIN (
                 SELECT guild_id, user_id AS id, 1 AS kind FROM members
                 UNION ALL SELECT guild_id, id, 0 FROM roles
             ) AS named ON named.guild_id = channels.guild_id
             WHERE channels.kind = 0 ON CONFLICT DO NOTHING",
        )
        .await;
}

/// The role and the member of whom an act is, and what an overwrite is about.
#[derive(Clone, Copy)]
struct Target<'a> {
    user: &'a str,
    role: &'a str,
    overwrite: &'a str,
}

impl Stage {
    fn with(&self, target: Target<'_>) -> Places {
        let mut places = self.places.clone();
        places.insert("{user}", target.user.to_owned());
        places.insert("{role}", target.role.to_owned());
        places.insert("{target}", target.overwrite.to_owned());
        places
    }

    /// What the actor is answered.
    async fn perform(&self, world: &World, act: &Act, target: Target<'_>) -> Answer {
        let (method, path) = act.operation.split_once(' ').expect("METHOD /path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = (method, path, act.body.as_ref());
        send(world, &self.actor, request, &self.with(target)).await
    }

    /// The same, after what the owner does before.
    async fn perform_below(&self, world: &World, act: &Act, target: Target<'_>) -> Answer {
        if let Some((method, path)) = &act.before {
            let (request, body) = (method.clone(), json!({}));
            let places = self.with(target);
            let done = send(world, &self.owner, (request, path, Some(&body)), &places).await;
            done.expect(204);
        }
        self.perform(world, act, target).await
    }
}

fn complain(act: &Act, to: &str, answer: &Answer) -> String {
    let (operation, body) = (act.operation, &act.body);
    format!(
        "{operation} {body:?} to {to}: {} {}",
        answer.status, answer.body
    )
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == 403 && answer.body["error"]["code"] == "ROLE_HIERARCHY"
}

#[tokio::test]
async fn nobody_acts_on_a_role_or_a_member_who_is_not_below_them() {
    let world = World::builder().medias(1).start().await;
    let (roles, members) = (about_roles(), about_members());
    let rows = roles.iter().chain(&members);
    compare(&world, &rows.map(|act| act.operation.to_owned()).collect()).await;
    let stage = stage(&world).await;
    let low = world.person("low").await;
    stage.owner.bring(&stage.guild, &low).await;
    let gift = stage.places["{role}"].clone();
    set_the_scene(&world).await;
    let mut wrong = Vec::new();

    for (who, person, role) in &stage.above {
        for act in &roles {
            let (user, overwrite) = (low.id(), role);
            let target = Target {
                user,
                role,
                overwrite,
            };
            let answer = stage.perform(&world, act, target).await;
            if !is_refused(&answer) {
                wrong.push(complain(act, &format!("the role of {who}"), &answer));
            }
        }
        for act in &members {
            let (user, role, overwrite) = (person.id(), &gift, person.id());
            let target = Target {
                user,
                role,
                overwrite,
            };
            let answer = stage.perform(&world, act, target).await;
            let own = act.oneself.filter(|_| *who == "oneself");
            if own.map_or(!is_refused(&answer), |status| answer.status != status) {
                wrong.push(complain(act, who, &answer));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.finish().await;
}

#[tokio::test]
async fn the_same_acts_reach_every_role_and_member_below() {
    let world = World::builder().medias(1).start().await;
    let stage = stage(&world).await;
    let mut wrong = Vec::new();
    for (index, act) in about_roles().iter().enumerate() {
        let low = world.person(&format!("low{index}")).await;
        stage.owner.bring(&stage.guild, &low).await;
        let role = stage.owner.create_role(&stage.guild, "low", &[]).await;
        set_the_scene(&world).await;
        let (user, role, overwrite) = (low.id(), &role, &role);
        let target = Target {
            user,
            role,
            overwrite,
        };
        let answer = stage.perform_below(&world, act, target).await;
        if answer.status != act.below {
            wrong.push(complain(act, "a role below", &answer));
        }
    }
    let gift = stage.places["{role}"].clone();
    for (index, act) in about_members().iter().enumerate() {
        let low = world.person(&format!("lower{index}")).await;
        stage.owner.bring(&stage.guild, &low).await;
        set_the_scene(&world).await;
        let (user, role, overwrite) = (low.id(), &gift, low.id());
        let target = Target {
            user,
            role,
            overwrite,
        };
        let answer = stage.perform_below(&world, act, target).await;
        if answer.status != act.below {
            wrong.push(complain(act, "a member below", &answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.finish().await;
}
