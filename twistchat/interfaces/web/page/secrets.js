// Codes of names of one's own: shown to be copied, and asked for; they stand in no line, and in no field for longer
// than their dialog is open.

import {$, onSubmit} from "./dom.js";
import {say} from "./words.js";

/** Refusals of a name that is somebody's own: whoever has its code gets it. */
export const WANTS_CODE = new Set(["name-claimed", "wrong-name-code"]);

export class Secrets {
	/** `run(line)` is called with a command, whose answer is shown. */
	constructor(run) {
		$("claim").onclick = () => ($("settings").close(), run("/claim"));
		$("link").onclick = () => ($("settings").close(), run("/link"));
		$("secret-copy").onclick = () => this.copy();
		$("secret").onclose = () => this.forget();
		$("proof-none").onclick = () => $("proof").close();
		$("proof").onclose = () => ($("proof-code").value = "");
		onSubmit("prove", () => {
			const code = $("proof-code").value;
			$("proof").close();
			run(`/nick ${this.name} ${code}`);
		});
	}

	/** Show a code until somebody has said that they have it. */
	show({text, data}) {
		$("secret-text").textContent = text;
		$("secret-alone").textContent = data.secret;
		if (!$("secret").open) $("secret").showModal();
	}

	async copy() {
		getSelection().selectAllChildren($("secret-alone"));
		const {clipboard} = navigator; // there is none for pages by plain http of another machine
		const isCopied = clipboard
			? await clipboard.writeText($("secret-alone").textContent).then(() => true, () => false)
			: document.execCommand("copy");
		$("secret-done").textContent = isCopied ? say("copied") : "";
	}

	/** Have nothing more of a code; Chromium takes keys in the field that has the focus again, and writes nothing. */
	forget() {
		const field = document.activeElement;
		field.blur();
		field.focus();
		for (const id of ["secret-text", "secret-alone", "secret-done"]) $(id).textContent = "";
	}

	/** Ask for the code of a name that was refused to somebody who is in. False where something else was refused. */
	asksFor({code, text, data}) {
		if (!WANTS_CODE.has(code)) return false;
		this.name = data.name;
		$("proof-asked").textContent = text;
		if (!$("proof").open) $("proof").showModal();
		$("proof-code").focus();
		return true;
	}
}
