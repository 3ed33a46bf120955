/**
 * What is known of something, as a list of names and values with a picture each.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";

/** `dir="auto"` keeps a value that runs from right to left from reaching into its neighbours. */
export function facts(...rows) {
  const row = ([picture, name, value, more]) =>
    element(
      "div",
      { class: "fact" },
      element("dt", {}, icon(picture), name),
      element("dd", {}, element("bdi", { dir: "auto" }, value), more && element("span", { class: "more" }, more)),
    );
  return element("dl", { class: "facts" }, rows.filter(Boolean).map(row));
}
