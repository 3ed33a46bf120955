/**
 * The app's beginning: where it is, whom it answers for, and what it was opened for.
 */

import { Approver } from "./approver.js";
import { readDevice } from "./device_storage.js";
import { takeFragment } from "./fragment.js";
import { exchange } from "./http.js";
import { pair } from "./pairing.js";
import { keepInstallOffer } from "./platform.js";
import { elsewhereScreen, replaceScreen, unsupportedScreen } from "./screens/trouble.js";
import { Stage } from "./stage.js";
import { workerAddress } from "./trusted.js";

const stage = new Stage();
let approver = null;

async function begin() {
  keepInstallOffer();
  if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return stage.show(unsupportedScreen());
  const asked = takeFragment();
  const [portal, device] = await Promise.all([portalSettings(), readDevice(), registerWorker()]);
  stage.setIssuer(portal.issuer);
  if (portal.origin && portal.origin !== location.origin) return stage.show(elsewhereScreen(portal.origin));
  navigator.serviceWorker?.addEventListener("message", (event) => heard(event.data));
  addEventListener("hashchange", () => heardLink(takeFragment()));
  return device ? goOn(device, asked) : setUp(asked.code);
}

async function goOn(device, { code, promptId }) {
  approver?.stop();
  if (code && (await stage.ask(replaceScreen(device)))) return setUp(code);
  return work(device, promptId);
}

async function setUp(code) {
  approver?.stop();
  approver = null;
  const device = await pair(stage, code);
  return work(device, "");
}

function work(device, promptId) {
  approver?.stop();
  approver = new Approver(stage, device, () => setUp(""));
  return approver.start(promptId);
}

/** From the worker: a push message has come, or its notification was tapped. */
function heard({ approve, look }) {
  if (approve) approver?.open(approve);
  else if (look) approver?.look();
}

async function heardLink({ code, promptId }) {
  if (promptId) approver?.open(promptId);
  else if (code && !approver) await setUp(code);
  else if (code) await goOn(await readDevice(), { code, promptId: "" });
}

/** Without an answer the app still opens: it has its own files, and says that there is no connection. */
const portalSettings = () => exchange("GET", "/portal.json").catch(() => ({ issuer: "Gatehouse", origin: "" }));

/** Without a worker nothing rings, but the open app still works. */
const registerWorker = () =>
  navigator.serviceWorker?.register(workerAddress, { type: "module", updateViaCache: "none" }).catch(() => null);

await begin();
