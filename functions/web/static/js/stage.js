/**
 * The one place where screens stand. It moves the focus to a new screen's heading, so that a screen reader reads it
 * and a keyboard starts there, and says aloud what changes without one.
 */

import { element } from "./dom.js";

const byId = (id) => document.getElementById(id);

/**
 * A screen: `name` for styles and tests, `title` for the heading, `body` its elements below, `picture` above the
 * heading. `leave` is called when another one takes its place.
 */
export class Stage {
  #leave = null;
  #main = byId("stage");

  /** The name of the screen that stands now. */
  name = "";

  show({ name, title, body, picture = null, leave = null, tone = "plain" }) {
    this.#leave?.();
    this.#leave = leave;
    this.name = name;
    this.say("");
    const heading = element("h1", { tabindex: "-1" }, title);
    this.#main.dataset.screen = name;
    this.#main.dataset.tone = tone;
    this.#main.replaceChildren(element("section", { class: `screen ${name}` }, picture, heading, body));
    document.title = `${title} · ${byId("issuer").textContent}`;
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }

  /** Show a screen that asks, and wait for the answer: `make` gets the function to answer with. */
  ask(make) {
    return new Promise((resolve) => {
      this.show(make(resolve));
    });
  }

  /** For ears. What is said stands on the screen as well, or is seen to happen. */
  say(text) {
    byId("announcement").textContent = text;
  }

  setIssuer(issuer) {
    byId("issuer").textContent = issuer;
  }

  /** A line above every screen while nobody answers; "" takes it away. */
  warn(text) {
    const line = byId("warning");
    if (line.textContent !== text) line.textContent = text;
    line.hidden = text === "";
  }
}
