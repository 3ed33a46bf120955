/**
 * The large round picture at the head of a screen. Its colour follows the screen's tone.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";

export const emblem = (picture, look = "") => element("div", { class: `emblem ${look}` }, icon(picture));
