//! What the tests of switchboard share.
