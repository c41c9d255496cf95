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
  /** Enters a channel, and returns what was said there. */
  join: (channel: Channel, ack: (answer: Message[] | Failure<Refusal>) => void) => void;
  leave: (channel: Channel, ack: (failure?: Failure<Refusal>) => void) => void;
  /** Says something in a channel. */
  say: (channel: Channel, draft: Draft, ack: (answer: Message | Failure<Refusal>) => void) => void;
  /** Says something to one person, whose socket's id is also the name of a room with nobody else in it. */
  whisper: (to: string, draft: Draft, ack: (answer: Private | Failure<Refusal>) => void) => void;
  /** Shows the others in a channel that somebody is typing. */
  write: (channel: Channel) => void;
}

/** What the server sends: namespace `/chat`. */
export interface ChatServerToClientEvents {
  /** Somebody's connection ended. */
  gone: (arg1: string) => void;
  /** Said in a channel. */
  message: (message: Message) => void;
  /** Somebody came, or entered or left a channel. */
  presence: (presence: Presence) => void;
  /** Said to one person. */
  private: (private_: Private) => void;
  typing: (typing: Typing) => void;
  /** Everybody who is here, for one who just came. */
  welcome: (arg1: Presence[]) => void;
}

/** What a client shows at the door. */
export interface Card {
  name: string;
}

/** A room that everybody may enter. */
export type Channel = "Lobby" | "Music" | "Help";

/** What somebody wrote. The id is the client's own, so that a message sent twice is one message. */
export interface Draft {
  id: string;
  text: string;
}

/** Said in a channel. */
export interface Message {
  /** Milliseconds since 1970. */
  at: number;
  channel: Channel;
  from: Person;
  id: string;
  text: string;
}

export interface Person {
  /** The socket's id: the address of a private message. */
  id: string;
  name: string;
}

/** Somebody came, or entered or left a channel. */
export interface Presence {
  channels: Channel[];
  person: Person;
}

/** Said to one person. */
export interface Private {
  /** Milliseconds since 1970. */
  at: number;
  from: Person;
  id: string;
  text: string;
  to: Person;
}

/** Why an event was refused; its sender gets `{ error: { message } }` as the acknowledgement. */
export interface Refusal {
  message: string;
}

export interface Typing {
  channel: Channel;
  person: Person;
}

/** What an acknowledgement carries instead of its value when the event failed: the handler's error, or the server's. */
export interface Failure<E = never> {
  error: E | { message: string };
}

/** What an acknowledgement carries when the event did not fail. */
export type Success<Answer> = Exclude<Answer, Failure<unknown>>;
