// The desk of whoever moderates a room: a bar of its own, and buttons at people's names. Only they load it.

import {$, element, iconButton, onSubmit} from "./dom.js";
import {fold} from "./room.js";
import {say} from "./words.js";

const LONGEST_WAIT = 2 ** 31 - 1; // ms that a browser waits

/** Commands whose text the field is for: the button of each, and what stands on that. */
const ASKING = {"/announce": ["desk-announce", "announceHere"], "/topic": ["desk-topic", "setTopic"]};

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
			...Object.entries(ASKING).map(([command, [id, key]]) => barButton(id, key, () => this.ask(command))),
		);
		const field = element("input");
		Object.assign(field, {id: "desk-text", dir: "auto", autocomplete: "off", required: true});
		const send = iconButton("", "send", say("send"));
		send.dataset.label = "send";
		const form = element("form", "", field, send);
		form.id = "desk-say";
		form.onkeydown = (event) => {
			if (event.key === "Escape") event.stopPropagation(), this.close();
		};
		this.bar = element("div", "", bar, form);
		Object.assign(this.bar, {id: "desk", role: "group", hidden: true});
		this.bar.dataset.label = "desk";
		this.bar.ariaLabel = say("desk");
		document.querySelector("#room > header").append(this.bar);
		for (const [id] of Object.values(ASKING)) $(id).setAttribute("aria-controls", "desk-say");
		onSubmit("desk-say", () => this.sayIt());
		this.open("");
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
			"room-muted-too": [`@${fold(name ?? "")}`, until],
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

	/** Have the field for a command's text; or put it away, where it is for that one. */
	ask(command) {
		if (command === this.saying) return this.open("");
		this.open(command);
		$("desk-text").ariaLabel = $("desk-text").placeholder = say(ASKING[command][1]);
		if (command === "/topic") $("desk-text").value = this.screen.shown?.topic ?? "";
		$("desk-text").focus();
	}

	/** Have the field seen for a command's text; for none, no field. */
	open(command) {
		this.saying = command;
		$("desk-say").hidden = !command;
		for (const [each, [id]] of Object.entries(ASKING)) $(id).ariaExpanded = String(each === command);
	}

	/** Put the field away; the focus is where it was. */
	close() {
		const [opener] = ASKING[this.saying];
		this.open("");
		$(opener).focus();
	}

	sayIt() {
		const text = $("desk-text").value.trim();
		if (!text) return;
		this.act(`${this.saying} ${text}`);
		$("desk-text").value = "";
		this.close();
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
