// The messages of the open conversation, grouped by author and day.

import { avatar } from "./avatar";
import { byId, make, show } from "./dom";
import type { Conversation, Entry, State } from "./state";

/** Messages by one author less than this time apart, in milliseconds, are grouped under one name. */
const GROUP = 5 * 60_000;
/** If the log is scrolled to within this distance of its end, in pixels, it scrolls along with new messages. */
const NEAR = 80;

type Line = { kind: "day"; at: number } | { kind: "entry"; entry: Entry; first: boolean };

export function log(state: State, takeBack: (entry: Entry) => void): void {
  const [frame, list, empty, newest] = [byId("frame"), byId("log"), byId("empty"), byId("newest")];
  let shown: Conversation | undefined;
  let last: string | undefined;

  const atEnd = (): boolean => frame.scrollHeight - frame.scrollTop - frame.clientHeight < NEAR;
  const toEnd = (): void => {
    frame.scrollTop = frame.scrollHeight;
    newest.hidden = true;
  };
  frame.addEventListener("scroll", () => {
    if (atEnd()) newest.hidden = true;
  });
  // An on-screen keyboard or a growing composer must not cover the last messages.
  let follow = true;
  frame.addEventListener("scrollend", () => (follow = atEnd()));
  new ResizeObserver(() => follow && toEnd()).observe(frame);
  newest.addEventListener("click", toEnd);

  const render = (line: Line): HTMLElement => {
    if (line.kind === "day") return make("li", { "data-key": `day ${line.at}`, class: "day" }, make("span", {}, day(line.at)));
    const { entry, first } = line;
    const time = make("time", { datetime: new Date(entry.at).toISOString(), title: new Date(entry.at).toLocaleString() }, clock(entry.at));
    const head = make("p", { class: first ? "head" : "head unseen" }, make("strong", {}, entry.from.name), " ", ...(first ? [time] : []));
    const body = make("div", { class: "body" }, head, make("p", { class: "text" }, entry.text));
    if (entry.status === "sending") body.append(make("p", { class: "note" }, "Sending…"));
    if (entry.status === "refused") {
      const again = make("button", { type: "button", class: "link", click: () => takeBack(entry) }, "Edit");
      body.append(make("p", { class: "note" }, "Not sent. ", again));
    }
    return make("li", { "data-key": entry.id, class: `entry ${entry.status}${first ? " first" : ""}` }, first ? avatar(entry.from.name) : time, body);
  };

  state.watch(() => {
    const { active } = state;
    const end = active.entries.at(-1);
    const switched = active !== shown;
    const stay = !switched && !atEnd() && end?.status !== "sending";
    // Otherwise a screen reader would read the whole history after a switch.
    list.setAttribute("aria-live", switched ? "off" : "polite");
    show(list, lines(active.entries), render);
    empty.hidden = active.entries.length > 0;
    if (!stay) toEnd();
    else if (end && end.id !== last) newest.hidden = false;
    [shown, last] = [active, end?.id];
  });
}

function lines(entries: Entry[]): Line[] {
  return entries.flatMap((entry, index): Line[] => {
    const before = entries[index - 1];
    const newDay = !before || new Date(before.at).toDateString() !== new Date(entry.at).toDateString();
    const first = newDay || before.from.name !== entry.from.name || entry.at - before.at > GROUP;
    const line: Line = { kind: "entry", entry, first };
    return newDay ? [{ kind: "day", at: new Date(entry.at).setHours(0, 0, 0, 0) }, line] : [line];
  });
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function day(at: number): string {
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - at) / 86_400_000);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return new Date(at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}
