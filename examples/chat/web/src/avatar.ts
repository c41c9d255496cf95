// A person's picture: initials on a colour that belongs to the name.

import { make } from "./dom";

export function avatar(name: string): HTMLElement {
  const picture = make("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  picture.style.setProperty("--hue", String(hue(name)));
  return picture;
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase() ?? "?").join("");
}

/** FNV-1a, then steps round the colour circle that keep neighbours apart. */
function hue(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return ((hash >>> 0) % 24) * 15;
}
