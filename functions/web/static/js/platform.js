/**
 * What kind of device and window this is: only for words and offers, never for decisions about security.
 */

/** iPadOS calls itself a Mac; no Mac has a touch screen. */
export const isIos = () =>
  /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);

export const isInstalled = () => navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;

const KINDS = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android.*Mobile/, "Android phone"],
  [/Android/, "Android tablet"],
  [/CrOS/, "Chromebook"],
  [/Windows/, "Windows PC"],
  [/Macintosh/, "Mac"],
  [/Linux/, "Linux PC"],
];

export function deviceKind() {
  if (isIos() && !/iPhone|iPod/.test(navigator.userAgent)) return "iPad";
  return KINDS.find(([pattern]) => pattern.test(navigator.userAgent))?.[1] ?? "My device";
}

let offer = null;

/** Chromium offers to install once, whenever it likes; the offer is kept until somebody has a place for it. */
export function keepInstallOffer() {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    dispatchEvent(new Event("gatehouse-installable"));
  });
  addEventListener("appinstalled", () => {
    offer = null;
  });
}

export const canInstall = () => offer !== null && !isInstalled();

export async function install() {
  const used = offer;
  offer = null;
  await used.prompt();
  return (await used.userChoice).outcome === "accepted";
}
