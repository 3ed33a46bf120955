/**
 * A person's own pages: which screen comes after which.
 *
 * They begin with a code or a sign-in and always come back to the overview. Within them the browser's own "back" leads to
 * the overview as well; no address ever says where somebody is or what they do.
 */

import { Account, isSignedOut } from "./account_api.js";
import { adding } from "./adding.js";
import { addPasskey, canHavePasskey } from "./passkeys.js";
import { addScreen } from "./screens/account/add.js";
import { backupScreen } from "./screens/account/backup.js";
import { KINDS, listed } from "./screens/account/kinds.js";
import { methodScreen } from "./screens/account/method.js";
import { newPhoneScreen, retireScreen } from "./screens/account/new_phone.js";
import { overviewScreen } from "./screens/account/overview.js";
import { recoveryCodesScreen, recoveryScreen } from "./screens/account/recovery.js";
import { signInScreen } from "./screens/account/sign_in.js";
import { enrolmentCodeScreen } from "./screens/code.js";
import { unreachableScreen } from "./screens/trouble.js";
import { wordsFor } from "./ui/message.js";
import { proven } from "./ui/prove.js";
import { ENDED } from "./ui/sign_in_words.js";

export class AccountArea {
  #stage;
  #account = null;
  #set = null; // what is set up: {factors, devices, phones, recovery, ways}
  #device = null; // this browser's own pairing
  #isReplacing = false; // what is added now takes the place of something old
  #isOpen = false;
  #on;

  /** `on`: {paired(device), unpaired(), left(), ring()}: of this browser's own pairing, and the end of it all. */
  constructor(stage, on) {
    this.#stage = stage;
    this.#on = on;
    addEventListener("popstate", () => {
      const isLink = location.hash !== ""; // another event tells of that
      if (this.#isOpen && this.#set && !isLink) this.#home();
    });
  }

  get isOpen() {
    return this.#isOpen;
  }

  /** With a code from a link, or "" to go on with whoever is signed in. `device` is this browser's, null without. */
  async open(device, code = "") {
    this.#isOpen = true;
    this.#device = device;
    const account = code ? null : await Account.current().catch(() => null);
    if (account) return this.#enter(account);
    return code || !device ? this.#askForCode(code) : this.#askToSignIn();
  }

  /** After a pairing that a code began: nothing else is left to do, unless this is the only way in. */
  async afterPairing(account, device) {
    this.#isOpen = true;
    this.#device = device;
    this.#use(account);
    const isToldOf = await this.#look().catch(() => false); // a device that is paired is paired, all the same
    if (isToldOf && this.#needsBackup()) return this.#offerBackup(`${device.name} is ready.`, this.#signOut);
    return this.#signOut();
  }

  // ---- coming in and going out

  #askForCode(code = "") {
    this.#stage.show(
      enrolmentCodeScreen({
        code,
        onBack: this.#device && this.#leave,
        onSignIn: () => this.#askToSignIn(),
        onOpened: (account) => this.#enter(account),
      }),
    );
  }

  #askToSignIn(told = "") {
    this.#stage.show(
      signInScreen({
        told,
        username: this.#account?.username ?? this.#device?.user.username ?? "",
        onBack: () => (this.#device ? this.#leave() : this.#askForCode()),
        onCode: () => this.#askForCode(),
        onSignedIn: (account) => this.#enter(account),
      }),
    );
  }

  #use(account) {
    this.#account = account;
    account.prove = () => proven((typed) => account.signInAgain(typed));
  }

  #enter(account) {
    this.#use(account);
    return this.#home();
  }

  #signOut = async () => {
    await this.#account.end();
    this.#account = null;
    this.#leave();
  };

  #leave = () => {
    this.#isOpen = false;
    this.#set = null;
    this.#on.left();
  };

  // ---- the overview

  /** `told` is the news of the last step, `tone` whether it is good. */
  async #home(told = "", tone = "good") {
    this.#isReplacing = false;
    try {
      await this.#look();
      this.#stage.show(this.#overview(told, tone));
    } catch (error) {
      if (isSignedOut(error)) this.#askToSignIn(ENDED);
      else this.#stage.show(unreachableScreen(() => this.#home(told, tone)));
    }
  }

  async #look() {
    this.#set = await this.#account.methods();
    return true;
  }

  #overview(told, tone) {
    return overviewScreen({
      account: this.#account,
      methods: this.#methods,
      recovery: this.#set.recovery,
      isMuted: this.#set.mutedAt !== null,
      ways: this.#set.ways,
      can: this.#can,
      isPaired: this.#device !== null,
      told,
      tone,
      on: {
        add: this.#add,
        addAny: () => this.#inside(addScreen({ can: this.#can, ways: this.#set.ways, onBack: this.#back, onAdd: this.#add })),
        method: (method) => this.#showMethod(method),
        recovery: () => this.#showRecovery(),
        unmute: this.#unmute,
        newPhone: () => this.#showNewPhone(),
        code: () => this.#askForCode(),
        leave: this.#leave,
        signOut: this.#signOut,
      },
    });
  }

  #unmute = async () => {
    try {
      await this.#account.unmute();
    } catch (error) {
      return this.#refused(error);
    }
    return this.#home("Sign-in requests come again.");
  };

  get #methods() {
    return listed(this.#set, this.#device?.id);
  }

  /** What may be added: not a device that is paired already, and no number where nothing is sent. */
  get #can() {
    const isListed = this.#methods.some((method) => method.isThis);
    const cannot = [isListed && "device", this.#set.ways.length === 0 && "phone"];
    return Object.keys(KINDS).filter((kind) => !cannot.includes(kind));
  }

  /** Further in than the overview. The entry in the history says nothing: it only makes "back" lead there. */
  #goInside = () => {
    if (!history.state?.inside) history.pushState({ inside: true }, "");
  };

  #inside = (screen) => {
    this.#goInside();
    this.#stage.show(screen);
  };

  #back = () => history.back();

  #refused = (error) => (isSignedOut(error) ? this.#askToSignIn(ENDED) : this.#home(wordsFor(error), "bad"));

  // ---- adding

  #add = (kind) =>
    adding[kind]({
      stage: this.#stage,
      account: this.#account,
      ways: this.#set.ways,
      goInside: this.#goInside,
      inside: this.#inside,
      back: this.#back,
      refused: this.#refused,
      paired: this.#paired,
      added: this.#added,
    });

  #paired = (device) => {
    this.#device = device;
    this.#on.paired(device);
  };

  #added = async (told, id) => {
    const isReplacing = this.#isReplacing;
    const isToldOf = await this.#look().catch(() => false);
    const old = this.#methods.filter((method) => method.id !== id);
    if (isToldOf && isReplacing && old.length > 0) return this.#offerToRetire(told, old);
    if (isToldOf && this.#needsBackup()) return this.#offerBackup(told, () => this.#home());
    return this.#home(told);
  };

  #needsBackup() {
    return this.#account.mayChange && this.#methods.length === 1 && this.#set.recovery.left === 0;
  }

  /** What the person has is no second way in. */
  #offerBackup(told, onLater) {
    const onRecovery = () => this.#makeCodes().catch(this.#refused);
    const can = this.#can.filter((kind) => kind !== this.#methods[0].kind);
    this.#stage.show(backupScreen({ told, can, ways: this.#set.ways, onRecovery, onAdd: this.#add, onLater }));
  }

  #showNewPhone() {
    const onAdd = (kind) => {
      this.#isReplacing = true;
      return this.#add(kind);
    };
    this.#inside(newPhoneScreen({ canBeThis: this.#can.includes("device"), host: location.host, onBack: this.#back, onAdd }));
  }

  #offerToRetire(told, old) {
    const onDone = (count) => this.#home(count ? `${told} ${count === 1 ? "The old one is removed." : `${count} old ones are removed.`}` : told);
    this.#stage.show(retireScreen({ told, old, remove: (method) => this.#remove(method), onDone }));
  }

  // ---- what is there

  async #showMethod(method) {
    const mayHavePasskey = method.isThis && (await canHavePasskey());
    this.#inside(
      methodScreen({
        method,
        is: { only: this.#methods.length === 1, mayChange: this.#account.mayChange },
        ring: method.isThis ? this.#on.ring : null,
        on: {
          back: this.#back,
          test: (code) => this.#account.testCode(code),
          rename: (name) => this.#changed(this.#account.rename(method.path, name), "The name is saved."),
          first: () => this.#changed(this.#account.makeFirst(method.path), `${method.name} is the first now.`),
          remove: () => this.#changed(this.#remove(method), `${method.name} is removed.`),
          passkey: mayHavePasskey && (() => this.#changed(addPasskey(this.#account, method.id), "The passkey is ready.")),
        },
      }),
    );
  }

  async #changed(change, told) {
    await change;
    return this.#home(told);
  }

  async #remove(method) {
    await this.#account.remove(method.path);
    if (!method.isThis) return;
    this.#device = null;
    await this.#on.unpaired();
  }

  #showRecovery() {
    const { recovery } = this.#set;
    this.#inside(
      recoveryScreen({ recovery, mayChange: this.#account.mayChange, make: () => this.#makeCodes(), onBack: this.#back }),
    );
  }

  async #makeCodes() {
    const codes = await this.#account.makeRecoveryCodes();
    this.#inside(recoveryCodesScreen({ codes, issuer: this.#stage.issuer, onDone: () => this.#home("You have ten recovery codes.") }));
  }
}
