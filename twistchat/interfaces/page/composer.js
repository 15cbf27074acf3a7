// The field that one writes in: Enter sends, but not while an input method is composing; "/" offers commands, Tab
// completes.

import {element} from "./dom.js";

const MOST_CHOICES = 8;

export class Composer {
	constructor(field, list, on) {
		this.field = field;
		this.list = list;
		this.on = on;
		this.commands = []; // {usage, text}
		this.chosen = -1;
		this.isComposing = false;
		field.addEventListener("compositionstart", () => (this.isComposing = true));
		field.addEventListener("compositionend", () => (this.isComposing = false));
		field.addEventListener("keydown", (event) => this.key(event));
		field.addEventListener("input", () => this.changed());
		field.addEventListener("blur", () => setTimeout(() => this.offer([]), 150));
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

	giveBack(text) {
		if (!this.value) this.value = text;
	}

	submit() {
		const text = this.value.replace(/\s+/g, " ").trim();
		if (!text || this.isComposing) return;
		if (this.on.send(text) === false) return;
		this.value = "";
		this.focus();
	}

	key(event) {
		// While composing, Enter picks a word. Safari ends the composition before that key comes, marked with 229.
		if (event.isComposing || this.isComposing || event.keyCode === 229) return;
		const isOffering = !this.list.hidden;
		switch (event.key) {
			case "Enter":
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
		if (field.value.includes("\n") && !this.isComposing) field.value = field.value.replace(/\s*\n\s*/g, " ");
		field.style.height = "auto";
		field.style.height = `${field.scrollHeight}px`;
		const word = /^\/([^\s/]*)$/.exec(field.value);
		const fits = ({usage}) => word && usage.slice(1).toLowerCase().startsWith(word[1].toLowerCase());
		this.offer(word ? this.commands.filter(fits).slice(0, MOST_CHOICES) : []);
	}

	offer(choices) {
		this.choices = choices;
		this.list.hidden = !choices.length;
		this.list.replaceChildren(
			...choices.map(({usage, text}, index) => {
				const item = element("li", "", element("b", "", usage), " ", text.replace(usage, "").trim());
				item.id = `choice${index}`;
				item.role = "option";
				item.onpointerdown = (event) => (event.preventDefault(), this.take(index));
				return item;
			}),
		);
		this.field.ariaExpanded = choices.length > 0;
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
		const name = word && this.on.names().find((each) => each.toLowerCase().startsWith(word.toLowerCase()));
		if (!name) return false;
		const start = before.length - word.length;
		const completed = `${name}${start ? " " : ": "}`;
		this.field.setRangeText(completed, start, caret, "end");
		this.changed();
		return true;
	}
}
