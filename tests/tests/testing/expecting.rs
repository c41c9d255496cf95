//! Assertions on events that arrive or do not arrive, and the messages of failed assertions.

use switchboard::prelude::*;

use crate::desk::*;

/// An event with the name of `Note` and a different type.
#[event("note")]
#[derive(Debug)]
struct Number(u64);

impl EmittedBy<Desk> for Number {}

#[tokio::test(start_paused = true)]
async fn events_of_a_type_are_taken_in_order_and_the_others_stay() {
    let (_app, ann, bob) = ann_and_bob().await;
    bob.call::<()>("join", (["floor"],)).await.unwrap();
    for number in 1..4 {
        ann.emit(note(&number.to_string()));
        ann.send("move", ("floor", number));
    }
    assert_eq!(bob.expect::<Moved>().await, Moved(1, None));
    assert_eq!(bob.expect_next::<Note>().await, note("1"));
    assert_eq!(bob.received::<Note>().await, [note("2"), note("3")]);
    bob.expect_no::<Note>().await;
    assert_eq!(bob.expect_next::<Moved>().await, Moved(2, None));
    bob.forget().await;
    bob.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_says_where_in_the_test_it_is() {
    let (_app, ann, _bob) = ann_and_bob().await;
    let failed = tokio::spawn(async move { drop(ann.expect::<Note>().await) }).await.unwrap_err().into_panic();
    let message = failed.downcast::<String>().unwrap();
    let here = format!("tests/testing/expecting.rs:{}:", line!() - 2);
    assert!(message.contains(&here), "{message}");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` did not get `note` within 5s. Nothing has arrived")]
async fn what_does_not_arrive_is_missed() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.expect::<Note>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "and was not taken:\n  [\"moved\",1,null]\n  [\"picture\",{\"pixels\":{\"_placeholder\":true,\"num\":0}}] and 1 attachment"
)]
async fn what_has_arrived_instead_is_listed() {
    let (_app, ann, bob) = ann_and_bob().await;
    ann.call::<()>("join", (["floor"],)).await.unwrap();
    bob.send("move", ("floor", 1));
    ann.expect::<Moved>().await;
    bob.send("move", ("floor", 1));
    ann.send("show", (bytes::Bytes::from_static(b"x"),));
    ann.expect::<Note>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` did not get `note`, and is disconnected.")]
async fn who_is_gone_is_not_waited_for() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.send("dismiss", ());
    ann.expect::<Note>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "the next event for `Bob` was to be `moved`, and is [\"note\",{\"text\":\"first\"}]")]
async fn the_next_event_has_to_be_the_next() {
    let (_app, ann, bob) = ann_and_bob().await;
    bob.call::<()>("join", (["floor"],)).await.unwrap();
    ann.emit(note("first"));
    ann.send("move", ("floor", 1));
    bob.expect_next::<Moved>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Bob` got what is no `note`: argument 1: invalid type: map, expected u64")]
async fn what_arrives_has_to_fit() {
    let (_app, ann, bob) = ann_and_bob().await;
    ann.emit(note("hello"));
    bob.expect::<Number>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Bob` was to get nothing. What has arrived, and was not taken:\n  [\"note\"")]
async fn nothing_is_nothing() {
    let (_app, ann, bob) = ann_and_bob().await;
    ann.emit(note("hello"));
    bob.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Bob` was to get no `note`, and has got [\"note\",{\"text\":\"hello\"}]")]
async fn none_is_none() {
    let (_app, ann, bob) = ann_and_bob().await;
    ann.emit(note("hello"));
    bob.expect_no::<Note>().await;
}

#[tokio::test(start_paused = true)]
async fn rooms_are_as_the_server_has_them() {
    let (app, ann, _bob) = ann_and_bob().await;
    assert!(ann.rooms().await.is_empty());
    ann.send("join", (["b", "a"],));
    assert_eq!(ann.rooms().await, ["a", "b"]);
    ann.assert_in("a").await;
    ann.assert_not_in("c").await;
    app.namespace::<Desk>().sockets_leave("a");
    ann.assert_not_in("a").await;
    assert_eq!(app.namespace::<Desk>().members("b"), [ann.id()]);
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` is not in room \"attic\", but in [\"cellar\"]")]
async fn who_is_in_no_room_is_not_in_it() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.send("join", (["cellar"],));
    ann.assert_in("attic").await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` is in room \"cellar\"")]
async fn who_is_in_a_room_is_in_it() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.send("join", (["cellar"],));
    ann.assert_not_in("cellar").await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` is not connected to `/desk`")]
async fn who_is_gone_is_in_no_room() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.cut();
    ann.rooms().await;
}
