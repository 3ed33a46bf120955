/**
 * On an iPhone or iPad, before anything else: the installed app has storage of its own and alone may ring, so what is
 * paired in the browser would be of no use.
 */

import { button, drawing, element } from "../dom.js";
import { icon } from "../icons.js";
import { copyButton } from "../ui/copy.js";

const step = (picture, ...words) => element("li", {}, element("span", { class: "step-picture" }, picture), element("span", {}, ...words));
const strong = (text) => element("strong", {}, text);

export const installScreen = (code) => (answer) => ({
  name: "install",
  title: "First, put it on your Home Screen",
  picture: homeScreenPicture(),
  body: [
    element("p", { class: "lead" }, "Only from there can it ring when somebody signs in with your name."),
    element(
      "ol",
      { class: "card instructions" },
      step(icon("share"), "Tap ", strong("Share"), " in the browser's bar"),
      step(icon("plus"), "Choose ", strong("Add to Home Screen")),
      step(element("img", { src: "/apple-touch-icon.png", alt: "", width: 28, height: 28 }), "Open ", strong("Gatehouse"), " from there", code ? " and enter this code" : ""),
    ),
    code ? keptCode(code) : null,
    element("div", { class: "actions" }, button("Go on in the browser instead", "link", () => answer(null))),
  ],
});

/** The code in the link does not come along to the installed app. */
function keptCode(code) {
  return element("div", { class: "card kept-code" }, element("output", { class: "spelled", "aria-label": "Your pairing code" }, code), copyButton(code));
}

/** A phone with one app more than before. */
function homeScreenPicture() {
  const places = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => [24 + (at % 3) * 24, 22 + Math.floor(at / 3) * 24]);
  const apps = places.map(([x, y]) => drawing("rect", { class: "other", x, y, width: 16, height: 16, rx: 4.5 }));
  const [x, y] = [72, 70];
  return drawing(
    "svg",
    { class: "home-screen", viewBox: "0 0 112 116", "aria-hidden": "true" },
    drawing("path", { class: "phone", d: "M12 116V18A14 14 0 0 1 26 4h60a14 14 0 0 1 14 14v98" }),
    ...apps,
    drawing("rect", { class: "ours", x: x - 3, y: y - 3, width: 22, height: 22, rx: 6 }),
    drawing("path", { class: "tick", d: `M${x + 3} ${y + 8.5}l3.5 3.5l6.5-7` }),
  );
}
