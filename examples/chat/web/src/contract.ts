// What travels between the page and the server, as `src/chat.rs` declares it.

export type Channel = "Lobby" | "Music" | "Help";

export interface Person {
  /** The socket's id: the address of a private message. */
  id: string;
  name: string;
}

export interface Presence {
  person: Person;
  channels: Channel[];
}

/** What somebody wrote. The id is made by the page, so that a message sent twice is one message. */
export interface Draft {
  id: string;
  text: string;
}

export interface Message {
  id: string;
  channel: Channel;
  from: Person;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Private {
  id: string;
  from: Person;
  to: Person;
  text: string;
  at: number;
}

export interface Typing {
  channel: Channel;
  person: Person;
}

/** How the server refuses: an event's acknowledgement carries this instead of its result. */
export interface Refusal {
  error: { message: string };
}

export interface ServerToClientEvents {
  welcome: (here: Presence[]) => void;
  presence: (presence: Presence) => void;
  gone: (id: string) => void;
  message: (message: Message) => void;
  private: (message: Private) => void;
  typing: (typing: Typing) => void;
}

export interface ClientToServerEvents {
  join: (channel: Channel, ack: (response: Message[] | Refusal) => void) => void;
  leave: (channel: Channel, ack: (response?: Refusal) => void) => void;
  say: (channel: Channel, draft: Draft, ack: (response: Message | Refusal) => void) => void;
  whisper: (to: string, draft: Draft, ack: (response: Private | Refusal) => void) => void;
  write: (channel: Channel) => void;
}
