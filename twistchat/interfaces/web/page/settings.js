// Settings, and the language of the page.

import {askForLeave, ring} from "./attention.js";
import {$, all} from "./dom.js";
import {kept} from "./storage.js";
import {LANGUAGES, preferred, say, speak} from "./words.js";

export class Settings {
	/** `on` has language(code, isChosen) and quit(). */
	constructor(on) {
		this.on = on;
		$("settings-open").onclick = () => $("settings").showModal();
		$("quit").onclick = () => ($("settings").close(), on.quit());
		for (const id of ["notify", "sound"]) $(id).checked = kept[id] === "1";
		$("notify").onchange = () => this.notify();
		$("sound").onchange = () => this.sound();
		for (const select of all(".languages")) {
			select.append(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
			select.onchange = () => this.translate(select.value, true);
		}
	}

	/** Speak to somebody who comes, in the language they have chosen or the browser's. */
	greet() {
		return this.translate(kept.language in LANGUAGES ? kept.language : preferred(navigator.languages), false);
	}

	async translate(code, isChosen) {
		if (!(await speak(code)) && isChosen) return this.mark();
		this.code = code;
		this.mark();
		document.documentElement.lang = code.replace("_", "-");
		for (const node of all("[data-t]")) node.textContent = say(node.dataset.t);
		for (const node of all("[data-label]")) {
			node.ariaLabel = say(node.dataset.label);
			if (node.matches("button")) node.title = node.ariaLabel;
		}
		for (const node of all("[data-hint]")) node.ariaLabel = node.placeholder = say(node.dataset.hint);
		if (isChosen) kept.language = code;
		this.on.language(code, isChosen);
	}

	mark() {
		for (const select of all(".languages")) select.value = this.code;
	}

	async notify() {
		const problem = $("notify").checked ? await askForLeave() : "";
		$("notify-why").textContent = problem && say(problem);
		$("notify").checked &&= !problem;
		kept.notify = $("notify").checked ? "1" : "";
	}

	sound() {
		kept.sound = $("sound").checked ? "1" : "";
		if (kept.sound) ring();
	}
}
