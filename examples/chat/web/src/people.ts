// The right panel: people in the open conversation, and people elsewhere.

import { avatar } from "./avatar";
import type { Person, Presence } from "./contract";
import { byId, make, say, show } from "./dom";
import type { State } from "./state";

export function people(state: State, open: (person: Person) => void): void {
  const [here, elsewhere] = [byId("here"), byId("elsewhere")];
  const [hereTitle, elsewhereTitle] = [byId("here-title"), byId("elsewhere-title")];
  const count = byId("people-count");

  const row = ({ person, channels }: Presence): HTMLElement => {
    const face = make("span", { class: "face here" }, avatar(person.name));
    const title = make("span", { class: "row-title" }, person.name);
    const where = channels.map((channel) => `#${channel}`).join(" ");
    if (person.id === state.me.id) {
      return make("li", { "data-key": person.id }, make("div", { class: "row" }, face, title, make("span", { class: "you" }, "you")));
    }
    const button = make("button", {
      type: "button",
      class: "row",
      title: `Write to ${person.name} alone${where && ` (in ${where})`}`,
      click: () => open(person),
    });
    button.append(face, title);
    return make("li", { "data-key": person.id }, button);
  };

  state.watch(() => {
    const { active } = state;
    const all = [...state.people.values()].sort((a, b) => a.person.name.localeCompare(b.person.name));
    const inside = ({ person, channels }: Presence): boolean =>
      active.kind === "channel"
        ? channels.includes(active.channel)
        : person.id === active.peer.id || person.id === state.me.id;
    const [present, others] = [all.filter(inside), all.filter((presence) => !inside(presence))];
    show(here, present, row);
    show(elsewhere, others, row);
    say(hereTitle, `${active.kind === "channel" ? "In this channel" : "In this conversation"} · ${present.length}`);
    say(elsewhereTitle, `Elsewhere · ${others.length}`);
    elsewhereTitle.hidden = others.length === 0;
    say(count, String(present.length));
  });
}
