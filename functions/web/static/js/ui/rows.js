/**
 * A list of things that can be opened: a picture, a name, what else is worth knowing, and a sign that there is more.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";

/** `rows`: {picture, name, more, mark, onOpen}; `mark` is a word in a badge. */
export const rowList = (label, rows) =>
  element("ul", { class: "card rows", "aria-label": label }, rows.map((row) => element("li", {}, rowButton(row))));

function rowButton({ picture, name, more, mark, onOpen }) {
  return element(
    "button",
    { type: "button", class: "row-button", onClick: onOpen },
    element("span", { class: "step-picture" }, icon(picture)),
    element(
      "span",
      { class: "row-words" },
      element("span", { class: "row-name" }, element("bdi", { dir: "auto" }, name), mark && element("span", { class: "badge" }, mark)),
      more && element("span", { class: "hint" }, more),
    ),
    icon("forward", "row-sign"),
  );
}
