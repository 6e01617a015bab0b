//! What carries a message is bounded by what a message may be.

use kith_types::{DisplayName, FileName, MessageText, Username};
use kith_wire::{
    Attachment, FileStatus, MESSAGE_BYTES, Message, MessageKind, PAGE_BYTES, User, UserKind,
    json_bytes,
};

/// The longest of what `parse` takes, made of a piece again and again: JSON writes some characters with two bytes.
fn longest<T>(most: usize, bytes: usize, parse: impl Fn(&str) -> Option<T>) -> T {
    let cluster = format!("\"{}", "\u{301}".repeat(3));
    let text: String = cluster.repeat(most).chars().collect();
    let mut text: String = text.chars().take(bytes).collect();
    while text.len() > bytes {
        text.pop();
    }
    parse(&text).expect("it is within its bounds")
}

#[test]
fn the_largest_message_that_can_be_written_has_its_place_on_a_page() {
    let id = "01M7X094NF15018JC8E57M87Z4";
    let content = longest(MessageText::MAX, MessageText::MAX_BYTES, |text| {
        MessageText::parse(text).ok()
    });
    assert!(content.as_str().len() > MessageText::MAX_BYTES / 8 * 7 - 8);
    let filename = FileName::of(&"\u{1F1E9}\u{1F1EA}".repeat(FileName::MAX));
    let display_name = longest(DisplayName::MAX, DisplayName::MAX_BYTES, |text| {
        DisplayName::parse(text).ok()
    });
    let attachment = Attachment {
        id: id.parse().unwrap(),
        filename: filename.into_string(),
        content_type: "application/".to_owned() + &"x".repeat(100),
        size: i64::MAX,
        status: FileStatus::Processing,
        width: Some(i32::MAX),
        height: Some(i32::MAX),
        thumbhash: Some("x".repeat(64)),
    };
    let message = Message {
        id: id.parse().unwrap(),
        channel_id: id.parse().unwrap(),
        guild_id: Some(id.parse().unwrap()),
        seq: i64::MAX,
        kind: MessageKind::Text,
        author: User {
            id: id.parse().unwrap(),
            username: Username::parse(&"a".repeat(32)).unwrap().into_string(),
            display_name: display_name.into_string(),
            kind: UserKind::Human,
            home: "a".repeat(253),
            avatar: Some(id.parse().unwrap()),
        },
        content: content.into_string(),
        mentions: vec![id.parse().unwrap(); 100],
        mention_roles: vec![id.parse().unwrap(); 100],
        mention_everyone: false,
        attachments: vec![attachment; 10],
        created_at: "2026-12-05T10:00:00.123Z".parse().unwrap(),
        edited_at: Some("2026-12-05T10:00:00.123Z".parse().unwrap()),
        deleted_at: None,
        nonce: Some("n".repeat(25)),
    };
    let bytes = json_bytes(&message);
    assert!(bytes <= MESSAGE_BYTES, "{bytes} bytes");
    assert_eq!(bytes, serde_json::to_vec(&message).unwrap().len());
    const { assert!(2 * MESSAGE_BYTES <= PAGE_BYTES) };
}
