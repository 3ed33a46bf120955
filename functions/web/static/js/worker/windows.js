/**
 * The app's windows, as the worker sees them.
 */

export const openWindows = () => clients.matchAll({ type: "window", includeUncontrolled: true });

/** A window that is there is used: a second one would ask the same question. */
export async function openApp(promptId) {
  const [window] = await openWindows();
  if (!window) return clients.openWindow(promptId ? `/#approve=${promptId}` : "/");
  window.postMessage(promptId ? { approve: promptId } : { look: true });
  return window.focus().catch(() => null); // some systems let nobody raise a window
}
