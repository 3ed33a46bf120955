/**
 * The pictures of the interface: strokes on a grid of 24, in the colour of the text around them.
 */

import { drawing } from "./dom.js";

const PATHS = {
  app: ["M4 5.5h16v13H4z", "M4 9.5h16"],
  back: ["M14.5 5.5L8 12l6.5 6.5"],
  bell: ["M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15z", "M10 21h4"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  clock: ["M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17z", "M12 7.5V12l3 2"],
  cloud: ["M7 18.5a4 4 0 0 1-.5-8a5.5 5.5 0 0 1 10.6 1.2A3.5 3.5 0 0 1 17 18.5", "M4 4l16 16"],
  copy: ["M8.5 8.5h11v11h-11z", "M15.5 8.5v-4h-11v11h4"],
  cross: ["M6.5 6.5l11 11", "M17.5 6.5l-11 11"],
  flag: ["M6 21V4.5", "M6 5c4-2 7 2 12 0v9c-5 2-8-2-12 0"],
  forward: ["M9.5 5.5L16 12l-6.5 6.5"],
  erase: ["M9 6h11.5v12H9l-6-6z", "M12 9.5l5 5", "M17 9.5l-5 5"],
  key: ["M8 11.5a4 4 0 1 0 0 8a4 4 0 0 0 0-8z", "M11 13l8.5-8.5", "M16 8l3 3"],
  message: ["M4 5h16v11.5h-8.5L7 20.5v-4H4z", "M8 9.5h8", "M8 12.5h5"],
  phone: ["M7.5 3h9A1.5 1.5 0 0 1 18 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 19.5v-15A1.5 1.5 0 0 1 7.5 3z", "M10.5 18h3"],
  pin: ["M12 21c4-4.5 6.5-7.600 6.5-11a6.5 6.5 0 0 0-13 0c0 3.400 2.5 6.5 6.5 11z", "M12 7.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5z"],
  person: ["M12 4a4 4 0 1 0 0 8a4 4 0 0 0 0-8z", "M4.5 20.5c.7-4 3.700-6 7.5-6s6.800 2 7.5 6"],
  plus: ["M12 5.5v13", "M5.5 12h13"],
  qr: ["M4.5 4.5H10V10H4.5z", "M14 4.5h5.5V10H14z", "M4.5 14H10v5.5H4.5z", "M14 14h2.5", "M19.5 14v2.5", "M14 17.5v2", "M17 19.5h2.5"],
  share: ["M12 14.5V3.5", "M8 7l4-4l4 4", "M7 10.5H5.5v10h13v-10H17"],
  shield: ["M12 3l7.5 2.800V11c0 4.700-3 8.200-7.5 10c-4.5-1.800-7.5-5.300-7.5-10V5.800z", "M8.5 12l2.5 2.5l4.5-5"],
  token: ["M6 5.5h12a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z", "M7.5 9h6.5v3H7.5z", "M17 10.5h.01", "M7.5 15.5h3"],
  unlink: ["M9.5 14.5l-2 2a3.5 3.5 0 0 1-5-5l2-2", "M14.5 9.5l2-2a3.5 3.5 0 0 1 5 5l-2 2", "M9 4.5V7", "M15 17v2.5"],
};

/** A decoration: whatever it says stands in words beside it. */
export function icon(name, look = "") {
  const strokes = PATHS[name].map((d) => drawing("path", { d }));
  return drawing("svg", { class: `icon ${look}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, ...strokes);
}
