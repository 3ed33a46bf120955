/**
 * One tap, one action: while it runs, nothing on the screen can be tapped again.
 */

export async function whileBusy(area, action) {
  const controls = [...area.querySelectorAll("button, input")].filter((control) => !control.disabled);
  const focused = document.activeElement;
  area.setAttribute("aria-busy", "true");
  for (const control of controls) control.disabled = true;
  try {
    return await action();
  } finally {
    area.removeAttribute("aria-busy");
    for (const control of controls) control.disabled = false;
    if (focused?.isConnected) focused.focus({ preventScroll: true }); // a disabled button loses it
  }
}
