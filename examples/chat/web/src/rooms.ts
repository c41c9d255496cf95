// The left panel: the channels, the private conversations, and the user's own name and status.

import { avatar } from "./avatar";
import { byId, make, say, show } from "./dom";
import type { ChannelView, Conversation, Link, PrivateView, State } from "./state";

const LINK: Record<Link, string> = {
  offline: "Not connected",
  connecting: "Connecting…",
  online: "Online",
  lost: "Reconnecting…",
};

export function rooms(state: State, open: (conversation: Conversation) => void, rename: () => void): void {
  const [channels, privates, hint] = [byId("channels"), byId("privates"), byId("privates-hint")];
  const [portrait, name, link] = [byId("my-avatar"), byId("my-name"), byId("my-link")];
  byId("rename").addEventListener("click", rename);

  const row = (conversation: Conversation, symbol: Node, title: string, quiet: boolean): HTMLElement => {
    const current = conversation === state.active;
    const { key, unread } = conversation;
    const button = make("button", { type: "button", class: "row", click: () => open(conversation), ...(current && { "aria-current": "page" }) });
    button.append(symbol, make("span", { class: "row-title" }, title));
    if (unread > 0) {
      const count = unread > 99 ? "99+" : String(unread);
      button.append(make("span", { class: "badge" }, count, make("span", { class: "unseen" }, " unread")));
    }
    return make("li", { "data-key": key, class: [quiet && "quiet", unread > 0 && "unread"].filter(Boolean).join(" ") }, button);
  };
  const channelRow = (view: ChannelView): HTMLElement =>
    row(view, make("span", { class: "hash", "aria-hidden": "true" }, "#"), view.channel, !view.joined);
  const privateRow = (view: PrivateView): HTMLElement => {
    const here = state.people.has(view.peer.id);
    const face = make("span", { class: here ? "face here" : "face", title: here ? "Online" : "Offline" }, avatar(view.peer.name));
    return row(view, face, view.peer.name, !here);
  };

  state.watch(() => {
    show(channels, state.channels(), channelRow);
    show(privates, state.privates(), privateRow);
    hint.hidden = state.privates().length > 0;
    if (name.textContent !== state.me.name) portrait.replaceChildren(avatar(state.me.name || "?"));
    say(name, state.me.name);
    say(link, LINK[state.link]);
    link.dataset["link"] = state.link;
  });
}
