/**
 * The one place where screens stand. It moves the focus to a new screen's heading, so that a screen reader reads it
 * and a keyboard starts there, and says aloud what changes without one.
 */

import { element } from "./dom.js";

const byId = (id) => document.getElementById(id);

/**
 * A screen: `name` for styles and tests, `title` for the heading, `body` its elements below, `picture` above the
 * heading. `leave` is called when another one takes its place.
 *
 * A sign-in request may have to stand in front of something that a person is about. It covers that, with all that was
 * typed, and whatever is shown meanwhile is shown beneath.
 */
export class Stage {
  #main = byId("stage");
  #front = null;
  #covered = null;

  /** The name of the screen that stands now. */
  get name() {
    return this.#front?.name ?? "";
  }

  show(screen) {
    const made = sectionOf(screen);
    if (!this.#covered) return this.#stand(made);
    this.#covered.leave?.();
    this.#covered = made;
  }

  /** Stand in front of what is there, until `uncover`. */
  cover(screen) {
    const made = sectionOf(screen);
    if (this.#covered) return this.#stand(made);
    this.#covered = this.#front;
    this.#front = null; // it is not left, only out of sight
    this.#stand(made);
  }

  uncover() {
    const covered = this.#covered;
    this.#covered = null;
    if (covered) this.#stand(covered);
  }

  #stand(made) {
    this.#front?.leave?.();
    this.#front = made;
    this.say("");
    this.#main.dataset.screen = made.name;
    this.#main.dataset.tone = made.tone;
    this.#main.replaceChildren(made.section);
    document.title = `${made.title} · ${this.issuer}`;
    scrollTo(0, 0);
    made.heading.focus({ preventScroll: true });
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

  get issuer() {
    return byId("issuer").textContent;
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

function sectionOf({ name, title, body, picture = null, leave = null, tone = "plain" }) {
  const heading = element("h1", { tabindex: "-1" }, title);
  const section = element("section", { class: `screen ${name}` }, picture, heading, body);
  return { name, title, tone, leave, heading, section };
}
