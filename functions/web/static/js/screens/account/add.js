/**
 * What can be added, each with what it is good for.
 */

import { element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { emblem } from "../../ui/emblem.js";
import { rowList } from "../../ui/rows.js";
import { KINDS } from "./kinds.js";

export const addList = (can, ways, onAdd) =>
  rowList("What you can add", can.map((kind) => {
    const { picture, name, more } = KINDS[kind];
    return { picture, name: name(), more: more(ways), onOpen: () => onAdd(kind) };
  }));

export const addScreen = ({ can, ways, onBack, onAdd }) => ({
  name: "add",
  title: "Add a method",
  picture: [backButton(onBack), emblem("plus")],
  body: [element("p", { class: "lead" }, "Two are better than one: you can still sign in if you lose the other."), addList(can, ways, onAdd)],
});
