// Avatars: a person's initials on a colour derived from the name.

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

/** Hashes the name with FNV-1a and maps it to one of 24 hues, 15 degrees apart. */
function hue(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return ((hash >>> 0) % 24) * 15;
}
