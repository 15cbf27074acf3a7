// The door: a name, and in, by its code where the name is somebody's own; or why not.

import {$, onSubmit} from "./dom.js";
import {fold} from "./room.js";
import {WANTS_CODE} from "./secrets.js";
import {earlierKey, isBlocked, keyFor, kept, tab} from "./storage.js";
import {say} from "./words.js";

export class Door {
	/** `enter({name, key, code}, isSame)` is called with what is given, and whether this tab had that name last. */
	constructor(enter) {
		this.enter = enter;
		$("unkept").hidden = !isBlocked();
		onSubmit("enter", () => this.try($("name").value, keyFor($("name").value)));
		$("name").addEventListener("input", () => this.askCode(this.isClaimed));
		$("takeover").onclick = () => this.try($("name").value, earlierKey($("name").value));
	}

	get isOpen() {
		return !$("door").hidden;
	}

	open(text = "") {
		$("chat").hidden = true;
		$("door").hidden = false;
		this.say(text);
		$("name").value ||= kept.name;
		$("name").focus();
	}

	close() {
		this.askCode(false);
		$("door").hidden = true;
		$("chat").hidden = false;
		this.say("");
	}

	say(text) {
		$("refusal").textContent = text;
	}

	/** Say why there is no way in: browsers tell nothing of a WebSocket that is refused. 502 is a proxy's word. */
	async sayWhy() {
		const answer = await fetch("icon.svg", {cache: "no-store"}).catch(() => null);
		if (this.isOpen) this.say(say(answer?.status < 500 ? "noSocket" : "noAnswer", {host: location.host}));
	}

	refused(code, text, {name, key}) {
		const earlier = earlierKey(name);
		if (code === "name-claimed" && earlier && earlier !== key) return this.try(name, earlier);
		this.open(text);
		$("takeover").hidden = code !== "name-taken" || !earlier;
		if (WANTS_CODE.has(code)) this.claimed = fold(name);
		this.askCode(this.isClaimed);
		if (this.isClaimed) $("code").focus();
	}

	/** Whether the name that is given here was refused as somebody's own. */
	get isClaimed() {
		return fold($("name").value.trim()) === this.claimed;
	}

	/** Ask for the code of a name, or no more. */
	askCode(isAsked) {
		$("code").value = "";
		$("code-part").hidden = !isAsked;
	}

	/** Open after somebody was in: they left, or went on in another tab. */
	ended(why, text) {
		this.open(text);
		$("takeover").hidden = why !== "elsewhere";
	}

	/** Go in again where this tab was in before it was loaded again. */
	again() {
		if (tab.in && kept.name) this.try(kept.name, keyFor(kept.name));
	}

	try(name, key) {
		if (!name.trim()) return;
		const code = $("code").value;
		$("takeover").hidden = true;
		this.say(say("connecting"));
		this.enter({name: name.trim(), key, ...(code && {code})}, fold(name.trim()) === tab.name);
	}
}
