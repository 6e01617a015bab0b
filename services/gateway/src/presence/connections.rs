use std::collections::HashMap;
use std::sync::Mutex;

use kith_events::rpc::Connected;
use kith_types::UserId;
use kith_wire::{ChosenStatus, PresenceSettings};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// How many ends may wait to be told. More are found out by the silence about them.
const ENDS: usize = 10_000;

/// All connections of this process whose user is known, with their epochs. What presence forgets, it learns from here.
#[derive(Default)]
pub(crate) struct Connections {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    users: HashMap<UserId, Person>,
    connections: HashMap<u64, Connection>,
    ended: Vec<Connected>,
    /// The last epoch that was given out. It starts with this process and is never read from anywhere.
    epoch: u64,
}

/// What somebody has chosen for all of their devices.
struct Person {
    chosen: PresenceSettings,
    /// The account's `rev` that it is from.
    rev: i64,
    connections: Vec<u64>,
}

struct Connection {
    user: UserId,
    /// Grows with every change, also when a client begins anew on the same connection.
    epoch: u64,
    /// What this connection says of itself; none: what is chosen for all.
    own: Option<ChosenStatus>,
    /// Whether presence has not been told yet.
    changed: bool,
}

impl Connections {
    /// A connection is somebody's.
    pub(crate) fn begin(&self, id: u64, user: UserId, chosen: PresenceSettings, rev: i64) {
        self.change(|state| {
            state.end(id);
            state.choose(user, chosen.clone(), rev);
            let epoch = state.next_epoch();
            let person = state.users.entry(user).or_insert_with(|| Person {
                chosen,
                rev,
                connections: Vec::new(),
            });
            person.connections.push(id);
            let connection = Connection {
                user,
                epoch,
                own: None,
                changed: true,
            };
            state.connections.insert(id, connection);
            true
        });
    }

    /// Somebody has chosen something else for all of their devices. What single ones said before does not count any more.
    pub(crate) fn choose(&self, user: UserId, chosen: PresenceSettings, rev: i64) {
        self.change(|state| state.choose(user, chosen, rev));
    }

    /// A connection says something of itself.
    pub(crate) fn set(&self, id: u64, own: Option<ChosenStatus>) {
        self.change(|state| {
            let known = state.connections.get_mut(&id);
            let Some(connection) = known.filter(|it| it.own != own) else {
                return false;
            };
            connection.own = own;
            state.touch(id);
            true
        });
    }

    /// A connection has ended.
    pub(crate) fn end(&self, id: u64) {
        self.change(|state| state.end(id));
    }

    /// Ready when something has changed since the last time.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// What has changed since the last time.
    pub(crate) fn take_changed(&self) -> Vec<Connected> {
        self.take(|connection| connection.changed)
    }

    /// Everything.
    pub(crate) fn take_all(&self) -> Vec<Connected> {
        self.take(|_| true)
    }

    /// Some of what was taken could not be told.
    pub(crate) fn put_back(&self, untold: Vec<Connected>) {
        self.change(|state| {
            let any = !untold.is_empty();
            for it in untold {
                if it.status.is_none() {
                    if state.ended.len() < ENDS {
                        state.ended.push(it);
                    }
                } else if let Some(connection) = state.connections.get_mut(&it.connection) {
                    connection.changed = true;
                }
            }
            any
        });
    }

    fn take(&self, wanted: impl Fn(&Connection) -> bool) -> Vec<Connected> {
        let mut state = self.state.lock().expect("no code panics inside");
        let mut told = std::mem::take(&mut state.ended);
        let here = state.connections.iter().filter(|(_, it)| wanted(it));
        told.extend(here.map(|(id, connection)| state.told(*id, connection)));
        for connection in state.connections.values_mut() {
            connection.changed = false;
        }
        told
    }

    /// `act` says whether there is something to tell.
    fn change(&self, act: impl FnOnce(&mut State) -> bool) {
        if act(&mut self.state.lock().expect("no code panics inside")) {
            self.changed.notify_one();
        }
    }
}

impl State {
    fn next_epoch(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// Something about a connection has changed.
    fn touch(&mut self, id: u64) {
        let epoch = self.next_epoch();
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.epoch = epoch;
            connection.changed = true;
        }
    }

    fn end(&mut self, id: u64) -> bool {
        self.touch(id);
        let Some(connection) = self.connections.remove(&id) else {
            return false;
        };
        let ended = Connected {
            status: None,
            ..self.told(id, &connection)
        };
        if self.ended.len() < ENDS {
            self.ended.push(ended);
        }
        if let Some(person) = self.users.get_mut(&connection.user) {
            person.connections.retain(|it| *it != id);
            if person.connections.is_empty() {
                self.users.remove(&connection.user);
            }
        }
        true
    }

    fn choose(&mut self, user: UserId, chosen: PresenceSettings, rev: i64) -> bool {
        let known = self.users.get_mut(&user).filter(|it| it.rev < rev);
        let Some(person) = known else { return false };
        person.rev = rev;
        if person.chosen == chosen {
            return false;
        }
        let status = person.chosen.status != chosen.status;
        person.chosen = chosen;
        for id in person.connections.clone() {
            if status && let Some(connection) = self.connections.get_mut(&id) {
                connection.own = None;
            }
            self.touch(id);
        }
        true
    }

    fn told(&self, id: u64, connection: &Connection) -> Connected {
        let person = self.users.get(&connection.user);
        let chosen = person.map_or(ChosenStatus::default(), |it| it.chosen.status);
        let status = match chosen {
            // Who hides is not betrayed by a device that thinks otherwise.
            ChosenStatus::Invisible => ChosenStatus::Invisible,
            chosen => connection.own.unwrap_or(chosen),
        };
        Connected {
            connection: id,
            user: connection.user,
            epoch: connection.epoch,
            status: Some(status),
            custom_status: person.and_then(|it| it.chosen.custom_status.clone()),
            rev: person.map_or(-1, |it| it.rev),
        }
    }
}

#[cfg(test)]
mod tests {
    use kith_wire::CustomStatus;
    use uuid::Uuid;

    use super::*;

    use ChosenStatus::{Dnd, Idle, Invisible, Online};

    fn ada() -> UserId {
        Uuid::from_u128(1).into()
    }

    fn chosen(status: ChosenStatus) -> PresenceSettings {
        PresenceSettings {
            status,
            custom_status: None,
        }
    }

    fn told(connections: &[Connected]) -> Vec<(u64, Option<ChosenStatus>)> {
        let mut told: Vec<_> = connections
            .iter()
            .map(|it| (it.connection, it.status))
            .collect();
        told.sort_by_key(|it| it.0);
        told
    }

    #[test]
    fn a_change_is_told_once_and_everything_again_and_again() {
        let connections = Connections::default();
        connections.begin(1, ada(), chosen(Online), 4);
        connections.begin(2, ada(), chosen(Online), 4);
        let both = [(1, Some(Online)), (2, Some(Online))];
        assert_eq!(told(&connections.take_changed()), both);
        assert_eq!(told(&connections.take_changed()), []);
        assert_eq!(told(&connections.take_all()), both);
        connections.set(2, Some(Idle));
        connections.set(2, Some(Idle));
        assert_eq!(told(&connections.take_changed()), [(2, Some(Idle))]);
        connections.end(1);
        connections.end(1);
        assert_eq!(told(&connections.take_changed()), [(1, None)]);
        assert_eq!(told(&connections.take_all()), [(2, Some(Idle))]);
    }

    #[test]
    fn an_epoch_only_grows_also_when_a_client_begins_anew_on_the_same_connection() {
        let connections = Connections::default();
        let mut last = 0;
        let mut grows = |taken: Vec<Connected>| {
            for it in taken {
                assert!(it.epoch > last, "{} after {last}", it.epoch);
                last = it.epoch;
            }
        };
        connections.begin(1, ada(), chosen(Online), 1);
        grows(connections.take_changed());
        connections.set(1, Some(Idle));
        grows(connections.take_changed());
        connections.begin(1, ada(), chosen(Online), 1);
        let both = connections.take_changed();
        assert_eq!(told(&both), [(1, None), (1, Some(Online))]);
        grows(both);
        connections.end(1);
        grows(connections.take_changed());
        connections.begin(1, ada(), chosen(Online), 1);
        grows(connections.take_changed());
    }

    #[test]
    fn what_is_chosen_counts_for_all_devices_and_an_older_choice_does_not_return() {
        let connections = Connections::default();
        connections.begin(1, ada(), chosen(Online), 4);
        connections.begin(2, ada(), chosen(Online), 4);
        connections.set(1, Some(Idle));
        connections.take_changed();
        connections.choose(ada(), chosen(Dnd), 6);
        let both = [(1, Some(Dnd)), (2, Some(Dnd))];
        assert_eq!(told(&connections.take_changed()), both);
        connections.choose(ada(), chosen(Online), 5);
        // A third device whose log-in read the account a moment before.
        connections.begin(3, ada(), chosen(Online), 5);
        assert_eq!(told(&connections.take_changed()), [(3, Some(Dnd))]);
    }

    #[test]
    fn who_hides_is_hidden_whatever_a_device_says() {
        let connections = Connections::default();
        connections.begin(1, ada(), chosen(Invisible), 1);
        connections.set(1, Some(Online));
        assert_eq!(told(&connections.take_all()), [(1, Some(Invisible))]);
        connections.choose(ada(), chosen(Online), 2);
        connections.set(1, Some(Invisible));
        assert_eq!(told(&connections.take_all()), [(1, Some(Invisible))]);
    }

    #[test]
    fn a_custom_status_goes_with_every_word_and_keeps_what_a_device_says_of_itself() {
        let connections = Connections::default();
        connections.begin(1, ada(), chosen(Online), 1);
        connections.set(1, Some(Idle));
        let words = Some(CustomStatus {
            text: "away".to_owned(),
            expires_at: None,
        });
        let settings = PresenceSettings {
            status: Online,
            custom_status: words.clone(),
        };
        connections.choose(ada(), settings, 2);
        let told = connections.take_all();
        assert_eq!(
            (told[0].status, &told[0].custom_status, told[0].rev),
            (Some(Idle), &words, 2)
        );
    }

    #[test]
    fn what_could_not_be_told_is_told_later_as_it_is_then() {
        let connections = Connections::default();
        connections.begin(1, ada(), chosen(Online), 1);
        connections.begin(2, ada(), chosen(Online), 1);
        connections.end(2);
        let untold = connections.take_changed();
        connections.set(1, Some(Dnd));
        connections.put_back(untold);
        assert_eq!(
            told(&connections.take_changed()),
            [(1, Some(Dnd)), (2, None)]
        );
    }
}
