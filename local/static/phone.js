/**
 * The phone simulator: opens the real web app in a window of a phone's size, and sends real RADIUS logins.
 *
 * Text from the server becomes text of the page, never markup.
 */

const PHONE_WINDOW = "popup,width=390,height=844";
const LOOK_MS = 2000;
const LOOK_TIMES = 90; // three minutes to pair
const TICK_MS = 100;
const WHY_TIMES = 30; // the record is there some seconds after the answer; the first one takes longer
const PUSH = /^(push\d?) *\d\d$/i;
const FIRST_NUMBER = "47";
const KEPT_NUMBERS = 5; // so many the server does not take again

const byId = (id) => document.getElementById(id);
const button = { pair: byId("pair"), send: byId("send") };
let waitSeconds = 30;

async function ask(path, message) {
  const request = message && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  };
  const answer = await fetch(`/_local/${path}`, request);
  if (!answer.ok) throw new Error((await answer.text()).trim() || `HTTP ${answer.status}`);
  return answer.json();
}

// ---- the phone

function showUsers(names) {
  for (const name of names) {
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "user", value: name });
    const label = document.createElement("label");
    label.append(input, name);
    byId("users").append(label);
  }
  byId("users").querySelector("input").checked = true;
}

const chosenUser = () => byId("users").querySelector(":checked").value;

function showChosen() {
  const user = chosenUser();
  button.pair.textContent = `Pair this browser as ${user}’s phone`;
  byId("user").value = user;
}

function say(text, kind = "") {
  byId("pair-status").textContent = text;
  byId("pair-status").className = `status ${kind}`;
}

async function pair() {
  const user = chosenUser();
  // Opened while the click still counts: after an answer from the server a browser takes it for an advertisement.
  const phone = window.open("about:blank", "gatehouse-phone", PHONE_WINDOW);
  if (!phone) return say("The browser keeps windows closed here: allow them for this page, and try again.", "bad");
  button.pair.disabled = true;
  try {
    const before = await countDevices(user);
    const { link } = await ask("pair", { user });
    phone.location.replace(link);
    say(`Follow the phone’s window: it asks whether it shall be ${user}’s.`);
    await paired(user, before);
    const push = before ? `push${before + 1}` : "push";
    propose(push);
    const which = before ? `It is ${user}’s phone number ${before + 1}: type ${push}.` : "";
    say(`${user}’s phone is paired. Press Done there, leave the window open, and log in. ${which}`, "good");
  } catch (error) {
    say(error.message, "bad");
  } finally {
    button.pair.disabled = false;
  }
}

const countDevices = async (user) => (await ask(`devices/${encodeURIComponent(user)}`)).devices.length;

async function paired(user, before) {
  for (let look = 0; look < LOOK_TIMES; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if ((await countDevices(user)) > before) return;
  }
  throw new Error("Nothing was paired. Press the button again for a new link.");
}

// ---- the number

/** Numbers that this page has sent, also before it was opened anew. */
const sent = () => JSON.parse(localStorage.getItem("numbers") ?? "[]");

function unsent() {
  const taken = new Set(sent());
  if (!taken.has(FIRST_NUMBER)) return FIRST_NUMBER;
  const free = Array.from({ length: 90 }, (_, at) => String(at + 10)).filter((number) => !taken.has(number));
  return free[Math.floor(Math.random() * free.length)];
}

function propose(push) {
  byId("typed").value = `${push} ${unsent()}`;
  byId("proposal").dataset.typed = byId("proposal").textContent = byId("typed").value;
}

/** One that was sent is not proposed again soon. */
function noteNumber(typed) {
  if (PUSH.test(typed)) localStorage.setItem("numbers", JSON.stringify([...sent(), typed.slice(-2)].slice(-KEPT_NUMBERS)));
}

function proposeAfter(typed) {
  const push = typed.match(PUSH)?.[1];
  if (push && byId("typed").value === typed) propose(push); // who has typed something else meanwhile keeps it
}

// ---- the login

async function logIn(event) {
  event.preventDefault();
  const [user, typed] = [byId("user").value, byId("typed").value];
  const answer = addAnswer(user, typed);
  noteNumber(typed);
  try {
    const reply = await ask("login", { user, typed });
    answer.end(reply.reply, reply.accepted, reply.milliseconds / 1000);
    proposeAfter(typed);
    if (reply.accepted) return;
    answer.explain("Looking up what the record says …");
    answer.explain(await why(user, reply.began));
  } catch (error) {
    answer.fail(error.message);
  }
}

/** What the audit record says of a Reject, which the wire does not. */
async function why(user, began) {
  for (let look = 0; look < WHY_TIMES; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    try {
      const told = await ask(`why/${encodeURIComponent(user)}/${began}`);
      if (told.why) return `The record: ${told.why}`;
    } catch (error) {
      return `The record says nothing: ${error.message}.`;
    }
  }
  return "The record is not there yet: gatehouse trace tells later. A number of the last five is not taken again.";
}

/** A line that counts until the edge has answered. */
function addAnswer(user, typed) {
  const line = byId("answer").content.firstElementChild.cloneNode(true);
  const [title, detail, reason, time] = ["b", ".detail", ".why", ".time"].map((part) => line.querySelector(part));
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  title.textContent = "Access-Request";
  detail.textContent = `${user}, “${typed}”. Waiting for an answer, up to ${waitSeconds} s. Look at the phone.`;
  line.className = "waiting";
  byId("nothing").hidden = true;
  byId("answers").prepend(line);
  const ticking = setInterval(() => (time.textContent = `${seconds().toFixed(1)} s`), TICK_MS);

  const end = (name, kind, text, took) => {
    clearInterval(ticking);
    line.className = kind;
    title.textContent = name;
    detail.textContent = text;
    time.textContent = `${took.toFixed(2)} s`;
  };
  return {
    end: (name, accepted, took) => end(name, accepted ? "accepted" : "rejected", `${user}, “${typed}”`, took),
    explain: (text) => (reason.textContent = text),
    fail: (text) => end("No answer", "rejected", text, seconds()),
  };
}

// ---- the start

async function start() {
  const setup = await ask("setup");
  waitSeconds = setup.wait_seconds;
  byId("station").textContent = setup.station;
  propose("push");
  showUsers(setup.users);
  showChosen();
  byId("users").addEventListener("change", showChosen);
  button.pair.addEventListener("click", pair);
  byId("login").addEventListener("submit", logIn);
  for (const choice of document.querySelectorAll("[data-typed]"))
    choice.addEventListener("click", () => (byId("typed").value = choice.dataset.typed));
  button.pair.disabled = button.send.disabled = false;
}

start().catch((error) => say(`${error.message}. Does make run still run?`, "bad"));
