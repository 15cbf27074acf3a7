// The field that one writes in: Enter sends, but not an input method's; "/" offers commands, Tab completes.

import {$, element} from "./dom.js";
import {say} from "./words.js";

const MOST_CHOICES = 8;

/** What is sent of a text: each line by itself, as it was written; of several, none is a command. */
export function messages(text) {
	const lines = text.split("\n").map((line) => line.trimEnd().replace(/^[ \t\u3000]+/u, spaced)).filter(Boolean);
	if (lines.length > 1) return lines.map((line) => line.replace(/^(\s*)\//u, "$1//"));
	return lines.map((line) => line.replace(/^\s+(?=\/)/u, ""));
}

/** Indentation with spaces in place of tabs, as the server has it. */
function spaced(blanks) {
	return [...blanks].reduce((all, each) => (each === "\t" ? all.padEnd((all.length & ~3) + 4) : all + each), "");
}

/**
 * Whether a key belongs to an input method. It marks its keys with 229, Safari also the Enter that follows the end of
 * a composition; Android's keyboards compose all the time and send a plain 13 for Enter.
 */
function isInputMethods(event) {
	return event.keyCode === 229 || (event.isComposing && event.keyCode !== 13);
}

export class Composer {
	constructor(field, list, on) {
		this.field = field;
		this.list = list;
		this.on = on;
		this.commands = []; // {usage, text}
		this.chosen = -1;
		field.addEventListener("keydown", (event) => this.key(event));
		field.addEventListener("input", () => this.changed());
		new ResizeObserver(() => requestAnimationFrame(() => this.fit())).observe(field);
		field.addEventListener("blur", () => setTimeout(() => document.activeElement === field || this.offer([]), 150));
	}

	get value() {
		return this.field.value;
	}

	set value(text) {
		this.field.value = text;
		this.changed();
	}

	focus() {
		this.field.focus();
	}

	/** Send what is written; it goes out of the field only where it was taken. */
	submit() {
		const lines = messages(this.value);
		if (lines.length && this.on.send(lines)) this.value = "";
		this.focus();
	}

	key(event) {
		if (isInputMethods(event)) return;
		const isOffering = !this.list.hidden;
		switch (event.key) {
			case "Enter":
				if (event.shiftKey) return; // a line more
				event.preventDefault();
				if (isOffering && this.chosen >= 0) return this.take(this.chosen);
				return this.submit();
			case "Tab":
				return !event.shiftKey && this.complete() && event.preventDefault();
			case "Escape":
				if (!isOffering) return this.on.escape();
				event.preventDefault();
				event.stopPropagation();
				return this.offer([]);
			case "ArrowDown":
			case "ArrowUp":
				if (!isOffering) return;
				event.preventDefault();
				this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
		}
	}

	changed() {
		const {field} = this;
		this.fit(true);
		const {length} = messages(field.value);
		$("several").hidden = length < 2;
		$("several").textContent = say("severalLines", {n: length});
		this.on.changed();
		const word = /^\/([^\s/]*)$/.exec(field.value);
		const fits = ({usage}) => word && usage.slice(1).toLowerCase().startsWith(word[1].toLowerCase());
		this.offer(word ? this.commands.filter(fits).slice(0, MOST_CHOICES) : []);
	}

	/** Be as high as what is written, also where the window or its letters have another size now. */
	fit(isChanged = false) {
		const {field} = this;
		const size = `${field.clientWidth} ${getComputedStyle(field).fontSize}`;
		if (!isChanged && size === this.size) return;
		this.size = size;
		const around = field.form.style;
		around.height = `${field.form.offsetHeight}px`; // or the lines above would move while it is measured
		field.style.height = "auto";
		field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
		around.height = "";
	}

	offer(choices) {
		this.choices = choices;
		this.list.hidden = !choices.length;
		this.list.replaceChildren(
			...choices.map(({usage, text}, index) => {
				const [shown, explanation = ""] = text.split(/\s{2,}/u); // both in the reader's language
				const item = element("li", "", element("b", "", shown || usage), " ", explanation);
				item.id = `choice${index}`;
				item.role = "option";
				item.onpointerdown = (event) => event.preventDefault(); // the field keeps the focus
				item.onclick = () => this.take(index);
				return item;
			}),
		);
		this.choose(-1);
	}

	choose(index) {
		const count = this.choices.length;
		this.chosen = count && index !== -1 ? (index + count) % count : -1;
		if (index === -2) this.chosen = count - 1;
		[...this.list.children].forEach((item, each) => (item.ariaSelected = each === this.chosen));
		this.list.children[this.chosen]?.scrollIntoView({block: "nearest"});
		if (this.chosen >= 0) this.field.setAttribute("aria-activedescendant", `choice${this.chosen}`);
		else this.field.removeAttribute("aria-activedescendant");
	}

	take(index) {
		const [command, ...rest] = this.choices[index].usage.split(" ");
		this.value = rest.length ? `${command} ` : command;
		this.offer([]);
		this.focus();
	}

	/** Complete a command or the name before the caret. False where there is nothing to complete. */
	complete() {
		if (this.choices?.length) return this.take(Math.max(0, this.chosen)), true;
		const caret = this.field.selectionStart;
		const before = this.value.slice(0, caret);
		const word = /\S+$/.exec(before)?.[0];
		const begun = word?.slice(word.lastIndexOf("@") + 1).toLowerCase(); // no space stands before @ in Chinese
		const name = word && this.on.names().find((each) => each.toLowerCase().startsWith(begun));
		if (!name) return false;
		const start = caret - begun.length;
		const completed = `${name}${start ? " " : ": "}`;
		this.field.setRangeText(completed, start, caret, "end");
		this.changed();
		return true;
	}
}
