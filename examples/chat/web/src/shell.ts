// The frame of the page: title, connection banner, drawers, and error notices.

import { byId, say } from "./dom";
import { CHANNELS, type State } from "./state";

/** Time for which a notice is shown, in milliseconds. */
const NOTICE = 6000;

export function shell(state: State, leave: () => void): { notice(text: string): void; closeDrawers(): void } {
  const [title, topic, banner] = [byId("title"), byId("topic"), byId("banner")];
  const [leaving, backdrop, toast] = [byId("leave"), byId("backdrop"), byId("toast")];
  const drawers = [
    { panel: byId("rooms"), button: byId("open-rooms") },
    { panel: byId("people"), button: byId("open-people") },
  ];
  let hide = 0;

  const closeDrawers = (): void => {
    backdrop.hidden = true;
    for (const { panel, button } of drawers) {
      const inside = panel.contains(document.activeElement);
      panel.classList.remove("open");
      button.setAttribute("aria-expanded", "false");
      if (inside) button.focus();
    }
  };
  for (const { panel, button } of drawers) {
    button.addEventListener("click", () => {
      closeDrawers();
      panel.classList.add("open");
      button.setAttribute("aria-expanded", "true");
      backdrop.hidden = false;
      panel.querySelector<HTMLElement>("button")?.focus();
    });
  }
  backdrop.addEventListener("click", closeDrawers);
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeDrawers());
  leaving.addEventListener("click", leave);
  byId("toast-close").addEventListener("click", () => (toast.hidden = true));

  state.watch(() => {
    const { active, link } = state;
    const name = active.kind === "channel" ? `# ${active.channel}` : active.peer.name;
    say(title, name);
    say(topic, active.kind === "channel" ? CHANNELS[active.channel] : "Only the two of you read this. Nothing is kept.");
    leaving.hidden = active.kind === "private" || active.channel === "Lobby";
    document.body.dataset["link"] = link;
    banner.hidden = link !== "lost";
    say(banner, link === "lost" ? "Reconnecting… What you write now is sent as soon as the line is back." : "");
    const unread = state.unread();
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${name} · Switchboard`;
  });

  return {
    closeDrawers,
    notice(text) {
      say(byId("toast-text"), text);
      toast.hidden = false;
      clearTimeout(hide);
      hide = setTimeout(() => (toast.hidden = true), NOTICE);
    },
  };
}
