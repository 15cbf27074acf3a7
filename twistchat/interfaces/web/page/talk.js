// The conversation with the server: who one is, which rooms one is in, what is asked and answered, and what to do when
// the connection was gone: take the name back, fill the gap from the log, send what is left to send, once.

import {askBefore, catchUp} from "./comeback.js";
import {Commands} from "./commands.js";
import {Connection} from "./connection.js";
import {Outbox} from "./outbox.js";
import {Requests} from "./requests.js";
import {Room, fold} from "./room.js";
import {inOwnZone, say} from "./words.js";

const MOST_REACHED = 5; // pages asked for to reach a line; the server answers one in a second and a half
const CROWD = 50; // people in a room from which on it is not told who comes and goes

/** Whether what came right before the goodbye is why: one is put out, or was refused without having asked. */
const invitation = ({name, to, room}) => say("invited", {name, to, room});
const sendsAway = ({kind, code, id}) => code === "kicked" || (kind === "refused" && !id);

/** What changes the bar above the lines, or who is listed beside them. */
const SHOWN_ABOVE = new Set(["joined", "left", "removed", "putout", "private", "renamed", "topicset"]);

/** Whether somebody of many comes or goes: the list of people has it, and no line, or the talk would drown. */
const isOfCrowd = (room, {kind}) => (kind === "joined" || kind === "left") && room.people.size > CROWD;

export class Talk {
	/** `ui` is told of everything; page.js has what that is. */
	constructor(url, ui) {
		this.ui = ui;
		this.connection = new Connection(url, {
			opened: () => this.greet(),
			message: (value) => this.take(value),
			silent: () => this.isIn && Boolean(this.ask("/ping")),
			waiting: (seconds) => this.dropped(seconds),
			lost: () => this.dropped(null),
		});
		this.requests = new Requests(this.connection);
		this.commands = new Commands();
		this.language = "en";
		this.reset();
	}

	reset() {
		this.name = "";
		this.mine = new Set(); // names that one had here, folded
		this.rooms = new Map();
		this.privates = new Map();
		this.others = [];
		this.outbox = new Outbox(this);
		this.isIn = false; // the room as well as the connection
		this.isCatchingUp = false;
		this.turned = null; // the room that the server takes lines for
		this.isStopping = false;
		this.last = {}; // what came last
		this.early = []; // announcements of the past that came before the first room
	}

	// --- coming and going

	/** Come in under a name, by a key of its own, and by a code where that is asked for. */
	enter(wish) {
		this.wish = wish;
		this.name = "";
		this.connection.open();
		if (this.connection.isOpen) this.greet();
	}

	greet() {
		this.wanted = new Set(this.rooms.keys());
		const name = this.name || this.wish.name;
		const {key, code} = this.wish;
		delete this.wish.code; // it is sent once: the key has proven the name from then on
		this.connection.asks({v: 1, name, key, ...(code && {code}), lang: this.language});
	}

	leave() {
		if (this.isIn) this.connection.send({line: "/quit"});
		else this.end("left");
	}

	end(why, text) {
		this.connection.close();
		this.isIn = false;
		this.requests.lose();
		this.ui.ended(why, text);
	}

	dropped(seconds) {
		if (this.isIn || this.isCatchingUp) {
			this.isIn = this.isCatchingUp = false;
			this.turned = null;
			this.requests.lose();
			for (const room of this.rooms.values()) this.expectAgain(room);
		}
		if (seconds === null) return;
		const text = say("lost", {n: seconds});
		this.ui.status(this.isStopping ? say("stopped", {text}) : text);
	}

	expectAgain(room) {
		room.before = Math.max(room.before, room.highest);
		room.recent = []; // what came since one is back
		room.joinedAt = 0;
	}

	// --- what comes

	take(value) {
		const request = this.requests.of(value);
		const before = this.last;
		this.last = value;
		if (value.kind === "refused" || value.kind === "notice") value.text = inOwnZone(value.text, value.data);
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
				return this.isStopping ? undefined : this.end("left", sendsAway(before) ? before.text : "");
			default:
				if (typeof value.number === "number") this.happened(value, request);
		}
	}

	welcomed(value) {
		this.connection.works();
		this.commands.learn(value.commands);
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
		this.connection.wanted = false; // until another name is given
		this.ui.refused(value.code, value.text);
	}

	noticed(value, request) {
		const {code, data, text} = value;
		if (data.secret) return this.ui.secret(value); // and nowhere else
		this.ui.noticed?.(value);
		const room = this.rooms.get(data.room);
		if (code === "topic" && !request) (this.room(data.room).topic = data.topic), this.ui.changed();
		else if (code === "turned" && !request) this.turnedTo(data.room);
		else if (code === "left" && room) this.goneFrom(room);
		else if (code === "stopping") this.isStopping = true;
		else if (code === "apart") this.wasApart(data.after, text);
		else if (code === "replaced") this.end("elsewhere");
		else if (request) request.notices.push(value);
		else if (code !== "kicked") this.ui.notice(null, text, "notice");
	}

	/** What came behind a number was seen only here: others have those numbers now, and follow. */
	wasApart(after, text) {
		for (const room of this.rooms.values()) room.unnumber(after);
		this.ui.notice(null, text, "refusal");
	}

	turnedTo(name) {
		this.turned = name;
		if (!this.isCatchingUp) this.ui.turned(this.room(name));
	}

	/** Turn to the room that an answer names, if it names one. */
	follow({notices}) {
		const turned = notices.find((each) => each.code === "turned");
		if (turned) this.turnedTo(turned.data.room);
	}

	goneFrom(room) {
		this.rooms.delete(room.name);
		this.outbox.leave(room);
		this.turned = null;
		this.ui.left(room);
	}

	happened(value, request) {
		if (request?.collects && value.past) return void request.past.push(value);
		if (value.kind === "whispered") {
			const other = this.isMine(value.name) ? value.to : value.name;
			return this.ui.line(this.privateWith(other), value);
		}
		const isElsewhere = !this.rooms.has(value.room);
		if (value.kind === "invited" && isElsewhere) return this.ui.notice(null, invitation(value), "notice");
		const rooms = value.room ? [this.room(value.room)] : [...this.rooms.values()];
		if (!rooms.length) this.early.push(value);
		if (value.past) request?.past.push(value);
		for (const room of rooms) this.happenedIn(room, value);
	}

	happenedIn(room, value) {
		const isOwn = !value.past && this.isMine(value.name);
		if (value.past) room.recent?.push(value);
		else this.moved(room, value);
		if (room.has(value.number) || (!isOwn && isOfCrowd(room, value))) return;
		if (isOwn) room.recent?.push(value), this.outbox.hear(room, value);
		// Nobody need be told of their own connection.
		const isBack = isOwn && value.kind === "joined" && room.before > 0;
		if (!isBack) this.ui.line(room, value);
	}

	moved(room, value) {
		const {kind, name, text} = value;
		const people = room.people;
		if (kind === "topicset") room.topic = text;
		if (kind === "joined") people.set(fold(name), name);
		if (kind === "left" || kind === "removed" || kind === "putout") people.delete(fold(name));
		if (kind === "private") room.isLocked = value.state === "on";
		if (kind === "renamed") {
			people.delete(fold(name));
			people.set(fold(text), text);
			if (this.isMine(name) && fold(name) === fold(this.name)) this.renamed(text);
			this.privates.get(fold(name))?.isPrivate && this.movePrivate(name, text);
		}
		if (kind === "joined" && this.isMine(name)) this.joined(room, value);
		else if (SHOWN_ABOVE.has(kind)) this.ui.changed();
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
		if (isFirst) catchUp(this, room);
		if (this.isCatchingUp) return;
		room.recent = null;
		this.askWho(room);
	}

	isMine(name) {
		return this.mine.has(fold(name));
	}

	room(name) {
		if (!this.rooms.has(name)) this.rooms.set(name, new Room(name, this.ui.list()));
		return this.rooms.get(name);
	}

	privateWith(name) {
		if (!this.privates.has(fold(name))) {
			this.privates.set(fold(name), new Room(name, this.ui.list(), true));
			this.ui.changed();
		}
		return this.privates.get(fold(name));
	}

	caughtUp() {
		this.isCatchingUp = false;
		this.ui.caughtUp();
		this.outbox.send();
		for (const room of this.rooms.values()) this.askWho(room);
		this.askRooms();
	}

	// --- asking

	ask(line, collects) {
		return this.requests.ask(line, collects);
	}

	async askWho(room) {
		const {notices} = await this.ask(`/who ${room.name}`);
		const who = notices.find((each) => each.code === "who");
		if (!who) return;
		room.isLocked = Boolean(who.data.private);
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
		const {past, lost, refused} = await askBefore(this, room.lowest);
		if (!lost && !refused && !past.length) room.beginning = true;
	}

	/** Ask for older lines up to one. False where that is too far back. */
	async reach(room, number) {
		for (let pages = 0; pages < MOST_REACHED && !room.has(number) && !room.beginning; pages++) {
			const {lowest} = room;
			await this.askOlder(room);
			if (room.lowest === lowest) break;
		}
		return room.has(number);
	}

	turnTo(room) {
		if (!room || room.isPrivate || this.turned === room.name) return;
		this.turned = room.name;
		this.ask(`/join ${room.name}`);
	}

	/** Say what was typed in a room, or a command in none, now or once there is a connection. */
	type(room, text) {
		this.outbox.type(room, text);
	}
}
