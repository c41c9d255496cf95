// The name dialog: at the first visit, when the server refuses the name, and when one wants another.

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
    // Escape closes a dialog, whatever is said against it.
    this.#dialog.addEventListener("close", () => {
      if (this.#required) this.#dialog.showModal();
    });
  }

  /** Opens the dialog. It can be left without a name only where there is one to go on with. */
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
