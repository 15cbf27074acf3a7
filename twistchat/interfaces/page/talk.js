// The conversation with the server: who one is, which rooms one is in, what is asked and answered, and what to do when
// the connection was gone: take the name back, fill the gap from the log, send what is left to send, once.

import {Connection} from "./connection.js";
import {Room, bare, trace} from "./room.js";
import {say} from "./words.js";

const PAGE = 100; // lines asked for at once, the most that the server gives
const MOST_PAGES = 20; // asked for to fill a gap; older lines are there when one scrolls up
const MOST_TYPED = 50; // lines kept while there is no connection

export const fold = (name) => name.normalize("NFKC").toLowerCase();

export class Talk {
	/** `ui` is told of everything; page.js has what that is. */
	constructor(url, ui) {
		this.ui = ui;
		this.connection = new Connection(url, {
			opened: () => this.greet(),
			message: (value) => this.take(value),
			waiting: (seconds) => this.dropped(seconds),
			lost: () => this.dropped(null),
		});
		this.language = "en";
		this.asked = 0;
		this.reset();
	}

	reset() {
		this.name = "";
		this.mine = new Set(); // names that one had here, folded
		this.rooms = new Map();
		this.privates = new Map();
		this.others = [];
		this.requests = new Map();
		this.typed = []; // lines that were typed and are not answered yet
		this.isIn = false; // the room as well as the connection
		this.isCatchingUp = false;
		this.turned = null; // the room that the server takes lines for
		this.isStopping = false;
		this.early = []; // announcements of the past that came before the first room
	}

	// --- coming and going

	enter(name, key) {
		this.wish = {name, key};
		if (this.connection.isOpen) this.greet();
		else this.connection.open();
	}

	greet() {
		const {name, key} = this.isBack ? {name: this.name, key: this.wish.key} : this.wish;
		this.connection.send({v: 1, name, key, lang: this.language});
	}

	get isBack() {
		return this.rooms.size > 0;
	}

	leave() {
		if (this.isIn) this.connection.send({line: "/quit"});
		else this.end("left");
	}

	end(why, text) {
		this.connection.close();
		this.isIn = false;
		this.loseRequests();
		this.ui.ended(why, text);
	}

	loseRequests() {
		for (const request of this.requests.values()) request.answer({lost: true});
	}

	dropped(seconds) {
		if (this.isIn || this.isCatchingUp) {
			this.isIn = this.isCatchingUp = false;
			this.turned = null;
			this.loseRequests();
			for (const room of this.rooms.values()) this.expectAgain(room);
		}
		if (seconds === null) return;
		this.ui.status(this.isStopping ? `${say("stopped")} ${say("lost", {n: seconds})}` : say("lost", {n: seconds}));
	}

	expectAgain(room) {
		room.before = room.highest;
		room.recent = []; // what came since one is back
		room.joinedAt = 0;
	}

	// --- what comes

	take(value) {
		const request = value.id ? this.requests.get(value.id) : null;
		switch (value.kind) {
			case "welcome":
				return this.welcomed(value);
			case "done":
				return request?.answer({number: value.number});
			case "refused":
				return this.refused(value, request);
			case "notice":
				return this.noticed(value, request);
			case "goodbye":
				return this.isStopping ? undefined : this.end("left", this.lastNotice);
			default:
				if (typeof value.number === "number") this.happened(value, request);
		}
	}

	welcomed(value) {
		this.connection.works();
		this.isStopping = false;
		this.name = value.name;
		this.mine.add(fold(value.name));
		this.isIn = true;
		this.isCatchingUp = this.isFirst = true;
		this.ui.entered();
	}

	refused(value, request) {
		if (request) return request.answer({refused: value});
		if (this.isIn) return this.ui.notice(null, value.text, "refusal");
		this.ui.refused(value.code, value.text);
	}

	noticed(value, request) {
		const {code, data, text} = value;
		const room = this.rooms.get(data.room);
		if (code === "topic" && !request) (this.room(data.room).topic = data.topic), this.ui.changed();
		else if (code === "turned" && !request) this.turnedTo(data.room);
		else if (code === "left" && room) this.goneFrom(room);
		else if (code === "stopping") this.isStopping = true;
		else if (code === "replaced") this.end("elsewhere");
		else if (request) request.notices.push(value);
		else this.ui.notice(null, text, "notice");
		this.lastNotice = text;
	}

	turnedTo(name) {
		this.turned = name;
		if (!this.isCatchingUp) this.ui.turned(this.room(name));
	}

	goneFrom(room) {
		this.rooms.delete(room.name);
		this.turned = null;
		this.ui.left(room);
	}

	happened(value, request) {
		if (request?.collects && value.past) return void request.past.push(value);
		if (value.kind === "whispered") return this.ui.line(this.privateWith(this.isMine(value.name) ? value.to : value.name), value);
		const rooms = value.room ? [this.room(value.room)] : [...this.rooms.values()];
		if (!rooms.length) this.early.push(value);
		if (value.past) request?.past.push(value);
		for (const room of rooms) {
			if (value.past) room.recent?.push(value);
			else this.moved(room, value);
			if (!room.has(value.number)) {
				if (room.recent && !value.past && this.isMine(value.name)) room.recent.push(value);
				this.hear(room, value);
				this.ui.line(room, value);
			}
		}
	}

	/** Note that a line that was typed here is stored. */
	hear(room, value) {
		if (!this.isMine(value.name) || value.past) return;
		const item = this.typed.find((item) => item.isSent && !item.isHeard && item.room === room && matches(item, value));
		if (item) (item.isHeard = true), this.ui.waiting(item, false);
	}

	moved(room, value) {
		const {kind, name, text} = value;
		const people = room.people;
		if (kind === "topicset") room.topic = text;
		if (kind === "joined") people.set(fold(name), name);
		if (kind === "left" || kind === "removed") people.delete(fold(name));
		if (kind === "renamed") {
			people.delete(fold(name));
			people.set(fold(text), text);
			if (this.isMine(name) && fold(name) === fold(this.name)) this.renamed(text);
			this.privates.get(fold(name))?.isPrivate && this.movePrivate(name, text);
		}
		if (kind === "joined" && this.isMine(name)) this.joined(room, value);
		else if (["joined", "left", "removed", "renamed", "topicset"].includes(kind)) this.ui.changed();
	}

	renamed(name) {
		this.name = name;
		this.mine.add(fold(name));
		this.ui.renamed();
	}

	movePrivate(name, text) {
		const room = this.privates.get(fold(name));
		this.privates.delete(fold(name));
		room.name = text;
		this.privates.set(fold(text), room);
	}

	joined(room, value) {
		const isFirst = this.isFirst;
		this.isFirst = false;
		room.isIn = true;
		room.joinedAt = value.number;
		this.turned = room.name;
		if (room.before > value.number) {
			const recent = room.recent;
			room.clear(); // another log: begin anew
			room.before = 0;
			for (const each of recent) this.ui.line(room, each);
		}
		for (const each of this.early.splice(0)) if (!room.has(each.number)) this.ui.line(room, each);
		this.ui.changed();
		if (isFirst) this.catchUp(room);
		if (this.isCatchingUp) return;
		room.recent = null;
		this.askWho(room);
	}

	isMine(name) {
		return this.mine.has(fold(name));
	}

	room(name) {
		if (!this.rooms.has(name)) this.rooms.set(name, new Room(name));
		return this.rooms.get(name);
	}

	privateWith(name) {
		if (!this.privates.has(fold(name))) {
			this.privates.set(fold(name), new Room(name, true));
			this.ui.changed();
		}
		return this.privates.get(fold(name));
	}

	// --- back again

	async catchUp(first) {
		const others = [...this.rooms.values()].filter((room) => room !== first);
		others.sort((a, b) => (a === this.ui.shown) - (b === this.ui.shown)); // the one that is looked at comes last
		if (!(await this.fill(first))) return;
		for (const room of others) {
			const answer = await this.ask(`/join ${room.name}`);
			if (answer.lost) return;
			if (answer.refused) this.goneFrom(room), this.ui.notice(null, answer.refused.text, "refusal");
			else if (!(await this.fill(room))) return;
		}
		this.isCatchingUp = false;
		this.ui.caughtUp();
		this.sendTyped();
		for (const room of this.rooms.values()) this.askWho(room);
		this.askRooms();
	}

	/** Ask for what one missed, until it reaches what one has. False if the connection went again. */
	async fill(room) {
		const seen = room.before || 0;
		const reaches = (values) => values.some((each) => each.kind !== "announced" && each.number <= seen);
		let values = room.recent ?? [];
		let isWhole = !seen || reaches(values);
		for (let pages = 0; !isWhole && pages < MOST_PAGES; pages++) {
			const numbers = values.filter((each) => pages || each.kind !== "announced").map((each) => each.number);
			const answer = await this.ask(`/history ${PAGE} before ${Math.min(room.joinedAt, ...numbers)}`);
			if (answer.lost) return false;
			values = answer.past;
			isWhole = !values.length || reaches(values);
		}
		if (!isWhole) room.forgetUpTo(seen);
		this.settleDoubts(room, seen);
		room.recent = null;
		return true;
	}

	/** What was sent when the connection went is in the log, or has to be sent again. */
	settleDoubts(room, seen) {
		const own = (room.recent ?? []).filter((each) => each.number > seen && this.isMine(each.name));
		for (const item of this.typed.filter((item) => item.isSent && item.room === room)) {
			const at = own.findIndex((each) => matches(item, each));
			if (at >= 0) own.splice(at, 1);
			if (at >= 0 || item.isHeard) this.forget(item);
			else item.isSent = false;
		}
	}

	// --- asking

	/** Send a line. The answer has `refused`, `lost`, or neither; and the notices and lines of the past that came of it. */
	ask(line, collects = false) {
		if (!this.connection.isOpen) return Promise.resolve({lost: true, notices: [], past: []});
		const id = String(++this.asked);
		return new Promise((resolve) => {
			const request = {notices: [], past: [], collects};
			request.answer = (answer) => {
				this.requests.delete(id);
				resolve({notices: request.notices, past: request.past, ...answer});
			};
			this.requests.set(id, request);
			this.connection.send({line, id});
		});
	}

	async askWho(room) {
		const {notices} = await this.ask(`/who ${room.name}`);
		const who = notices.find((each) => each.code === "who");
		if (!who) return;
		room.people = new Map(who.data.people.map((name) => [fold(name), name]));
		this.ui.changed();
	}

	async askRooms() {
		const {notices, lost} = await this.ask("/rooms");
		if (lost) return;
		this.others = notices.filter((each) => each.code === "room").map((each) => each.data);
		this.ui.changed();
	}

	async askCommands() {
		const {notices} = await this.ask("/help");
		return notices.filter((each) => each.data.usage).map(({data, text}) => ({usage: data.usage, text}));
	}

	/** Older lines of a room, for somebody who scrolls up. */
	async askOlder(room) {
		if (!this.isIn || this.isCatchingUp || room.isPrivate || room.beginning || room.lowest === Infinity) return;
		this.turnTo(room);
		const {past, lost, refused} = await this.ask(`/history ${PAGE} before ${room.lowest}`);
		if (!lost && !refused && !past.length) room.beginning = true;
	}

	turnTo(room) {
		if (room.isPrivate || this.turned === room.name) return;
		this.turned = room.name;
		this.ask(`/join ${room.name}`);
	}

	/** Say what was typed, now or once there is a connection. False when too much waits already. */
	type(room, text) {
		if (this.typed.length >= MOST_TYPED) return false;
		const isCommand = text.startsWith("/") && !text.startsWith("//");
		const line = room.isPrivate && !isCommand ? `/msg ${room.name} ${text.replace(/^\/\//, "/")}` : text;
		const item = {room, line, text, expected: room.isPrivate ? null : trace(text), isSent: false, isHeard: false};
		this.typed.push(item);
		if (!isCommand) this.ui.waiting(item, true);
		this.sendTyped();
		return true;
	}

	sendTyped() {
		if (!this.isIn || this.isCatchingUp) return;
		for (const item of [...this.typed]) {
			if (item.isSent) continue;
			this.turnTo(item.room);
			item.isSent = true;
			this.ask(item.line, /^\/(search|more|missed)\b/i.test(item.line)).then((answer) => this.answered(item, answer));
		}
	}

	answered(item, answer) {
		if (answer.lost) {
			if (item.expected) return; // settled once the room is here again
			this.forget(item);
			return this.ui.notice(item.room, say("perhaps", {text: item.text}), "refusal");
		}
		this.forget(item);
		this.ui.answered(item, answer);
		const turned = answer.notices.find((each) => each.code === "turned");
		if (turned) this.turnedTo(turned.data.room);
	}

	forget(item) {
		this.typed = this.typed.filter((each) => each !== item);
		this.ui.waiting(item, false);
	}
}

function matches(item, value) {
	return item.expected?.kind === value.kind && item.expected.text === bare(value.text);
}
