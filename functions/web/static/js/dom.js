/**
 * Elements from words. Text becomes text nodes and nothing else: there is no way from here to HTML.
 */

/** `attributes`: `onClick` and the like listen, true stands without a value, false and null are left out. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function drawing(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

export const button = (text, look, onClick, more = {}) =>
  element("button", { type: "button", class: `button ${look}`, onClick, ...more }, text);

export const submitButton = (text, look = "primary") => element("button", { type: "submit", class: `button ${look}` }, text);

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2).toLowerCase(), value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
