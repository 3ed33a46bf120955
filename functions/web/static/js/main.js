/**
 * The app's beginning: where it is, whom it answers for, and what it was opened for.
 */

import { AccountArea } from "./account_area.js";
import { Approver } from "./approver.js";
import { forgetDevice, readDevice } from "./device_storage.js";
import { takeFragment } from "./fragment.js";
import { exchange } from "./http.js";
import { offerHomeScreen, openByPairingCode, pairThisDevice } from "./pairing.js";
import { keepInstallOffer } from "./platform.js";
import { elsewhereScreen, replaceScreen, unsupportedScreen } from "./screens/trouble.js";
import { Stage } from "./stage.js";
import { workerAddress } from "./trusted.js";

const stage = new Stage();
const area = new AccountArea(stage, { paired: pairedInside, unpaired, left, ring: () => approver.ringMe() });
let device = null; // this browser's own pairing
let approver = null; // at work for it

async function begin() {
  keepInstallOffer();
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return stage.show(unsupportedScreen());
  const asked = takeFragment();
  const [portal, known] = await Promise.all([portalSettings(), readDevice(), registerWorker()]);
  stage.setIssuer(portal.issuer);
  if (portal.origin && portal.origin !== location.origin) return stage.show(elsewhereScreen(portal.origin));
  navigator.serviceWorker?.addEventListener("message", (event) => heard(event.data));
  addEventListener("hashchange", () => heardLink(takeFragment()));
  device = known;
  return device ? goOn(asked) : setUp(asked);
}

/** Nobody is paired here: by what the link says, by a session that is open, or from the beginning. */
async function setUp({ isPairing, code }) {
  if (isPairing) return pair(code);
  if (!code) await offerHomeScreen(stage, "");
  return area.open(null, code);
}

async function goOn({ isPairing, code, promptId }) {
  if (isPairing && code && (await askedToReplace())) return pair(code);
  work(isPairing ? "" : promptId);
  return code && !isPairing ? manage(code) : null;
}

function askedToReplace() {
  approver?.stop();
  return stage.ask(replaceScreen(device));
}

async function pair(code) {
  approver?.stop();
  approver = null;
  const account = await openByPairingCode(stage, code);
  device = await pairThisDevice(stage, account);
  return area.afterPairing(account, device);
}

function work(promptId = "") {
  approver?.stop();
  approver = newApprover();
  return approver.start(promptId);
}

const newApprover = () => new Approver(stage, device, { onPairAgain: () => pair(""), onManage: () => manage() });

// ---- the person's own pages, and what becomes of this browser's pairing there

function manage(code = "") {
  approver?.standAside();
  return area.open(device, code);
}

function pairedInside(made) {
  device = made;
  approver?.stop();
  approver = newApprover();
  approver.standAside();
}

async function unpaired() {
  approver?.stop();
  approver = null;
  device = null;
  await forgetDevice();
}

function left() {
  if (!device) return setUp({ isPairing: false, code: "" });
  return approver ? approver.comeBack() : work();
}

// ---- what comes in while it is open

/** From the worker: a push message has come, or its notification was tapped. */
function heard({ approve, look }) {
  if (approve) approver?.open(approve);
  else if (look) approver?.look();
}

async function heardLink({ isPairing, code, promptId }) {
  if (promptId) return approver?.open(promptId);
  if (!code) return null;
  return device ? goOn({ isPairing, code, promptId: "" }) : setUp({ isPairing, code });
}

/** Without an answer the app still opens: it has its own files, and says that there is no connection. */
const portalSettings = () => exchange("GET", "/portal.json").catch(() => ({ issuer: "Gatehouse", origin: "" }));

/** Without a worker nothing rings, but the open app still works. */
const registerWorker = () =>
  navigator.serviceWorker?.register(workerAddress, { type: "module", updateViaCache: "none" }).catch(() => null);

await begin();
