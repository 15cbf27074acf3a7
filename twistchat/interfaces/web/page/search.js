// Looking back: words that were said, and what was said around them.

import {Days} from "./days.js";
import {$, iconButton, onSubmit} from "./dom.js";
import {lineNode} from "./lines.js";
import {settle} from "./neighbours.js";
import {say} from "./words.js";

const AROUND = 20; // lines shown of what is too far back for the conversation
const BEHIND = 10; // numbers behind the hit that they may have

export class Search {
	/** `on` has reach(value), which shows a line in its conversation and says whether it could; and what Days needs. */
	constructor(talk, on) {
		this.talk = talk;
		this.on = on;
		$("search-open").onclick = () => this.open($("searching").hidden);
		$("search-close").onclick = () => (this.open(false), $("search-open").focus());
		onSubmit("search", () => $("words").value.trim() && this.ask(`/search ${$("words").value}`));
		$("more").onclick = () => this.ask("/more");
		this.days = new Days(talk, on, (values) => this.show(values));
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
	show(values, notices = [], before = []) {
		if ($("searching").hidden) this.open(true);
		if (values.length && !matchMedia("(hover: hover)").matches) $("found").focus(); // the keyboard goes
		const hits = values.map((value) => this.hit(value));
		$("found").replaceChildren(...before, ...hits);
		hits.forEach(settle);
		$("found-note").textContent = say("found", {n: $("found").children.length});
		$("more").hidden = !notices.some((each) => each.code === "found-more" || each.code === "found-so-far");
	}

	hit(value) {
		const node = lineNode(value, {room: value.room});
		delete node.dataset.name; // each hit has its own head
		node.append(iconButton("icon around", "around", say("around"), () => this.showAround(value)));
		return node;
	}

	/** Show a hit where it was said; what is too far back for that with what stood around it. */
	async showAround(value) {
		if (await this.on.reach(value)) return;
		const {past} = await this.talk.ask(`/history ${AROUND} before ${value.number + BEHIND}`, true);
		if (!past.length) return;
		this.show(past);
		const hit = [...$("found").children].find((each) => Number(each.dataset.number) === value.number);
		hit?.classList.add("mention");
		hit?.scrollIntoView({block: "center"});
	}
}
