// The state of the page: data and the changes to it, independent of the socket and the document.

import type { Channel, Message, Person, Presence, Private, Typing } from "./contract";

export const CHANNELS: Record<Channel, string> = {
  Lobby: "Where everybody comes in",
  Music: "What is playing, and what should be",
  Help: "Ask anything; somebody knows",
};

export interface Entry {
  id: string;
  from: Person;
  text: string;
  at: number;
  status: "sending" | "sent" | "refused";
}

interface Common {
  /** `#` and the channel's name, or `@` and the first known socket id of the person. */
  key: string;
  entries: Entry[];
  unread: number;
  /** The composer's text, kept while another conversation is open. */
  draft: string;
}

export interface ChannelView extends Common {
  kind: "channel";
  channel: Channel;
  joined: boolean;
}

export interface PrivateView extends Common {
  kind: "private";
  peer: Person;
}

export type Conversation = ChannelView | PrivateView;

export type Link = "offline" | "connecting" | "online" | "lost";

/** Maximum number of messages that the page keeps per conversation. */
const KEPT = 500;

/** Time for which "is typing" is shown after a typing notice, in milliseconds. */
const TYPING_LASTS = 4000;

export class State {
  me: Person = { id: "", name: "" };
  link: Link = "offline";
  people = new Map<string, Presence>();
  conversations = new Map<string, Conversation>();
  active: Conversation;
  /** `true` while the page is visible. Messages in the active conversation then count as read. */
  looking = true;

  #typing = new Map<string, { typing: Typing; until: number }>();
  #watchers: (() => void)[] = [];
  #scheduled = false;

  constructor() {
    for (const channel of Object.keys(CHANNELS) as Channel[]) {
      const key = `#${channel}`;
      this.conversations.set(key, { kind: "channel", key, channel, joined: false, entries: [], unread: 0, draft: "" });
    }
    this.active = this.channel("Lobby");
    this.active.joined = true;
  }

  /** Calls `watcher` once after every batch of changes. */
  watch(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A microtask instead of an animation frame, so that background tabs update their unread count too.
    queueMicrotask(() => {
      this.#scheduled = false;
      for (const watcher of this.#watchers) watcher();
    });
  }

  channel(channel: Channel): ChannelView {
    return this.conversations.get(`#${channel}`) as ChannelView;
  }

  channels(): ChannelView[] {
    return [...this.conversations.values()].filter((one) => one.kind === "channel");
  }

  privates(): PrivateView[] {
    return [...this.conversations.values()].filter((one) => one.kind === "private");
  }

  /** Returns the private conversation with a person. Creates it if there is none. */
  privateWith(person: Person): PrivateView {
    this.#meetAgain(person);
    const known = this.privates().find((one) => one.peer.id === person.id);
    if (known) return known;
    const key = `@${person.id}`;
    const begun: PrivateView = { kind: "private", key, peer: person, entries: [], unread: 0, draft: "" };
    this.conversations.set(key, begun);
    return begun;
  }

  activate(conversation: Conversation): void {
    this.active = conversation;
    conversation.unread = 0;
    this.changed();
  }

  /** Replaces the list of people. The server sends the whole list on every connect. */
  welcome(here: Presence[]): void {
    this.people = new Map(here.map((presence) => [presence.person.id, presence]));
    this.#typing.clear();
    for (const { person } of here) this.#meetAgain(person);
    this.changed();
  }

  arrive(presence: Presence): void {
    this.people.set(presence.person.id, presence);
    this.#meetAgain(presence.person);
    this.changed();
  }

  leave(id: string): void {
    this.people.delete(id);
    this.#typing.delete(id);
    this.changed();
  }

  /** Merges a channel's history from the server. It replaces the known messages of the same period. */
  history(channel: Channel, messages: Message[]): void {
    const view = this.channel(channel);
    const first = messages[0];
    const ids = new Set(messages.map((message) => message.id));
    const kept = view.entries.filter((entry) => !ids.has(entry.id));
    const older = kept.filter((entry) => entry.status === "sent" && (!first || entry.at < first.at));
    const unsent = kept.filter((entry) => entry.status !== "sent");
    const known = new Set(view.entries.map((entry) => entry.id));
    if (view.entries.length > 0 && view !== this.active) {
      view.unread += messages.filter((message) => !known.has(message.id)).length;
    }
    view.entries = [...older, ...messages.map(sent), ...unsent];
    this.changed();
  }

  message(message: Message): void {
    this.#typing.delete(message.from.id);
    this.#add(this.channel(message.channel), sent(message));
  }

  private(message: Private): void {
    const peer = message.from.id === this.me.id ? message.to : message.from;
    this.#add(this.privateWith(peer), sent(message));
  }

  /** Adds the user's own message before the server has acknowledged it. */
  sending(conversation: Conversation, id: string, text: string): void {
    conversation.entries.push({ id, from: this.me, text, at: Date.now(), status: "sending" });
    this.changed();
  }

  confirmed(conversation: Conversation, message: Message | Private): void {
    conversation.entries = conversation.entries.filter((entry) => entry.id !== message.id);
    this.#add(conversation, sent(message));
  }

  refused(conversation: Conversation, id: string): void {
    for (const entry of conversation.entries) if (entry.id === id) entry.status = "refused";
    this.changed();
  }

  /** Removes a rejected message, and puts its text back into the composer. */
  takeBack(conversation: Conversation, entry: Entry): void {
    conversation.entries = conversation.entries.filter((other) => other !== entry);
    conversation.draft = entry.text;
    this.changed();
  }

  typing(typing: Typing): void {
    this.#typing.set(typing.person.id, { typing, until: Date.now() + TYPING_LASTS });
    setTimeout(() => this.changed(), TYPING_LASTS + 50);
    this.changed();
  }

  /** Returns the names of the people who are typing in the active channel. */
  writing(): string[] {
    const { active } = this;
    if (active.kind === "private") return [];
    return [...this.#typing.values()]
      .filter(({ typing, until }) => typing.channel === active.channel && until > Date.now())
      .map(({ typing }) => typing.person.name);
  }

  unread(): number {
    return [...this.conversations.values()].reduce((sum, one) => sum + one.unread, 0);
  }

  /** Continues the conversation with a person who has reconnected and has a new socket id. */
  #meetAgain(person: Person): void {
    const views = this.privates();
    if (views.some((one) => one.peer.id === person.id)) return;
    const left = views.find((one) => one.peer.name === person.name && !this.people.has(one.peer.id));
    if (left) left.peer = person;
  }

  #add(conversation: Conversation, entry: Entry): void {
    if (conversation.entries.some((known) => known.id === entry.id)) return;
    // Insert before unsent entries: the server has not ordered those yet.
    const end = conversation.entries.findIndex((known) => known.status !== "sent");
    conversation.entries.splice(end < 0 ? conversation.entries.length : end, 0, entry);
    if (conversation.entries.length > KEPT) conversation.entries.shift();
    const reading = conversation === this.active && this.looking;
    if (!reading && entry.from.id !== this.me.id) conversation.unread += 1;
    this.changed();
  }
}

function sent({ id, from, text, at }: Message | Private): Entry {
  return { id, from, text, at, status: "sent" };
}
