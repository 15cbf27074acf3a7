// What the conversation tells, put where people see it: lines, answers, which room is looked at, what is unread.

import {alert, announce, callFor, heard} from "./attention.js";
import {$, element} from "./dom.js";
import {withoutCodes} from "./commands.js";
import {closeDrawers} from "./drawers.js";
import {announcer, concerns, lineNode, noticeNode, waitingNode} from "./lines.js";
import {fold} from "./room.js";
import {remember, tab} from "./storage.js";
import {say} from "./words.js";

const SAID = new Set(["said", "acted", "announced", "whispered"]); // what people want to know of

export class Screen {
	/** Tell it of its parts: secrets, moderating, talk, log, lists, search, composer, door and memory. */
	has(parts) {
		Object.assign(this, parts);
	}

	get shown() {
		return this.log.room;
	}

	list() {
		return element("ol", "lines");
	}

	// --- coming and going

	entered() {
		remember(this.talk.name, this.talk.wish.key);
		this.door.close();
		this.showStatus("");
	}

	caughtUp() {
		const {talk} = this;
		const isGone = !this.shown || (!this.shown.isPrivate && !talk.rooms.has(this.shown.name));
		if (isGone) this.show(this.memory.shown ?? this.firstRoom);
		if (!this.composer.commands.length) this.askCommands();
		this.moderating.cameIn();
		this.changed();
	}

	refused(code, text) {
		this.door.refused(code, text, this.talk.wish);
	}

	ended(why, text) {
		const {memory, talk} = this;
		if (why === "left") memory.forget();
		else memory.keep();
		tab.in = "";
		const unsaid = talk.outbox.unsaid.map((each) => say("unsent", {text: withoutCodes(each.text)}));
		this.door.ended(why, [text || say(why), ...unsaid].join("\n"));
		talk.reset();
		this.composer.value = "";
		this.log.show(null);
		this.changed();
	}

	status(text) {
		if (this.door.isOpen) this.door.sayWhy();
		else this.showStatus(text);
	}

	/** Show how the connection is. It is read out when that changes, and not at each second of the wait. */
	showStatus(text) {
		const wasGone = !$("status").hidden;
		if (wasGone !== Boolean(text)) announce(text || say("back"));
		$("status-text").textContent = text;
		$("status").hidden = !text;
		document.body.classList.toggle("offline", Boolean(text));
	}

	renamed() {
		remember(this.talk.name, this.talk.wish.key);
		this.changed();
	}

	changed() {
		this.lists.refresh();
		this.memory.due();
	}

	// --- lines

	line(room, value) {
		const {log, talk} = this;
		const own = talk.isMine(value.name) && value.kind !== "announced";
		const mention = !own && concerns(value, talk.name);
		const node = lineNode(value, {own, mention});
		const isLast = log.place(room, value.number, node);
		if (room.isPrivate) room.said.push(value);
		const isNew = value.past ? room.before > 0 && value.number > room.before : true;
		if (isNew && !own && SAID.has(value.kind)) this.noted(room, value, {mention, isLast, node});
		if (own && !value.past && room === this.shown) room.divide(null);
		if (this.isSeen(room)) room.seenUpTo = room.highest;
		this.memory.due();
	}

	isSeen(room) {
		return room === this.shown && !document.hidden && this.log.isAtEnd;
	}

	/** Count, read out and call for a line that somebody else said. */
	noted(room, value, {mention, isLast, node}) {
		const {log} = this;
		const isSeen = this.isSeen(room);
		if (!isSeen && !room.unread) {
			node.dataset.newhere = say("newHere");
			room.divide(node);
		}
		if (room === log.room && isLast && !log.isAtEnd) {
			room.fresh++;
			log.showFresh();
		}
		const isForMe = mention || value.kind === "whispered" || value.kind === "announced";
		if (!isSeen) room.count(isForMe), this.lists.refresh();
		if (value.kind === "announced") alert(`${announcer(value)}: ${value.text}`);
		else if (room === log.room || value.kind === "whispered") announce(heard(value));
		else if (mention) announce(`${room.name}, ${heard(value)}`);
		else announce(`${room.name}: ${say("unread", {n: room.unread})}`, room);
		if (isForMe && document.hidden && !value.past) callFor(value);
	}

	notice(room, text, className) {
		const where = room ?? this.shown ?? this.firstRoom;
		if (where) this.log.place(where, 0, noticeNode(text, className));
		else this.log.say(text);
		announce(text);
	}

	/** Say what came of somebody's own line, where they see it. */
	answer(room, text, className) {
		this.notice(room, text, className);
		if (room === this.shown) this.log.toEnd();
	}

	waiting(item, isWaiting) {
		item.node?.remove();
		item.node = isWaiting ? waitingNode(this.talk.name, item.text) : null;
		if (!isWaiting) return;
		item.room.list.append(item.node);
		if (item.room === this.shown) this.log.toEnd();
	}

	/** Give back what was not taken: into the field it was typed in, where that is empty; else it is named. */
	unsent(item) {
		const {composer, memory} = this;
		const isShown = item.room === this.shown;
		const text = withoutCodes(item.text);
		if (isShown ? composer.value : memory.draftOf(item.room)) {
			this.notice(isShown ? item.room : null, say("unsent", {text}), "refusal");
		} else if (isShown) composer.value = text;
		else memory.keepDraft(item.room, text);
	}

	/** Say why a line was not taken; where a code is what was wanting, ask for it in a field of its own. */
	notTaken(item, refused) {
		if (this.secrets.asksFor(refused)) return;
		const isKnown = refused.code === "muted" && item.room.endsWith(refused.text);
		if (!isKnown) this.answer(item.room, refused.text, "refusal");
		this.unsent(item);
	}

	answered(item, {refused, notices, past}) {
		const {talk} = this;
		if (refused) this.notTaken(item, refused);
		if (talk.commands.looksBack(item.line) && past.length) return this.search.show(past, notices);
		const shown = notices.filter((each) => each.code !== "turned" && each.code !== "older");
		for (const each of shown) this.answer(item.room, each.text, "notice");
		const {name, rest} = talk.commands.parse(item.line);
		this.moderating.typed({name, rest}, refused);
		const other = name === "msg" && !refused && talk.privates.get(fold(rest.split(/\s/u)[0]));
		if (other) this.show(other);
	}

	// --- which room is looked at

	get firstRoom() {
		return [...this.talk.rooms.values()][0] ?? null;
	}

	turned(room) {
		this.show(room);
	}

	left(room) {
		if (this.shown === room) this.show([...this.talk.rooms.values()].at(-1) ?? null);
		this.changed();
	}

	show(room) {
		const {composer, log, memory} = this;
		const before = log.room;
		if (before !== room) memory.keepDraft(before, composer.value);
		log.show(room);
		if (before !== room) composer.value = memory.draftOf(room);
		closeDrawers();
		this.seen();
		this.changed();
		if (matchMedia("(hover: hover)").matches) composer.focus();
		else if (!log.node.contains(document.activeElement)) log.node.focus({preventScroll: true}); // without keyboard
	}

	/** Note what is looked at. */
	seen() {
		const room = this.shown;
		if (room) room.sticks = this.log.isAtEnd;
		if (!room || !this.isSeen(room)) return;
		room.fresh = 0;
		room.seenUpTo = room.highest;
		this.log.showFresh();
		if (!room.unread) return;
		room.seen();
		this.changed();
	}

	/** Show how something went that was pressed. */
	tell({refused, notices}) {
		if (refused && !this.secrets.asksFor(refused)) this.notice(null, refused.text, "refusal");
		for (const each of notices.filter((one) => one.code !== "turned")) this.notice(null, each.text, "notice");
	}

	/** Show a code that is shown once. */
	secret(value) {
		this.secrets.show(value);
	}

	/** Note whatever the server remarks, shown or not. */
	noticed(value) {
		this.moderating.take(value);
	}

	// --- what is pressed

	/** Send lines that were typed. True if they were taken. */
	send(lines) {
		const room = this.shown;
		const isCommand = (text) => this.talk.commands.parse(text).name;
		const isNowhere = !room && !lines.every(isCommand);
		if (isNowhere || !this.talk.outbox.hasSpaceFor(lines.length)) {
			this.notice(room, say(isNowhere ? "noRoom" : "tooMany"), "refusal");
			return false;
		}
		this.log.unmark();
		for (const text of lines) this.talk.type(room, text);
		return true;
	}

	async join(name) {
		const answer = await this.talk.ask(`/join ${name}`);
		if (answer.refused) this.notice(null, answer.refused.text, "refusal");
		this.talk.follow(answer);
		return !answer.refused && !answer.lost;
	}

	/** Show a line where it was said. False where that is too far back, or in a room that one cannot see. */
	async reach({room: name, number}) {
		const {talk} = this;
		if (name && !talk.rooms.has(name) && !(await this.join(name))) return false;
		const room = name ? talk.rooms.get(name) : this.firstRoom; // what is for everyone stands in each
		if (!room || !(await talk.reach(room, number))) return false;
		this.point(room, room.nodeOf(number));
		return true;
	}

	/** Show the first line of a room behind a number, 0 being the beginning. False where that is too far back. */
	async reachBehind(room, number) {
		const isReached = (await this.talk.reach(room, number)) || (!number && room.beginning);
		const node = isReached && room.nodeBehind(number);
		if (node) this.point(room, node);
		return Boolean(node);
	}

	/** Show the first line since a time, of those that are here. */
	reachSince(room, seconds) {
		const node = [...room.list.children].find((each) => each.dataset.time >= seconds);
		if (node) this.point(room, node);
		return Boolean(node);
	}

	/** Have somebody look at a line. */
	point(room, node) {
		this.search.open(false);
		this.show(room);
		this.log.unmark();
		node.classList.add("hit");
		node.tabIndex = -1;
		this.log.goTo(node);
		node.focus({preventScroll: true});
	}

	close(room) {
		if (!room.isPrivate) return void this.talk.ask(`/leave ${room.name}`);
		this.talk.privates.delete(fold(room.name));
		this.left(room);
	}

	async askCommands() {
		this.composer.commands = await this.talk.askCommands();
	}
}
