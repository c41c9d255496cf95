// The name dialog: shown at the first visit, when the server rejects the name, and when the user changes it.

import { byId, say } from "./dom";

export class Entrance {
  readonly #dialog = byId<HTMLDialogElement>("entrance");
  readonly #name = byId<HTMLInputElement>("name");
  readonly #error = byId("name-error");
  readonly #cancel = byId<HTMLButtonElement>("name-cancel");
  #required = false;

  constructor(enter: (name: string) => void) {
    byId<HTMLFormElement>("entrance-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#name.value.trim().replace(/\s+/g, " ");
      if (name === "") return this.ask("", { error: "A name is needed." });
      this.#required = false;
      this.#dialog.close();
      enter(name);
    });
    this.#cancel.addEventListener("click", () => this.#dialog.close());
    // Escape always closes a dialog, so reopen it if a name is required.
    this.#dialog.addEventListener("close", () => {
      if (this.#required) this.#dialog.showModal();
    });
  }

  /** Opens the dialog. The user can close it without entering a name only if `optional` is `true`. */
  ask(name: string, { error = "", optional = false } = {}): void {
    this.#name.value = name;
    this.#name.setAttribute("aria-invalid", String(error !== ""));
    this.#cancel.hidden = !optional;
    this.#required = !optional;
    say(this.#error, error);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#name.focus();
    this.#name.select();
  }
}
