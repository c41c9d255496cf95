// DOM helpers for the views.

type Attributes = Record<string, string | boolean | (() => void)>;

/** Returns the element of `index.html` with this id. Throws if there is none. */
export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as T;
}

/** Creates an element. Functions become event listeners, and string children become text nodes, not markup. */
export function make(tag: string, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Sets an element's text if it differs, so that screen readers do not announce the same text twice. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Renders `items` into `list`. Each rendered element has its key in `data-key`. Unchanged elements stay in the
 * document, so they keep focus and selection, and a live region announces only new elements.
 */
export function show<T>(list: HTMLElement, items: T[], render: (item: T) => HTMLElement): void {
  const old = new Map([...list.children].map((child) => [(child as HTMLElement).dataset["key"], child]));
  let next: Element | null = list.firstElementChild;
  for (const item of items) {
    const fresh = render(item);
    const known = old.get(fresh.dataset["key"]);
    old.delete(fresh.dataset["key"]);
    if (known?.isEqualNode(fresh)) {
      if (known === next) next = next.nextElementSibling;
      else list.insertBefore(known, next);
    } else if (known) {
      const focused = known.contains(document.activeElement);
      if (known === next) next = next.nextElementSibling;
      known.remove();
      list.insertBefore(fresh, next);
      if (focused) fresh.querySelector<HTMLElement>("button")?.focus();
    } else {
      list.insertBefore(fresh, next);
    }
  }
  for (const gone of old.values()) gone.remove();
}
