/**
 * Adding each kind of method: from the first screen to the moment when it counts.
 */

import { offerHomeScreen, pairThisDevice } from "./pairing.js";
import { authenticatorScreen } from "./screens/account/authenticator.js";
import { phoneCodeScreen, phoneNumberScreen } from "./screens/account/phone_number.js";
import { tokenScreen } from "./screens/account/token.js";

/**
 * By kind, what begins it. `area` is where it happens: {stage, account, ways, inside(screen), back, refused(error),
 * paired(device), added(told, id)}.
 */
export const adding = {
  device: addDevice,
  authenticator: addAuthenticator,
  phone: addPhone,
  token: addToken,
};

async function addDevice(area) {
  area.goInside();
  await offerHomeScreen(area.stage, "");
  const device = await pairThisDevice(area.stage, area.account, { onBack: area.back, onPaired: area.paired });
  return area.added(`${device.name} is ready.`, device.id);
}

async function addAuthenticator(area) {
  try {
    const started = await area.account.startAuthenticator();
    area.inside(
      authenticatorScreen({
        started,
        confirm: (code) => area.account.confirmAuthenticator(started.factor_id, code),
        onBack: area.back,
        onDone: (factor) => area.added("Your authenticator app is ready. Sign in with the next code that it shows.", factor.factor_id),
      }),
    );
  } catch (error) {
    area.refused(error);
  }
}

function addPhone(area) {
  const send = ({ number, name, by }) => area.account.addPhone(number, name, by);
  const askForCode = (wanted, sent) =>
    area.inside(
      phoneCodeScreen({
        sent,
        by: wanted.by,
        confirm: (id, code) => area.account.confirmPhone(id, code),
        again: () => send(wanted),
        onBack: area.back,
        onDone: (phone) => area.added(`${phone.number} gets codes from now on.`, phone.phone_id),
      }),
    );
  area.inside(phoneNumberScreen({ ways: area.ways, send, onBack: area.back, onSent: askForCode }));
}

function addToken(area) {
  area.inside(
    tokenScreen({
      claim: (serial, codes) => area.account.claimToken(serial, codes),
      onBack: area.back,
      onDone: (factor) => area.added("Your token is ready. Sign in with the next code that it shows.", factor.factor_id),
    }),
  );
}
