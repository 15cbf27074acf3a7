// What was typed and is not answered yet: it is sent once there is a connection, and once.

import {bare, withoutCodes} from "./commands.js";
import {say} from "./words.js";

const MOST_TYPED = 100; // lines kept while there is no connection

export class Outbox {
	constructor(talk) {
		this.talk = talk;
		this.items = [];
	}

	hasSpaceFor(count) {
		return this.items.length + count <= MOST_TYPED;
	}

	/** Say what was typed, now or once there is a connection. */
	type(room, text) {
		const {name, rest} = this.talk.commands.parse(text);
		const isPrivate = room?.isPrivate && !name;
		const line = isPrivate ? `/msg ${room.name} ${rest}` : text;
		const expected = isPrivate ? null : this.talk.commands.expected(text);
		const item = {room, line, text, expected, isText: !name, isSent: false, isHeard: false};
		this.items.push(item);
		if (!name) this.talk.ui.waiting(item, true);
		this.send();
	}

	send() {
		const {talk} = this;
		if (!talk.isIn || talk.isCatchingUp) return;
		for (const item of this.items.filter((each) => !each.isSent)) {
			talk.turnTo(item.room);
			item.isSent = true;
			talk.ask(item.line, talk.commands.looksBack(item.line)).then((answer) => this.answered(item, answer));
		}
	}

	/** Note that a line that was typed here is stored. */
	hear(room, value) {
		const isIt = (each) => each.isSent && !each.isHeard && each.room === room && matches(each, value);
		const item = this.items.find(isIt);
		if (item) (item.isHeard = true), this.talk.ui.waiting(item, false);
	}

	answered(item, answer) {
		const {ui} = this.talk;
		if (answer.lost) {
			if (item.expected) return; // settled once the room is here again
			this.forget(item);
			return ui.notice(item.room, say("perhaps", {text: withoutCodes(item.text)}), "refusal");
		}
		this.forget(item);
		ui.answered(item, answer);
		this.talk.follow(answer);
	}

	/** What was sent when the connection went is among one's own lines in the room's log, or has to be sent again. */
	settle(room, own) {
		for (const item of this.items.filter((each) => each.isSent && each.room === room)) {
			const at = own.findIndex((each) => matches(item, each));
			if (at >= 0) own.splice(at, 1);
			if (at >= 0 || item.isHeard) this.forget(item);
			else item.isSent = false;
		}
	}

	/** A room is gone: what waits for it can be said nowhere else. */
	leave(room) {
		for (const item of this.items.filter((each) => each.isText && each.room === room && !each.isHeard)) {
			this.forget(item);
			this.talk.ui.unsent(item);
		}
	}

	/** What is not surely said, for when the page goes. */
	get unsaid() {
		return this.items.filter((each) => each.isText && !each.isHeard);
	}

	forget(item) {
		this.items = this.items.filter((each) => each !== item);
		this.talk.ui.waiting(item, false);
	}
}

function matches(item, value) {
	return item.expected?.kind === value.kind && item.expected.text === bare(value.text);
}
