/**
 * The start of a person's own pages: what is set up, what is missing, and what can be done about it.
 */

import { button, element } from "../../dom.js";
import { icon } from "../../icons.js";
import { emblem } from "../../ui/emblem.js";
import { messageLine } from "../../ui/message.js";
import { rowList } from "../../ui/rows.js";
import { addList } from "./add.js";
import { lineOf } from "./kinds.js";

/**
 * `methods` as `listed` has them, `recovery` the count of codes; `told` is the news of the last step, "" for none, and
 * `tone` whether it is good or bad.
 * `isMuted` tells that requests were turned off by a report.
 * `can` has what may be added here, empty for who may only look.
 */
export function overviewScreen({ account, methods, recovery, isMuted, told, tone, can, ways, isPaired, on }) {
  const isEmpty = methods.length === 0;
  const news = messageLine();
  if (told) news.tell(told, tone);
  return {
    name: "account",
    title: isEmpty ? "Set up how you sign in" : "Your sign-in methods",
    tone: standing(methods, recovery).tone,
    picture: [emblem(isEmpty ? "key" : "shield", "calm")],
    body: [
      element("p", { class: "lead" }, isEmpty ? "Hello, " : "For ", element("bdi", { dir: "auto" }, account.displayName), isEmpty ? ". Begin with one of these." : null),
      news.line,
      account.mayChange ? null : lookCard(on.code),
      isMuted ? mutedCard(account, on.unmute) : null,
      isEmpty ? null : standingCard(standing(methods, recovery)),
      isEmpty && account.mayChange ? addList(can, ways, on.add) : null,
      isEmpty ? null : rowList("Your methods", methods.map((method) => ({ ...method, more: lineOf(method), onOpen: () => on.method(method) }))),
      isEmpty ? null : rowList("Recovery codes", [recoveryRow(recovery, on.recovery)]),
      actions({ isEmpty, account, isPaired, on }),
    ],
  };
}

function actions({ isEmpty, account, isPaired, on }) {
  const mayAdd = !isEmpty && account.mayChange;
  return [
    mayAdd && element("div", { class: "actions" }, button("Add a method", "primary", on.addAny)),
    element(
      "div",
      { class: "actions aside" },
      mayAdd && button("I have a new phone", "link", on.newPhone),
      isPaired && button("Back to sign-in requests", "link", on.leave),
      button("Sign out", "link", on.signOut),
    ),
  ];
}

/** How well somebody stands who loses one of these. */
function standing(methods, recovery) {
  if (methods.length === 0) return { tone: "plain" };
  if (methods.length > 1 && recovery.left > 0) return { tone: "good", picture: "check", text: "You are well set up: if you lose one of these, you can still sign in." };
  if (methods.length > 1) return { tone: "good", picture: "check", text: "You can sign in in more than one way. Recovery codes would help if you lose all of them." };
  if (recovery.left > 0) return { tone: "good", picture: "check", text: "If you lose this, you have recovery codes. A second method is more convenient." };
  return { tone: "warning", picture: "flag", text: "This is your only way in. Add a second method or recovery codes, before you need them." };
}

const standingCard = ({ picture, text }) => element("div", { class: "standing" }, icon(picture), element("p", {}, text));

const lookCard = (onCode) =>
  element(
    "div",
    { class: "card notice" },
    element("p", {}, "You signed in with a code alone, so you can look and try codes, but change nothing. To change something, ask your help desk for an enrolment code."),
    button("Enter an enrolment code", "quiet small", onCode),
  );

const mutedCard = ({ mayChange }, onUnmute) =>
  element(
    "div",
    { class: "card notice" },
    element("p", {}, "Sign-in requests and calls are off, because one was reported as not yours. Until they are on again, sign in with a code."),
    mayChange
      ? button("Turn requests on again", "quiet small", onUnmute)
      : element("p", {}, "Your help desk can turn them on again."),
  );

function recoveryRow({ left, made_at: madeAt }, onOpen) {
  const more = madeAt ? `${left} of 10 left` : "None yet";
  return { picture: "key", name: "Recovery codes", more, mark: left > 0 ? null : "Missing", onOpen };
}
