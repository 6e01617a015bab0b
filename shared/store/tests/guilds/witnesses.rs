use kith_events::Aggregate;
use kith_policy::{BanMembers, ManageGuild, ManageRoles};
use kith_store::{StoreError, bans, guilds, roles};
use kith_types::{GuildName, UserId};

use crate::place::Place;

#[tokio::test]
async fn a_right_from_before_a_change_of_rights_writes_nothing() {
    let place = Place::new().await;
    let granted = place.granted::<ManageGuild>().await;
    let mut work = place.begin().await;
    work.raise_access(place.guild).unwrap();
    work.commit().await.unwrap().hand_over(drop);

    let mut work = place.begin().await;
    let name = GuildName::parse("Stolen").unwrap();
    let refused = guilds::rename(&mut work, &granted, &name).await;
    assert!(matches!(refused, Err(StoreError::AccessChanged)));
    let granted = place.granted::<ManageGuild>().await;
    guilds::rename(&mut work, &granted, &name).await.unwrap();
}

#[tokio::test]
async fn a_right_in_one_guild_writes_nothing_in_another() {
    let place = Place::new().await;
    let other = Place::new().await;
    let granted = other.granted::<ManageGuild>().await;
    let mut work = place.begin().await;
    let name = GuildName::parse("Stolen").unwrap();
    let refused = guilds::rename(&mut work, &granted, &name).await;
    assert!(matches!(refused, Err(StoreError::NotLocked(_))));
}

#[tokio::test]
async fn nobody_is_banned_who_does_not_exist() {
    let place = Place::new().await;
    let granted = place.granted::<BanMembers>().await;
    let mut work = place.begin().await;
    let nobody = work.mint().unwrap();
    let refused = bans::put(&mut work, &granted, nobody, None)
        .await
        .unwrap_err();
    assert_eq!(refused.constraint(), Some("bans_user_id_fkey"));
}

#[tokio::test]
async fn two_roles_at_one_position_are_not_committed() {
    let place = Place::new().await;
    let granted = place.granted::<ManageRoles>().await;
    let mut work = place.begin().await;
    let everyone = roles::list(work.tx(), place.guild).await.unwrap().remove(0);
    for name in ["a", "b"] {
        let role = kith_wire::Role {
            id: work.mint().unwrap(),
            name: name.to_owned(),
            position: 1,
            ..everyone.clone()
        };
        roles::create(&mut work, &granted, &role).await.unwrap();
    }
    let Err(refused) = work.commit().await else {
        panic!("it was committed");
    };
    assert_eq!(refused.constraint(), Some("roles_guild_id_position_key"));
}

#[tokio::test]
async fn a_person_named_by_the_id_of_a_guild_waits_for_nobody() {
    let place = Place::new().await;
    let impostor = UserId::from(place.guild.uuid());
    let aggregates = [Aggregate::User(impostor), Aggregate::Guild(place.guild)];
    let begun = place.store.begin(&aggregates).await;
    assert!(matches!(begun.err(), Some(StoreError::Gone)));
}
