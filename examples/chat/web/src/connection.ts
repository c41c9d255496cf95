// The socket: sends the page's requests to the server, and applies the server's events to the state.

import { io } from "socket.io-client";
import type { Channel, ChatAuth, ChatPath, ChatSocket, Failure, Message, Private, Refusal } from "./contract";
import type { ChannelView, Conversation, State } from "./state";

const PATH: ChatPath = "/chat";
/** Minimum time between two typing notices, in milliseconds. */
const TYPING_EVERY = 2000;

export interface Complaints {
  /** The server rejected the name. */
  name(reason: string): void;
  /** The server rejected an event, or did not acknowledge it. */
  refused(reason: string): void;
}

export class Connection {
  readonly #socket: ChatSocket;
  readonly #state: State;
  readonly #complaints: Complaints;
  /** The channel and time of the last typing notice. */
  #typed: { channel?: Channel; at: number } = { at: 0 };

  constructor(state: State, complaints: Complaints) {
    this.#state = state;
    this.#complaints = complaints;
    this.#socket = io(PATH, {
      autoConnect: false,
      reconnectionDelayMax: 3000,
      // With `retries`, the client sends unacknowledged events again, also after a reconnection. The server
      // recognises duplicates by the draft's id.
      retries: 3,
      ackTimeout: 10_000,
    });
    this.#listen();
  }

  /** Connects under this name. Disconnects first if the socket is already connected. */
  enter(name: string): void {
    this.#state.me = { id: "", name };
    this.#state.link = "connecting";
    this.#state.changed();
    this.#socket.auth = { name } satisfies ChatAuth;
    this.#socket.disconnect().connect();
  }

  async join(view: ChannelView): Promise<void> {
    view.joined = true;
    this.#state.changed();
    const history = await this.#ask(() => this.#socket.emitWithAck("join", view.channel));
    if (history) this.#state.history(view.channel, history);
  }

  async leave(view: ChannelView): Promise<void> {
    view.joined = false;
    view.unread = 0;
    this.#state.changed();
    await this.#ask(() => this.#socket.emitWithAck("leave", view.channel));
  }

  async say(conversation: Conversation, text: string): Promise<void> {
    const draft = { id: uniqueId(), text };
    this.#state.sending(conversation, draft.id, text);
    this.#typed = { at: 0 };
    const message = await this.#ask<Message | Private>(() =>
      conversation.kind === "channel"
        ? this.#socket.emitWithAck("say", conversation.channel, draft)
        : this.#socket.emitWithAck("whisper", conversation.peer.id, draft),
    );
    if (message) this.#state.confirmed(conversation, message);
    else this.#state.refused(conversation, draft.id);
  }

  typing(channel: Channel): void {
    if (channel === this.#typed.channel && Date.now() - this.#typed.at < TYPING_EVERY) return;
    this.#typed = { channel, at: Date.now() };
    // Volatile, since a late typing notice is worse than a lost one.
    this.#socket.volatile.emit("write", channel);
  }

  #listen(): void {
    const [socket, state] = [this.#socket, this.#state];
    socket.on("connect", () => {
      state.me = { id: socket.id ?? "", name: state.me.name };
      state.link = "online";
      state.changed();
      // The server does not remember earlier connections: join the channels again, and load missed messages.
      for (const view of state.channels()) if (view.joined) void this.join(view);
    });
    socket.on("disconnect", () => {
      state.link = socket.active ? "lost" : "offline";
      state.changed();
    });
    socket.on("connect_error", (error) => {
      state.link = socket.active ? "lost" : "offline";
      state.changed();
      // An inactive socket was rejected by the server, so retrying with the same name would fail again.
      if (!socket.active) this.#complaints.name(error.message);
    });
    socket.on("welcome", (here) => state.welcome(here));
    socket.on("presence", (presence) => state.arrive(presence));
    socket.on("gone", (id) => state.leave(id));
    socket.on("message", (message) => state.message(message));
    socket.on("private", (message) => state.private(message));
    socket.on("typing", (typing) => state.typing(typing));
  }

  /** Waits for an acknowledgement. Reports an error or a timeout to the user, and returns `undefined`. */
  async #ask<T>(question: () => Promise<T | Failure<Refusal>>): Promise<T | undefined> {
    try {
      const answer = await question();
      if (!isFailure(answer)) return answer;
      this.#complaints.refused(answer.error.message);
    } catch {
      this.#complaints.refused("The server does not answer.");
    }
    return undefined;
  }
}

/** Returns a random id. Browsers offer `randomUUID` only on HTTPS and localhost, so it cannot be used here. */
function uniqueId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

function isFailure(answer: unknown): answer is Failure<Refusal> {
  return typeof answer === "object" && answer !== null && "error" in answer && Object.keys(answer).length === 1;
}
