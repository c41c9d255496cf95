//! Assertions on the events that the server has sent, and on their recipients.

use crate::desk::*;

#[tokio::test(start_paused = true)]
async fn a_broadcast_says_whom_it_was_meant_for() {
    let (app, ann, bob) = ann_and_bob().await;
    let cid = enter(&app, "Cid").await;
    ann.call::<()>("join", (["floor", "cellar"],)).await.unwrap();
    bob.call::<()>("join", (["floor"],)).await.unwrap();
    cid.send("move", ("floor", 5, "cellar"));

    let moved = app.emitted_once::<Desk, Moved>().await;
    assert_eq!(moved.event, Moved(5, Some("cellar".to_owned())));
    assert_eq!((&moved.rooms[..], &moved.except[..]), (&["floor".to_owned()][..], &["cellar".to_owned()][..]));
    assert_eq!((moved.sender.as_deref(), &moved.receivers[..]), (Some("Cid"), &["Bob".to_owned()][..]));
}

#[tokio::test(start_paused = true)]
async fn an_event_to_everybody_has_no_room() {
    let (app, ann, _bob) = ann_and_bob().await;
    ann.emit(note("to all others"));
    app.settle().await;
    app.namespace::<Desk>().emit(note("to all")).unwrap();
    let notes = app.emitted::<Desk, Note>().await;
    let [others, all] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!(
        (&*others.event.text, others.rooms.len(), &others.receivers[..]),
        ("to all others", 0, &["Bob".to_owned()][..])
    );
    assert_eq!((&*all.event.text, all.rooms.len(), all.receivers.len()), ("to all", 0, 2));
    assert_eq!((others.sender.as_deref(), all.sender.as_deref()), (Some("Ann"), None));
}

#[tokio::test(start_paused = true)]
async fn an_event_to_one_is_in_the_room_of_its_id() {
    let (app, ann, bob) = ann_and_bob().await;
    ann.call::<bytes::Bytes>("show", (bytes::Bytes::from_static(b"x"),)).await.unwrap();
    let picture = app.emitted_once::<Desk, Picture>().await;
    assert_eq!((picture.rooms, picture.receivers), (vec!["Ann".to_owned()], vec!["Ann".to_owned()]));
    assert_eq!(picture.event.pixels, "x");

    ann.send("move", (bob.id(), 1));
    let moved = app.emitted_once::<Desk, Moved>().await;
    assert_eq!((moved.rooms, moved.receivers), (vec!["Bob".to_owned()], vec!["Bob".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn an_event_to_nobody_was_sent_as_well() {
    let (app, ann, _bob) = ann_and_bob().await;
    ann.send("move", ("nowhere", 1));
    let moved = app.emitted_once::<Desk, Moved>().await;
    assert_eq!((moved.rooms, moved.receivers.len()), (vec!["nowhere".to_owned()], 0));
    assert!(app.emitted::<Desk, Moved>().await.is_empty(), "it has been taken");
}

#[tokio::test(start_paused = true)]
async fn the_paths_of_a_pattern_are_told_apart() {
    let app = desk();
    let one = app.client_at::<Cabin>("/cabin-1", "Ann").connect().await.unwrap();
    let two = app.client_at::<Cabin>("/cabin-2", "Bob").connect().await.unwrap();
    one.send("go", (true,));
    two.send("go", (true,));
    let moved = app.emitted_at::<Cabin, Moved>("/cabin-2").await;
    assert_eq!(moved.len(), 1);
    assert_eq!((&moved[0].event, &moved[0].receivers[..]), (&Moved(2, None), &["Bob".to_owned()][..]));
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`/desk` did not emit `moved`. It emitted nothing else, either.")]
async fn what_was_not_sent_is_missed() {
    desk().emitted_once::<Desk, Moved>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "`/desk` did not emit `moved`. What it emitted, and was not taken:\n  [\"note\",{\"text\":\"hello\"}] to [\"Bob\"]"
)]
async fn what_was_sent_instead_is_listed() {
    let (app, ann, _bob) = ann_and_bob().await;
    ann.emit(note("hello"));
    app.emitted_once::<Desk, Moved>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "`/desk` emitted `note` 2 times: [\n    Emitted {\n        event: [\"note\",{\"text\":\"1\"}],"
)]
async fn once_is_not_twice() {
    let (app, ann, _bob) = ann_and_bob().await;
    ann.emit(note("1"));
    ann.emit(note("2"));
    app.emitted_once::<Desk, Note>().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`emitted_at` takes one of them")]
async fn a_pattern_sends_at_its_paths() {
    drop(desk().emitted::<Cabin, Moved>().await);
}
