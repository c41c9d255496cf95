use switchboard::prelude::*;

struct Id;

struct Tenant;

#[namespace("/{org}/tenant-{id}", params(id: Id))]
impl Tenant {}

struct Other;

#[namespace("/other-{id}", params(id: Missing))]
impl Other {}

fn main() {}
