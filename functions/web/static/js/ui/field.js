/**
 * A labelled field with a hint beneath, which screen readers read with it.
 */

import { element } from "../dom.js";

/** What no browser should correct or keep: codes, keys and the like. */
export const AS_TYPED = { autocapitalize: "none", autocorrect: "off", spellcheck: "false" };

/** `attributes` are those of the input. `parts` are for the form, in their order. */
export function field(id, label, hint, attributes = {}) {
  const input = element("input", { id, name: id, "aria-describedby": hint ? `${id}-hint` : null, ...attributes });
  const more = hint ? element("p", { id: `${id}-hint`, class: "hint" }, hint) : null;
  return { input, parts: [element("label", { for: id }, label), input, more] };
}
