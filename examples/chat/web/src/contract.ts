// Made by switchboard from the server's contract. Changes here are lost.

import type * as client from "socket.io-client";

/** The namespace `/chat`. */
export type ChatSocket = client.Socket<ChatServerToClientEvents, ChatClientToServerEvents>;

export type ChatPath = "/chat";

/** What a client sends as `auth`. */
export type ChatAuth = Card;

/** What the server keeps for each socket. */
export type ChatSession = Person;

/** What clients send: namespace `/chat`. */
export interface ChatClientToServerEvents {
  /** Joins a channel, and returns its history. */
  join: (channel: Channel, ack: (answer: Message[] | Failure<Refusal>) => void) => void;
  leave: (channel: Channel, ack: (failure?: Failure<Refusal>) => void) => void;
  /** Sends a message to a channel. */
  say: (channel: Channel, draft: Draft, ack: (answer: Message | Failure<Refusal>) => void) => void;
  /** Sends a message to one person. `to` is the id of the person's socket, which is also a room with one member. */
  whisper: (to: string, draft: Draft, ack: (answer: Private | Failure<Refusal>) => void) => void;
  /** Tells the other sockets in a channel that the sender is typing. */
  write: (channel: Channel) => void;
}

/** What the server sends: namespace `/chat`. */
export interface ChatServerToClientEvents {
  /** A person disconnected. The payload is the socket's id. */
  gone: (arg1: string) => void;
  /** A message in a channel. */
  message: (message: Message) => void;
  /** A person connected, or joined or left a channel. */
  presence: (presence: Presence) => void;
  /** A message to one person. */
  private: (private_: Private) => void;
  typing: (typing: Typing) => void;
  /** The people who are online. Sent to a socket when it connects. */
  welcome: (arg1: Presence[]) => void;
}

/** The `auth` payload of a connecting client. */
export interface Card {
  name: string;
}

/** A public room. */
export type Channel = "Lobby" | "Music" | "Help";

/** A message to be sent. The client creates the id, and the server ignores a second message with the same id. */
export interface Draft {
  id: string;
  text: string;
}

/** A message in a channel. */
export interface Message {
  /**
   * Unix time in milliseconds.
   * Loses digits beyond 2^53 - 1.
   */
  at: number;
  channel: Channel;
  from: Person;
  id: string;
  text: string;
}

export interface Person {
  /** The id of the person's socket; private messages are sent to it. */
  id: string;
  name: string;
}

/** A person connected, or joined or left a channel. */
export interface Presence {
  channels: Channel[];
  person: Person;
}

/** A message to one person. */
export interface Private {
  /**
   * Unix time in milliseconds.
   * Loses digits beyond 2^53 - 1.
   */
  at: number;
  from: Person;
  id: string;
  text: string;
  to: Person;
}

/** The reason why an event was rejected. The sender's acknowledgement is `{ error: { message } }`. */
export interface Refusal {
  message: string;
}

export interface Typing {
  channel: Channel;
  person: Person;
}

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
