//! Tests of the chat through in-process clients.

use std::time::Duration;

use switchboard::testing::{Client, ConnectRefused, TestServer};

use super::*;

fn chat() -> TestServer {
    TestServer::new(Server::new().namespace(Chat::default()))
}

async fn knock(chat: &TestServer, name: &str) -> Result<Client<Chat>, ConnectRefused> {
    chat.client(name).auth(&Card { name: name.to_owned() }).connect().await
}

/// Connects a client under this name.
async fn enter(chat: &TestServer, name: &str) -> Client<Chat> {
    knock(chat, name).await.unwrap()
}

async fn join(person: &Client<Chat>, channel: Channel) -> Vec<String> {
    let history: Vec<Message> = person.call("join", (channel,)).await.unwrap();
    history.into_iter().map(|message| message.text).collect()
}

fn draft(text: &str) -> Draft {
    Draft { id: format!("draft of {text:.20}"), text: text.to_owned() }
}

async fn say(person: &Client<Chat>, channel: Channel, text: &str) -> Message {
    person.call("say", (channel, draft(text))).await.unwrap()
}

/// Connects Ann and Bob, who join the lobby, and Cid, who does not. Discards the events that this causes.
async fn three() -> (TestServer, [Client<Chat>; 3]) {
    let chat = chat();
    let people = [enter(&chat, "Ann").await, enter(&chat, "Bob").await, enter(&chat, "Cid").await];
    for person in &people[..2] {
        join(person, Channel::Lobby).await;
    }
    for person in &people {
        person.forget().await;
    }
    (chat, people)
}

#[tokio::test(start_paused = true)]
async fn who_comes_is_told_who_is_here_and_the_others_that_somebody_came() {
    let chat = chat();
    let ann = enter(&chat, "Ann").await;
    join(&ann, Channel::Music).await;
    ann.forget().await;

    let bob = enter(&chat, "Bob").await;
    let Welcome(mut here) = bob.expect_next().await;
    here.sort_by(|a, b| a.person.name.cmp(&b.person.name));
    let here: Vec<_> = here.into_iter().map(|presence| (presence.person.name, presence.channels)).collect();
    assert!(here == [("Ann".to_owned(), [Channel::Music].into()), ("Bob".to_owned(), [].into())]);
    bob.expect_nothing().await;

    let presence: Presence = ann.expect().await;
    assert_eq!((&*presence.person.name, &*presence.person.id), ("Bob", bob.id()));
    ann.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_name_has_to_be_one() {
    let chat = chat();
    for name in ["", "   ", &"x".repeat(LONGEST_NAME + 1)] {
        let refused = knock(&chat, name).await.unwrap_err();
        assert_eq!(refused.message(), "A name has 1 to 24 characters.");
    }
    let ann = enter(&chat, "  Ann ").await;
    assert_eq!(ann.socket().session().name, "Ann");
    let refused = chat.client::<Chat>("somebody").connect().await.unwrap_err();
    assert_eq!(refused.message(), "auth: missing field `name`");
    chat.settle().await;
    assert_eq!(chat.client_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_reaches_the_channel_and_not_its_author() {
    let (chat, [ann, bob, cid]) = three().await;
    let said = say(&ann, Channel::Lobby, "Hello").await;

    let heard: Message = bob.expect_next().await;
    assert_eq!((&*heard.text, &*heard.from.name, heard.at), ("Hello", "Ann", said.at));
    for person in [&ann, &bob, &cid] {
        person.expect_nothing().await;
    }
    let message = chat.emitted_once::<Chat, Message>().await;
    assert_eq!((message.rooms, message.receivers), (vec!["lobby".to_owned()], vec!["Bob".to_owned()]));
    assert_eq!(message.sender.as_deref(), Some("Ann"));
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_reads_what_was_said() {
    let (_chat, [ann, bob, cid]) = three().await;
    for number in 0..=HISTORY {
        say(&ann, Channel::Lobby, &number.to_string()).await;
    }
    let history = join(&cid, Channel::Lobby).await;
    assert_eq!((history.len(), &*history[0], &*history[HISTORY - 1]), (HISTORY, "1", "100"));
    assert!(join(&bob, Channel::Music).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_sent_twice_is_said_once() {
    let (chat, [ann, bob, _cid]) = three().await;
    let said = say(&ann, Channel::Lobby, "once").await;
    // The connection breaks before the acknowledgement arrives.
    ann.cut();
    assert_eq!(ann.expect_disconnect().await, DisconnectReason::TransportClose);
    let again = enter(&chat, "Ann").await;
    assert_eq!(say(&again, Channel::Lobby, "once").await.at, said.at);
    bob.expect::<Message>().await;
    bob.expect_no::<Message>().await;
}

#[tokio::test(start_paused = true)]
async fn a_whisper_is_for_one() {
    let (_chat, [ann, bob, cid]) = three().await;
    let _: Private = ann.call("whisper", (cid.id(), draft("psst"))).await.unwrap();
    assert_eq!(cid.expect::<Private>().await.text, "psst");
    bob.expect_nothing().await;
    // A room's name is not a valid recipient.
    for address in ["lobby", "nobody"] {
        let refused = ann.call::<RawJson>("whisper", (address, draft("psst"))).await.unwrap_err();
        assert_eq!(refused.error::<Refusal>().message, "They are not here any more.");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_is_refused() {
    let (chat, [ann, bob, _cid]) = three().await;
    let long = Draft { id: "x".repeat(LONGEST_ID + 1), text: "hello".to_owned() };
    for (draft, reason) in [
        (draft(" \n"), "There is nothing in this message."),
        (draft(&"x".repeat(LONGEST_TEXT + 1)), "A message has at most 1000 characters."),
        (long, "The message's id is too long."),
    ] {
        let refused = ann.call::<RawJson>("say", (Channel::Lobby, draft)).await.unwrap_err();
        assert_eq!(refused.message(), reason);
    }
    bob.expect_nothing().await;
    assert_eq!(chat.failures().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_types_is_seen_in_the_channel_only() {
    let (_chat, [ann, bob, cid]) = three().await;
    bob.send("write", (Channel::Lobby,));
    assert_eq!(ann.expect_next::<Typing>().await.person.id, bob.id());
    bob.expect_nothing().await;
    cid.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_a_channel_hears_nothing_more_of_it() {
    let (_chat, [ann, bob, cid]) = three().await;
    bob.call::<()>("leave", (Channel::Lobby,)).await.unwrap();
    bob.assert_not_in(Channel::Lobby).await;
    ann.assert_in(Channel::Lobby).await;
    for person in [&ann, &bob, &cid] {
        assert!(person.expect_next::<Presence>().await.channels.is_empty());
    }
    say(&ann, Channel::Lobby, "Are you there?").await;
    bob.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn everybody_hears_of_a_connection_that_ends() {
    let (chat, [ann, bob, cid]) = three().await;
    bob.stop_heartbeat();
    chat.advance(Duration::from_secs(25 + 20)).await;
    assert_eq!(bob.expect_disconnect().await, DisconnectReason::PingTimeout);
    for person in [&ann, &cid] {
        assert_eq!(person.expect_next::<Gone>().await.0, bob.id());
        person.expect_nothing().await;
    }
}
