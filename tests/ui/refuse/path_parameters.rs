use switchboard::prelude::*;

struct A;
#[namespace("/tenant-{id")]
impl A {}

struct B;
#[namespace("/tenant-}id")]
impl B {}

struct C;
#[namespace("/tenant-{id}{name}")]
impl C {}

struct D;
#[namespace("/{id}/{id}")]
impl D {}

struct E;
#[namespace("/tenant-{id: u32}")]
impl E {}

struct F;
#[namespace("/tenant-{}")]
impl F {}

struct G;
#[namespace("{id}/tenant")]
impl G {}

struct H;
#[namespace("/tenant-{id}", params(id: u32, org: String))]
impl H {}

struct I;
#[namespace("/tenant", params(id: u32))]
impl I {}

struct J;
#[namespace("/tenant-{id}", params(id: u32, id: u64))]
impl J {}

struct K;
#[namespace("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}")]
impl K {}

struct L;
#[namespace("/tenant-{id}", params(u32))]
impl L {}

struct M;
#[namespace(dynamic, params(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, a: u8))]
impl M {}

fn main() {}
