// The message composer: Enter sends, Shift+Enter starts a new line, and each conversation keeps its own draft.

import type { Channel } from "./contract";
import { byId, say } from "./dom";
import type { Conversation, State } from "./state";

export function composer(state: State, send: (text: string) => void, typing: (channel: Channel) => void): void {
  const [form, text, button] = [byId<HTMLFormElement>("composer"), byId<HTMLTextAreaElement>("text"), byId<HTMLButtonElement>("send")];
  const [label, writing] = [byId("text-label"), byId("typing")];
  let shown: Conversation | undefined;

  const fit = (): void => {
    button.disabled = text.disabled || text.value.trim() === "";
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  };
  text.addEventListener("input", () => {
    state.active.draft = text.value;
    if (state.active.kind === "channel" && text.value.trim() !== "") typing(state.active.channel);
    fit();
  });
  text.addEventListener("keydown", (event) => {
    // While an input method composes a word, Enter selects the word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = text.value.trim();
    if (value === "" || text.disabled) return;
    state.active.draft = "";
    send(value);
    text.focus();
  });

  state.watch(() => {
    const { active } = state;
    const away = active.kind === "private" && state.link === "online" && !state.people.has(active.peer.id);
    const title = active.kind === "channel" ? `Message #${active.channel}` : `Message ${active.peer.name}, only for them`;
    text.disabled = away;
    text.placeholder = away && active.kind === "private" ? `${active.peer.name} is not here` : title;
    say(label, title);
    if (text.value !== active.draft) text.value = active.draft;
    // On a touch screen, focus would open the keyboard.
    if (active !== shown && matchMedia("(hover: hover)").matches && !document.querySelector("dialog[open]")) text.focus();
    shown = active;
    say(writing, whoWrites(state.writing()));
    fit();
  });
}

function whoWrites(names: string[]): string {
  const [first, second] = names;
  if (!first) return "";
  if (!second) return `${first} is typing…`;
  return names.length === 2 ? `${first} and ${second} are typing…` : "Several people are typing…";
}
