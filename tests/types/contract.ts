// Made by switchboard from the server's contract. Changes here are lost.

import type * as client from "socket.io-client";

/** The namespace `/`. */
export type Socket = client.Socket<ServerToClientEvents, ClientToServerEvents>;

export type Path = "/";

/** What clients send: namespace `/`. */
export interface ClientToServerEvents {
  /** Beyond 2^53 - 1, digits are lost: the answer. */
  "ping the server": (ack: (answer: number | Failure) => void) => void;
}

/** What the server sends: namespace `/`. */
export interface ServerToClientEvents {
  closed: () => void;
}

/** The namespace `/größe`. */
export type GrößeSocket = client.Socket<GrößeServerToClientEvents, GrößeClientToServerEvents>;

export type GrößePath = "/größe";

/** What clients send: namespace `/größe`. */
export interface GrößeClientToServerEvents {
  measure: (größe: GrößeInput, ack: (answer: _ | null | Failure) => void) => void;
  /** Moves an article from the shop to the stock. */
  store: (item: ShopItem, ack: (answer: StockItem | Failure<Never>) => void) => void;
}

/** What the server sends: namespace `/größe`. */
export interface GrößeServerToClientEvents {}

/**
 * The namespace `/workshop`.
 *
 * Takes orders.
 *
 * One order at a time.
 */
export type WorkshopSocket = client.Socket<WorkshopServerToClientEvents, WorkshopClientToServerEvents>;

export type WorkshopPath = "/workshop";

/** What a client sends as `auth`. */
export type WorkshopAuth = WorkerInput;

/** What the server keeps for each socket. */
export type WorkshopSession = Worker;

/** What clients send: namespace `/workshop`. */
export interface WorkshopClientToServerEvents {
  /**
   * Takes an order back.
   * Beyond 2^53 - 1, digits are lost: `id`.
   */
  cancel: (id: number, ack: (failure?: Failure<Refusal>) => void) => void;
  /** Checks a drawing. */
  check: (drawing: DrawingInput, ack: (answer: Check | Failure) => void) => void;
  /**
   * Keeps a drawing, and returns it.
   * Beyond 2^53 - 1, digits are lost: `id`.
   */
  draw: (id: number, drawing: DrawingInput, ack: (answer: Drawing | Failure) => void) => void;
  /** Measures whatever it gets. */
  gauge: (
    ...args:
      | [unit: string, ack: (answer: number | Failure<Refusal>) => void]
      | [unit: string, precision: number | null, ...values: unknown[], ack: (answer: number | Failure<Refusal>) => void]
  ) => void;
  /**
   * Labels an order, and counts its labels.
   * Beyond 2^53 - 1, digits are lost: `order`, the answer.
   */
  label: (...args: [order: number, ...labels: string[], ack: (answer: number | Failure) => void]) => void;
  /**
   * Lists what was ordered, a page at a time.
   * Beyond 2^53 - 1, digits are lost: `after`.
   */
  "list:orders": (
    ...args:
      | [status: Status, ack: (answer: PageOrder | Failure) => void]
      | [status: Status, after: number | null, ack: (answer: PageOrder | Failure) => void]
      | [status: Status, after: number | null, limit: number | null, ack: (answer: PageOrder | Failure) => void]
  ) => void;
  log: (...lines: (string | null)[]) => void;
  look: (
    at: unknown /* not described: switchboard_tests::contract::Point */,
    ack: (...answers: [answer1: unknown /* not described: switchboard_tests::contract::Point.0 */, answer2: unknown /* not described: switchboard_tests::contract::Point.1 */] | [failure: Failure]) => void,
  ) => void;
  /** Measures a drawing. */
  measure: (
    content: BinaryInput,
    ack: (...answers: [answer1: number, answer2: number] | [failure: Failure]) => void,
  ) => void;
  /** Passes on whatever it gets. */
  note: (note: unknown, urgent?: boolean | null) => void;
  /** Orders something. */
  order: (part: PartInput, ack: (answer: Order | Failure<Refusal>) => void) => void;
  /**
   * Prints a drawing.
   * Beyond 2^53 - 1, digits are lost: `drawing`.
   */
  print: (drawing: number, ack: (answer: Print | Failure<Refusal>) => void) => void;
  /** Pays a tip, in cents, and returns the sum of all tips. */
  tip: (cents: string, ack: (answer: string | Failure) => void) => void;
}

/** What the server sends: namespace `/workshop`. */
export interface WorkshopServerToClientEvents {
  closed: () => void;
  /** May this order be started? */
  confirm: (confirm: Confirm, ack?: (answer: boolean) => void) => void;
  /** Beyond 2^53 - 1, digits are lost: `arg1`. */
  drawing: (arg1: number, arg2: Drawing) => void;
  /** An order, as the workshop keeps it. */
  order: (order: Order) => void;
  /**
   * How far an order is: its number, and a share.
   * Beyond 2^53 - 1, digits are lost: `arg1`.
   */
  progress: (arg1: number, arg2: number) => void;
}

/** The namespace `/{org}/tenant-{id}`. */
export type OrgTenantIdSocket = client.Socket<OrgTenantIdServerToClientEvents, OrgTenantIdClientToServerEvents>;

export type OrgTenantIdPath = `/${string}/tenant-${number}`;

/** What clients send: namespace `/{org}/tenant-{id}`. */
export interface OrgTenantIdClientToServerEvents {
  which: (ack: (answer: number | Failure) => void) => void;
}

/** What the server sends: namespace `/{org}/tenant-{id}`. */
export interface OrgTenantIdServerToClientEvents {
  /**
   * How far an order is: its number, and a share.
   * Beyond 2^53 - 1, digits are lost: `arg1`.
   */
  progress: (arg1: number, arg2: number) => void;
}

/** The namespace `/^/archive-(\d{4})$/`. */
export type ArchiveSocket = client.Socket<ArchiveServerToClientEvents, ArchiveClientToServerEvents>;

/** What clients send: namespace `/^/archive-(\d{4})$/`. */
export interface ArchiveClientToServerEvents {
  year: (ack: (answer: number | Failure) => void) => void;
}

/** What the server sends: namespace `/^/archive-(\d{4})$/`. */
export interface ArchiveServerToClientEvents {}

/** An answer that looks like a failure, of which the contract warns. */
export interface Check {
  error: string | null;
}

/** May this order be started? */
export interface Confirm {
  /** Loses digits beyond 2^53 - 1. */
  order: number;
  question: string;
}

/** A drawing, as bytes. */
export interface Drawing {
  content: Binary;
  name: string;
}

/** A drawing, as bytes. */
export interface DrawingInput {
  content: BinaryInput;
  name: string;
}

export interface Größe {
  "in mm": MyType | null;
  länge: number;
}

export interface GrößeInput {
  "in mm"?: MyType | null;
  länge: number;
}

export type Material =
  /** From a tree. */
  | "Wood"
  /** An alloy, by its metals and their percentage. */
  | { Alloy: Record<string, number> }
  | { Other: { hazard?: string | null; name: string } };

export interface MyType {
  exact: boolean;
}

export type Never = never;

/** An order, as the workshop keeps it. */
export interface Order {
  customer: string;
  /** How much is done; unknown at first. */
  done: number | null;
  /** Loses digits beyond 2^53 - 1. */
  id: number;
  labels: string[];
  note: string | null;
  part: Part;
  /** In cents. */
  price: string;
  status: Status;
  steps: Step[];
}

export interface PageOrder {
  /** Loses digits beyond 2^53 - 1. */
  next: number | null;
  rows: Order[];
}

/**
 * What is to be made.
 *
 * It may consist of others.
 */
export interface Part {
  /** How many: 1, if nothing is said. */
  count: number;
  "made-of": Material;
  name: string;
  parts: Part[];
  size: [number, number] | null;
}

/**
 * What is to be made.
 *
 * It may consist of others.
 */
export interface PartInput {
  /** How many: 1, if nothing is said. */
  count?: number;
  "made-of": Material;
  name: string;
  parts?: PartInput[];
  size?: [number, number] | null;
}

/** A print of a drawing, which has a field named like that of a failure. */
export interface Print {
  error: string | null;
  /** Loses digits beyond 2^53 - 1. */
  id: number;
}

/** Why the workshop refuses. */
export type Refusal =
  /** There is no such order. */
  | { code: "Missing" }
  /** Not today. */
  | { code: "Busy"; retry_after: number };

export interface ShopItem {
  name: string;
}

/** What an order is in. */
export type Status = "Open" | "Done";

/** Something that happened to an order. */
export type Step = { by: string; kind: "started" } | { by: string; kind: "stopped"; reason: string | null };

export interface StockItem {
  shelf: string;
}

export interface Worker {
  apprentice: boolean;
  name: string;
}

export interface WorkerInput {
  apprentice?: boolean;
  name: string;
}

export interface _ {
  stage: aBC[];
}

export interface aBC {
  size: Größe;
}

/** Binary data as `socket.io-client` receives it: an `ArrayBuffer` in a browser, a `Buffer` in Node.js. */
export type Binary = ArrayBuffer | Uint8Array;

/** Binary data as `socket.io-client` sends it; `Blob` and `File` are among it where there are such. */
export type BinaryInput =
  | ArrayBuffer
  | ArrayBufferView
  | (typeof globalThis extends { Blob: { prototype: infer Blob } } ? Blob : never);

declare const failure: unique symbol;

/**
 * The answer to an event that failed: the handler's error, or the server's. `error` is its only key, which no other answer
 * has as its only key. The symbol exists in this type only.
 */
export interface Failure<E = never> {
  error: E | { message: string };
  readonly [failure]: unknown;
}

/** The answer to an event that did not fail. */
export type Success<Answer> = Exclude<Answer, Failure<unknown>>;
