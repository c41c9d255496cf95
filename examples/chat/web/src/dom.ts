// The few words in which the views talk to the document.

type Attributes = Record<string, string | boolean | (() => void)>;

/** The element of `index.html` with this id. */
export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as T;
}

/** Makes an element. Functions become listeners of that name; strings among the children become text, never markup. */
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

/** Sets an element's text, and leaves it alone where it says that already, so that nothing is announced twice. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes `list` show `items`, each rendered to an element that carries its key as `data-key`. Elements that would look
 * the same stay, with their focus and selection, and a live region announces only what is new.
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
