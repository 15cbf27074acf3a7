// The desk of whoever moderates a room: a bar of its own, and buttons at people's names. Only they load it.

import {$, element, iconButton} from "./dom.js";
import {fold} from "./room.js";
import {say} from "./words.js";

const LONGEST_WAIT = 2 ** 31 - 1; // ms that a browser waits

const timeOf = (until) => new Date(String(until).replace(" ", "T")).getTime();

/** A button of the bar; with `holds` it stays pressed as long as what it does holds. */
function barButton(id, key, press, holds = false) {
	const button = element("button", "quiet", say(key));
	Object.assign(button, {id, type: "button", onclick: press});
	button.dataset.t = key;
	if (holds) button.ariaPressed = "false";
	return button;
}

export class Desk {
	constructor(talk, screen) {
		this.talk = talk;
		this.screen = screen;
		this.rooms = new Map(); // that one moderates, to what holds there: kinds and muted names, and until when
		this.saying = ""; // the command that the field's text is for
		this.build();
	}

	build() {
		const link = element("link");
		Object.assign(link, {rel: "stylesheet", href: "desk.css"});
		document.head.append(link);
		const press = (kind, on, off) => () => this.act(this.holds(kind) ? off : on);
		const bar = element(
			"div",
			"",
			barButton("desk-lock", "lockRoom", press("lock", "/lock", "/unlock"), true),
			barButton("desk-mute", "muteAll", press("all", "/mute --all", "/unmute --all"), true),
			barButton("desk-announce", "announceHere", () => this.ask("/announce", "announceHere")),
			barButton("desk-topic", "setTopic", () => this.ask("/topic", "setTopic")),
		);
		const field = element("input");
		Object.assign(field, {id: "desk-text", dir: "auto", autocomplete: "off", required: true});
		const send = iconButton("", "send", say("send"));
		send.dataset.label = "send";
		const form = element("form", "", field, send);
		Object.assign(form, {id: "desk-say", hidden: true});
		form.onsubmit = (event) => (event.preventDefault(), this.sayIt());
		form.onkeydown = (event) => {
			if (event.key === "Escape") event.stopPropagation(), this.ask("", "", this.opener);
		};
		for (const id of ["desk-announce", "desk-topic"]) {
			const opener = bar.querySelector(`#${id}`);
			opener.ariaExpanded = "false";
			opener.setAttribute("aria-controls", "desk-say");
		}
		this.bar = element("div", "", bar, form);
		Object.assign(this.bar, {id: "desk", role: "group", hidden: true});
		this.bar.dataset.label = "desk";
		this.bar.ariaLabel = say("desk");
		document.querySelector("#room > header").append(this.bar);
	}

	// --- what holds

	/** Take what the server says of moderating; other notices change nothing. */
	take({code, data}) {
		const {room, until, name} = data;
		if (code === "moderating") this.rooms.set(room, new Map([["post", timeOf(until)]]));
		if (code === "moderating-over") this.rooms.delete(room);
		const changes = {
			"room-locked": ["lock", until],
			"room-unlocked": ["lock"],
			"room-all-muted": ["all", until],
			"room-all-unmuted": ["all"],
			"room-muted": [`@${fold(name ?? "")}`, until],
			"room-unmuted": [`@${fold(name ?? "")}`],
		};
		const [kind, end] = changes[code] ?? [];
		if (kind) this.rooms.get(room)?.set(kind, end ? timeOf(end) : 0);
		if (kind || code.startsWith("moderating")) this.changed();
		if (code.startsWith("moderating")) this.screen.askCommands();
	}

	/** Forget what held, as one is in anew. */
	clear() {
		this.rooms.clear();
		this.changed();
	}

	/** Draw, and again when the next of all that holds ends. */
	changed() {
		clearTimeout(this.timer);
		const now = Date.now();
		const ends = [...this.rooms.values()].flatMap((held) => [...held.values()]).filter((end) => end > now);
		const wait = Math.min(...ends.map((end) => end - now + 50), LONGEST_WAIT);
		if (ends.length) this.timer = setTimeout(() => this.changed(), wait);
		this.screen.changed();
	}

	/** What holds in the room that is looked at, if one moderates it. */
	get held() {
		const {shown} = this.screen;
		return shown && !shown.isPrivate ? this.rooms.get(shown.name) : undefined;
	}

	holds(kind) {
		return (this.held?.get(kind) ?? 0) > Date.now();
	}

	// --- what is pressed

	async act(line) {
		this.talk.turnTo(this.screen.shown);
		this.screen.tell(await this.talk.ask(line));
	}

	/** Open the field for a command's text, or close it. */
	ask(command, key, focus = $("desk-text")) {
		const isOpen = Boolean(command) && command !== this.saying;
		this.opener = command === "/topic" ? $("desk-topic") : command ? $("desk-announce") : this.opener;
		this.saying = isOpen ? command : "";
		$("desk-say").hidden = !isOpen;
		$("desk-announce").ariaExpanded = String(this.saying === "/announce");
		$("desk-topic").ariaExpanded = String(this.saying === "/topic");
		if (isOpen) $("desk-text").ariaLabel = $("desk-text").placeholder = say(key);
		if (isOpen && command === "/topic") $("desk-text").value = this.screen.shown?.topic ?? "";
		if (isOpen || focus !== $("desk-text")) focus?.focus();
	}

	sayIt() {
		const text = $("desk-text").value.trim();
		if (!text) return;
		this.act(`${this.saying} ${text}`);
		$("desk-text").value = "";
		this.ask("", "", this.opener);
	}

	// --- drawing

	draw() {
		this.bar.hidden = !this.held;
		$("desk-lock").ariaPressed = String(this.holds("lock"));
		$("desk-mute").ariaPressed = String(this.holds("all"));
	}

	/** The buttons at somebody's name. */
	buttonsFor(name) {
		if (!this.held || fold(name) === fold(this.talk.name)) return [];
		const isMuted = this.holds(`@${fold(name)}`);
		const press = () => this.act(`/${isMuted ? "un" : ""}mute ${name}`);
		const mute = iconButton("mutes", "mute", say("mute1", {name}), press);
		mute.ariaPressed = String(isMuted);
		return [mute, iconButton("putsout", "out", say("putOut1", {name}), () => this.act(`/kick ${name}`))];
	}
}
