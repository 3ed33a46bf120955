/**
 * Two digits, by finger or by keyboard. The number is never filled in, offered or remembered: only who typed it at the
 * login can know it.
 */

import { element } from "../dom.js";
import { icon } from "../icons.js";

export const DIGITS = 2;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** `onChange` gets the digits so far; `onEnter` is called for the Enter key, unless a button has the focus. */
export function keypad({ onChange, onEnter, say }) {
  let number = "";
  const boxes = Array.from({ length: DIGITS }, () => element("span", { class: "digit" }));
  const display = element("div", { class: "digits", role: "img" }, ...boxes);

  function draw() {
    boxes.forEach((box, at) => {
      box.textContent = number[at] ?? "";
      box.toggleAttribute("data-next", at === number.length);
    });
    display.setAttribute("aria-label", number ? `Number entered: ${[...number].join(" ")}` : "No number entered yet");
  }
  function set(digits) {
    number = digits;
    draw();
    say(number ? [...number].join(" ") : "empty");
    onChange(number);
  }
  function type(digit) {
    if (number.length < DIGITS) set(number + digit);
  }
  const erase = () => set(number.slice(0, -1));
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (/^[0-9]$/.test(event.key)) type(event.key);
    else if (event.key === "Backspace") erase();
    else if (event.key === "Enter" && !event.target.closest("button")) onEnter();
  }

  const key = (digit) => element("button", { type: "button", class: "key", onClick: () => type(digit) }, digit);
  const eraser = element("button", { type: "button", class: "key erase", "aria-label": "Delete", onClick: erase }, icon("erase"));
  const keys = element("div", { class: "keys", role: "group", "aria-label": "Digits" }, KEYS.map(key), element("span"), key("0"), eraser);
  const asked = element("div", { class: "asked" }, element("p", { class: "label" }, "Enter the number you typed to sign in"), display);
  const node = element("div", { class: "keypad" }, asked, keys);
  draw();
  return {
    node,
    get number() {
      return number;
    },
    listen: () => addEventListener("keydown", press),
    leave: () => removeEventListener("keydown", press),
  };
}
