// Connects the parts of the page, and stores the name and the joined channels in the tab's session storage.

import { composer } from "./composer";
import { Connection } from "./connection";
import { Entrance } from "./entrance";
import { log } from "./log";
import { people } from "./people";
import { rooms } from "./rooms";
import { shell } from "./shell";
import { type Conversation, State } from "./state";

// Session storage is per tab, so two tabs are two users.
const memory = {
  get name(): string {
    return sessionStorage.getItem("name") ?? "";
  },
  set name(name: string) {
    sessionStorage.setItem("name", name);
  },
};

const state = new State();
const connection = new Connection(state, {
  name: (reason) => entrance.ask(memory.name, { error: reason }),
  refused: (reason) => frame.notice(reason),
});
const entrance = new Entrance((name) => {
  memory.name = name;
  connection.enter(name);
});
const frame = shell(state, () => {
  const { active } = state;
  if (active.kind === "channel") void connection.leave(active);
  open(state.channel("Lobby"));
});

function open(conversation: Conversation): void {
  state.activate(conversation);
  frame.closeDrawers();
  if (conversation.kind === "channel" && !conversation.joined) void connection.join(conversation);
}

rooms(state, open, () => entrance.ask(memory.name, { optional: true }));
people(state, (person) => open(state.privateWith(person)));
log(state, (entry) => state.takeBack(state.active, entry));
composer(
  state,
  (text) => void connection.say(state.active, text),
  (channel) => connection.typing(channel),
);

for (const key of (sessionStorage.getItem("joined") ?? "").split(" ")) {
  const view = state.conversations.get(key);
  if (view?.kind === "channel") view.joined = true;
}
state.activate(state.conversations.get(sessionStorage.getItem("active") ?? "") ?? state.active);
state.watch(() => {
  const joined = state.channels().filter((view) => view.joined);
  sessionStorage.setItem("joined", joined.map((view) => view.key).join(" "));
  if (state.active.kind === "channel") sessionStorage.setItem("active", state.active.key);
});
document.addEventListener("visibilitychange", () => {
  state.looking = document.visibilityState === "visible";
  if (state.looking) state.activate(state.active);
});

state.changed();
if (memory.name) connection.enter(memory.name);
else entrance.ask("");
