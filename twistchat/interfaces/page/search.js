// Looking back: words that were said, and where.

import {$, onSubmit} from "./dom.js";
import {lineNode} from "./lines.js";
import {markDay} from "./log.js";
import {say} from "./words.js";

export class Search {
	constructor(talk) {
		this.talk = talk;
		$("search-open").onclick = () => this.open($("searching").hidden);
		$("search-close").onclick = () => (this.open(false), $("search-open").focus());
		onSubmit("search", () => $("words").value.trim() && this.ask(`/search ${$("words").value}`));
		$("more").onclick = () => this.ask("/more");
	}

	open(isOpen) {
		$("searching").hidden = !isOpen;
		$("search-open").ariaExpanded = isOpen;
		if (isOpen) $("words").focus();
	}

	async ask(line) {
		const {refused, past, notices} = await this.talk.ask(line, true);
		const before = line === "/more" ? [...$("found").children] : [];
		this.show(past, notices, before);
		if (!past.length) $("found-note").textContent = refused?.text ?? notices.map((each) => each.text).join(" ");
	}

	/** Show what was found, behind what is to stay. */
	show(values, notices, before = []) {
		this.open(true);
		$("found").replaceChildren(...before, ...values.map((value) => lineNode(value, {room: value.room})));
		for (const node of $("found").children) markDay(node);
		$("found-note").textContent = say("found", {n: $("found").children.length});
		$("more").hidden = !notices.some((each) => each.code === "found-more" || each.code === "found-so-far");
	}
}
