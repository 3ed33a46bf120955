/**
 * The seconds that are left, as a ring that empties. Calm on purpose: who is hurried approves anything.
 */

import { drawing, element } from "../dom.js";

const RADIUS = 20;
const AROUND = 2 * Math.PI * RADIUS;
const SAID_ALOUD = [30, 10];

/** `left` gives the milliseconds left; `onEnd` is called once. */
export function countdown({ left, whole, say, onEnd }) {
  const rest = drawing("circle", { class: "rest", cx: 24, cy: 24, r: RADIUS, "stroke-dasharray": AROUND });
  const track = drawing("circle", { class: "track", cx: 24, cy: 24, r: RADIUS });
  const seconds = element("span", { class: "seconds" });
  const ring = drawing("svg", { viewBox: "0 0 48 48", "aria-hidden": "true" }, track, rest);
  const node = element("div", { class: "countdown", role: "timer", "aria-label": "Seconds left" }, ring, seconds);
  let ticking = null;

  function tick() {
    const now = Math.max(0, Math.ceil(left() / 1000));
    rest.setAttribute("stroke-dashoffset", String(AROUND * (1 - Math.min(1, left() / whole))));
    if (seconds.textContent !== String(now) && SAID_ALOUD.includes(now)) say(`${now} seconds left`);
    seconds.textContent = String(now);
    if (left() > 0) return;
    stop();
    onEnd();
  }
  function stop() {
    clearInterval(ticking);
    ticking = null;
  }
  function start() {
    ticking = setInterval(tick, 250);
    tick();
  }
  return { node, start, stop };
}
