//! The rules of the house, applied to this workspace. How each can fail stands beside it in `src/`.

use std::sync::LazyLock;

use kith_architecture::{
    Workspace, crates_are_documented, dependencies_go_down_the_ranks, engine_crates_have_one_owner,
    files_are_short, keys_are_read, manifests_inherit_from_the_workspace, names_say_something,
    no_test_is_left_out, sql_stands_in_the_store,
};

static WORKSPACE: LazyLock<Workspace> =
    LazyLock::new(|| Workspace::read().expect("cargo and git describe the workspace"));

#[track_caller]
fn nothing_is_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_dependency_goes_down_the_ranks() {
    nothing_is_wrong(&dependencies_go_down_the_ranks(&WORKSPACE.crates));
}

#[test]
fn every_engine_crate_has_one_owner() {
    nothing_is_wrong(&engine_crates_have_one_owner(&WORKSPACE.crates));
}

#[test]
fn every_manifest_inherits_from_the_workspace() {
    nothing_is_wrong(&manifests_inherit_from_the_workspace(&WORKSPACE.crates));
}

#[test]
fn every_crate_begins_with_what_it_is_for() {
    nothing_is_wrong(&crates_are_documented(&WORKSPACE.crates, &WORKSPACE.files));
}

#[test]
fn every_file_is_short_enough_for_one_subject() {
    nothing_is_wrong(&files_are_short(&WORKSPACE.files));
}

#[test]
fn every_name_says_something() {
    nothing_is_wrong(&names_say_something(&WORKSPACE.files));
}

#[test]
fn no_test_in_the_workspace_is_left_out() {
    nothing_is_wrong(&no_test_is_left_out(&WORKSPACE.files));
}

#[test]
fn all_sql_stands_in_the_store() {
    nothing_is_wrong(&sql_stands_in_the_store(&WORKSPACE.files));
}

#[test]
fn every_key_of_the_configuration_is_read_by_somebody() {
    let example = include_str!("../../../config/kith.example.toml");
    nothing_is_wrong(&keys_are_read(example, &WORKSPACE.files));
}
