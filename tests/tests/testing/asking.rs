//! Events and their acknowledgements, in both directions.

use std::time::Duration;

use bytes::Bytes;
use switchboard::HandlerErrorKind;
use switchboard::testing::CallError;
use tokio::time::Instant;

use crate::desk::*;

#[tokio::test(start_paused = true)]
async fn a_declared_event_and_its_acknowledgement_are_typed() {
    let (_app, ann, bob) = ann_and_bob().await;
    let reached = ann.emit_with_ack(note("hello")).await.unwrap();
    assert_eq!((reached, bob.expect::<Note>().await), (1, note("hello")));
    let answer = note("hello to you");
    bob.emit(&answer);
    assert_eq!(ann.expect::<Note>().await, answer);
}

#[tokio::test(start_paused = true)]
async fn the_error_of_a_handler_is_one_for_the_test() {
    let (app, ann, bob) = ann_and_bob().await;
    let error = ann.emit_with_ack(note("")).await.unwrap_err();
    assert_eq!(
        (error.error::<Refusal>(), error.to_string()),
        (Refusal { code: 7 }, "`note` failed: {\"code\":7}".into())
    );
    let error = ann.call::<()>("fail", ()).await.unwrap_err();
    assert_eq!(error.message(), "internal error");
    let error = ann.call::<()>("join", ("no list",)).await.unwrap_err();
    assert!(error.message().starts_with("argument 1: invalid type"), "{error}");
    bob.expect_nothing().await;

    let failures = app.failures().await;
    let events: Vec<_> = failures.iter().map(|failure| &*failure.event).collect();
    assert_eq!(events, ["note", "fail", "join"]);
    assert!(failures.iter().all(|failure| failure.socket == ann.id()));
    assert!(app.failures().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_handles_is_a_failure_also_without_an_acknowledgement() {
    let (app, ann, _bob) = ann_and_bob().await;
    ann.send("nonsense", (1, "2", [3.0]));
    let failures = app.failures().await;
    assert!(matches!(&failures[..], [failure] if matches!(failure.kind, HandlerErrorKind::Unhandled)), "{failures:?}");
    assert_eq!(ann.call::<()>("nonsense", ()).await.unwrap_err().message(), "no handler for `nonsense`");
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_has_to_fit() {
    let (_app, ann, _bob) = ann_and_bob().await;
    let error = ann.call::<String>("note", (note("hello"),)).await.unwrap_err();
    let CallError::Unfit { event, answer, .. } = &error else { panic!("{error}") };
    assert_eq!((&**event, &**answer), ("note", "[1]"));
}

#[tokio::test(start_paused = true)]
async fn arguments_are_positional_and_may_be_binary() {
    let (_app, ann, bob) = ann_and_bob().await;
    bob.call::<()>("join", (["floor"],)).await.unwrap();
    ann.send("move", ("floor", -2));
    assert_eq!(bob.expect::<Moved>().await, Moved(-2, None));
    ann.send("move", ("floor", -3, "cellar"));
    assert_eq!(bob.expect::<Moved>().await, Moved(-3, Some("cellar".to_owned())));

    for size in [3, 300, 70_000] {
        let pixels = Bytes::from(vec![7; size]);
        assert_eq!(ann.call::<Bytes>("show", (&pixels,)).await.unwrap(), pixels);
        assert_eq!(ann.expect::<Picture>().await, Picture { pixels });
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_asks_and_the_test_answers() {
    let (_app, ann, _bob) = ann_and_bob().await;
    for (agrees, outcome) in [(true, "sold"), (false, "kept")] {
        let sale = ann.call::<String>("sell", ("the desk",));
        let request = ann.expect_request::<Confirm>().await;
        assert_eq!(request.event, Confirm("the desk".to_owned()));
        request.answer(&agrees);
        assert_eq!(sale.await.unwrap(), outcome);
    }
    let sale = ann.call::<String>("sell", ("the desk",));
    ann.expect_request::<Confirm>().await.answer_with(&"perhaps");
    assert!(sale.await.unwrap().starts_with("the acknowledgement of `confirm` does not fit"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_missed_in_time() {
    let (app, ann, _bob) = ann_and_bob().await;
    let (begun, sale) = (Instant::now(), ann.call::<String>("sell", ("the desk",)));
    // The test receives the event, and does not acknowledge it.
    ann.expect::<Confirm>().await;
    app.advance(Duration::from_secs(10)).await;
    assert_eq!(sale.await.unwrap(), "operation has timed out");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn many_are_asked_at_once() {
    let (app, ann, bob) = ann_and_bob().await;
    let cid = enter(&app, "Cid").await;
    for voter in [&bob, &cid] {
        voter.call::<()>("join", (["voters"],)).await.unwrap();
    }
    let vote = ann.call::<usize>("vote", ("voters",));
    bob.expect_request::<Confirm>().await.answer(&true);
    cid.expect_request::<Confirm>().await.answer(&false);
    assert_eq!(vote.await.unwrap(), 1);
    assert_eq!(app.emitted_once::<Desk, Confirm>().await.receivers, ["Bob", "Cid"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_never_acknowledged_is_an_error() {
    let (app, ann, _bob) = ann_and_bob().await;
    let error = ann.call::<()>("remind", (3600,)).await.unwrap_err();
    assert!(matches!(error, CallError::Unanswered { .. }), "{error}");

    let waiting = ann.call::<()>("remind", (1,));
    app.settle().await;
    ann.cut();
    let error = waiting.await.unwrap_err();
    assert!(matches!(error, CallError::Disconnected { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "there is no error of a handler: `remind` was not acknowledged")]
async fn only_a_handler_has_an_error() {
    let (_app, ann, _bob) = ann_and_bob().await;
    ann.call::<()>("remind", (3600,)).await.unwrap_err().error::<Refusal>();
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "`Ann` got `note`, of which the server wants no acknowledgement")]
async fn a_request_has_to_be_one() {
    let (_app, ann, bob) = ann_and_bob().await;
    bob.emit(note("just to let you know"));
    drop(ann.expect_request::<Note>().await);
}
