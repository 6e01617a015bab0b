//! The stage on which people act: accounts, guilds with channels, and direct messages.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kith_testkit::Client;
use serde_json::json;

use crate::actors::Stage;
use crate::ledger::{Ledger, Place};
use crate::model::{Door, Rights, Who};
use crate::rights::Domain;
use kith_world::people::{Person, text};

/// How many people take part.
pub(crate) const PEOPLE: usize = RESIDENTS + 2;
/// So many of them are in everything at first, and never leave the last guild. The first own guilds whose rights change, where
/// the one after them comes and goes too.
pub(crate) const RESIDENTS: usize = 6;
/// The last of them is never in anything.
pub(crate) const OUTSIDER: Who = PEOPLE - 1;
/// Guilds whose rights change, and their channels.
const DOMAINS: usize = 2;
const CHANNELS: usize = 3;

/// Where people go.
pub(crate) struct Doors {
    /// The processes of api.
    pub(crate) apis: Vec<Client>,
    /// Those of media; without any, nobody sends files.
    pub(crate) medias: Vec<Client>,
    /// Whether search is there.
    pub(crate) searches: bool,
}

/// Guilds and places to talk in, for [`PEOPLE`] people; the residents are in everything, and nothing has been said.
pub(crate) async fn set_up(people: Vec<Person>, doors: Doors) -> (Stage, Vec<Domain>) {
    let (mut places, mut rights, mut domains) = (Vec::new(), Vec::new(), Vec::new());
    let mut guilds = Vec::new();
    for index in 0..=DOMAINS {
        let owner = &people[index];
        let (guild, first) = owner.create_guild(&format!("Guild {index}")).await;
        let mut channels = vec![first];
        for number in 1..CHANNELS {
            channels.push(
                owner
                    .create_channel(&guild, &format!("room-{number}"))
                    .await,
            );
        }
        let role = owner.create_role(&guild, "keeper", &[]).await;
        // The last channel is one that the special role sees whatever everyone may.
        let last = channels.last().expect("there are some");
        let path = format!("/api/v1/channels/{last}/overwrites/{role}");
        let body = json!({"kind": "role", "allow": ["VIEW_CHANNEL"]});
        owner.client().put(&path, &body).await.expect(204);
        let invite = owner.invite(&guild, json!({})).await;
        let others = people[..RESIDENTS].iter();
        for person in others.filter(|person| person.id() != owner.id()) {
            person.accept(&invite).await.expect(200);
        }
        guilds.push(guild.clone());
        let door = |channel: &String| {
            let door = Door {
                keepers: channel == last,
                ..Door::default()
            };
            (channel.clone(), door)
        };
        rights.push(Rights {
            owner: index,
            members: (0..RESIDENTS).collect(),
            doors: channels.iter().map(door).collect(),
            ..Rights::default()
        });
        places.extend(channels.iter().map(|channel| Place {
            channel: channel.clone(),
            guild: Some(index),
            pair: None,
        }));
        if index < DOMAINS {
            domains.push(Domain {
                index,
                owner: index,
                id: guild,
                channels,
                role,
                invite,
            });
        }
    }
    for pair in [(0, 3), (4, 5)] {
        let body = json!({"recipient_id": people[pair.1].id()});
        let opened = people[pair.0]
            .client()
            .post("/api/v1/users/@me/channels", &body)
            .await;
        places.push(Place {
            channel: text(&opened.expect(201)["id"]),
            guild: None,
            pair: Some(pair),
        });
    }
    let stage = Stage {
        ledger: Arc::new(Ledger::new(places, guilds, rights)),
        people: people.into(),
        apis: doors.apis.into(),
        medias: doors.medias.into(),
        searches: doors.searches,
        stop: Arc::new(AtomicBool::new(false)),
    };
    (stage, domains)
}
