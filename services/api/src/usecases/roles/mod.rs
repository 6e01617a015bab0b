//! Roles: what they allow, their order, who has them.

mod assign;
mod create;
mod delete;
mod list;
mod order;
mod reorder;
mod tell;
mod update;

pub(crate) use assign::{assign, unassign};
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use list::list;
pub(crate) use reorder::reorder;
pub(crate) use update::update;

use kith_types::{GuildId, RoleId};
use kith_wire::Role;

use crate::Failure;

/// The role of a list with this id.
fn find(roles: &[Role], id: RoleId) -> Result<&Role, Failure> {
    roles
        .iter()
        .find(|role| role.id == id)
        .ok_or_else(Failure::not_found)
}

/// Refuses the everyone role for what cannot be done with it.
fn not_everyone(guild: GuildId, role: RoleId) -> Result<(), Failure> {
    if role == guild.everyone() {
        return Err(Failure::field(
            "role",
            "the everyone role stays as it is: everybody has it",
        ));
    }
    Ok(())
}

/// Refuses what is no colour.
fn check_color(color: Option<i32>) -> Result<(), Failure> {
    match color {
        Some(color) if !(0..=0x00FF_FFFF).contains(&color) => Err(Failure::field(
            "color",
            "must be from 0 to 16777215 (0xRRGGBB)",
        )),
        _ => Ok(()),
    }
}
