/**
 * A QR code from its modules: dark on white in either colour scheme, because many cameras read no other.
 */

import { drawing } from "../dom.js";

const QUIET = 4; // modules left free around it (ISO/IEC 18004)

/** `rows` of "0" and "1". */
export function qrCode(rows, label) {
  const size = rows.length + 2 * QUIET;
  return drawing(
    "svg",
    { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
    drawing("rect", { class: "qr-light", width: size, height: size }),
    drawing("path", { class: "qr-dark", d: rows.map(runsOf).join("") }),
  );
}

/** Each run of dark modules as one rectangle. */
function runsOf(row, y) {
  const runs = [...row.matchAll(/1+/g)];
  return runs.map(({ index, 0: run }) => `M${index + QUIET} ${y + QUIET}h${run.length}v1h-${run.length}z`).join("");
}
