/**
 * What this device remembers of its pairing: one record in IndexedDB, which page and service worker both read.
 *
 * {id, name, key, user: {username, display_name}, vapidKey, wantsNotifications}
 *
 * All of it is one record, so a device never has a key without knowing whose it is.
 */

const DATABASE = "gatehouse";
const STORE = "pairing";
const RECORD = "this device";

export const readDevice = () => inStore("readonly", (store) => store.get(RECORD));

export const saveDevice = (device) => inStore("readwrite", (store) => store.put(device, RECORD));

/** It was removed: the key is of no use any more. */
export const forgetDevice = () => inStore("readwrite", (store) => store.delete(RECORD));

/** Read, change and write in one transaction: page and worker may both be at it. */
export function changeDevice(change) {
  return inStore("readwrite", (store) => {
    const reading = store.get(RECORD);
    reading.onsuccess = () => {
      if (reading.result) store.put({ ...reading.result, ...change }, RECORD);
    };
    return reading;
  });
}

async function inStore(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
