/**
 * After a first method: a second way in, before it is needed.
 */

import { button, element } from "../../dom.js";
import { emblem } from "../../ui/emblem.js";
import { rowList } from "../../ui/rows.js";
import { KINDS } from "./kinds.js";

/** `told` says what was just done. */
export function backupScreen({ told, can, ways, onRecovery, onAdd, onLater }) {
  const codes = { picture: "key", name: "Recovery codes", more: "Ten codes on paper. Takes a minute.", mark: "Recommended", onOpen: onRecovery };
  const others = can.map((kind) => ({ picture: KINDS[kind].picture, name: KINDS[kind].name(), more: KINDS[kind].more(ways), onOpen: () => onAdd(kind) }));
  return {
    name: "backup",
    title: "And if you lose it?",
    picture: emblem("shield"),
    body: [
      element("p", { class: "message", "data-tone": "good" }, told),
      element("p", { class: "lead" }, "A phone breaks or gets lost sooner or later. Choose a second way in now, and you need nobody’s help then."),
      rowList("A second way in", [codes, ...others]),
      element("div", { class: "actions aside" }, button("Later", "link", onLater)),
    ],
  };
}
