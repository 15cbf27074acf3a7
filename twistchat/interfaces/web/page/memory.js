// What of the conversation outlives a reload of the tab: rooms and what was seen of them, private messages, drafts.

import {withoutCodes} from "./commands.js";
import {tab} from "./storage.js";

const DELAY = 1000; // ms from a change to when it is kept, should the browser end without a word
const MOST_PRIVATE = 200; // lines kept of each private conversation

export class Memory {
	/** `on` has draft(), what stands in the field; and shown(), the room that is looked at. */
	constructor(talk, on) {
		this.talk = talk;
		this.on = on;
		this.state = tab.state ? JSON.parse(tab.state) : {};
		this.drafts = this.state.drafts ?? {}; // by key
		addEventListener("pagehide", () => this.keep());
		document.addEventListener("visibilitychange", () => document.hidden && this.keep());
	}

	/** Keep what is there in a moment. */
	due() {
		this.timer ||= setTimeout(() => this.keep(), DELAY);
	}

	draftOf(room) {
		return this.drafts[room?.key ?? ""] ?? "";
	}

	keepDraft(room, text) {
		this.drafts[room?.key ?? ""] = withoutCodes(text);
	}

	keep() {
		clearTimeout(this.timer);
		this.timer = 0;
		const {talk} = this;
		if (!talk.name) return;
		this.keepDraft(this.on.shown(), this.on.draft());
		const drafts = {...this.drafts};
		for (const {room, text} of talk.outbox.unsaid) {
			const key = room?.key ?? "";
			const given = withoutCodes(text); // one looks before it is sent again
			drafts[key] = [drafts[key], given].filter(Boolean).join("\n");
		}
		const rooms = [...talk.rooms.values()].map(({name, seenUpTo}) => ({name, seenUpTo}));
		const privates = [...talk.privates.values()].map(({name, said, unread, mentions}) => (
			{name, said: said.slice(-MOST_PRIVATE), unread, mentions}));
		this.state = {rooms, privates, drafts, shown: this.on.shown()?.key};
		tab.state = JSON.stringify(this.state);
	}

	/** Put back what there was, before one is in again. */
	restore() {
		const {talk, state} = this;
		for (const {name, seenUpTo} of state.rooms ?? []) {
			const room = talk.room(name);
			room.seenUpTo = room.before = seenUpTo;
			talk.expectAgain(room);
		}
		for (const {name, said, unread, mentions} of state.privates ?? []) {
			const room = talk.privateWith(name);
			for (const value of said) talk.ui.line(room, {...value, past: true});
			Object.assign(room, {unread, mentions});
		}
	}

	/** The room that was looked at, if it is there again. */
	get shown() {
		const {talk, state} = this;
		return [...talk.rooms.values(), ...talk.privates.values()].find((each) => each.key === state.shown);
	}

	/** Somebody else comes by this tab: nothing of what the one before wrote or read is theirs. */
	clear() {
		this.state = {};
		this.drafts = {};
		tab.state = "";
	}

	/** One has left: only what was not said stays. */
	forget() {
		this.keep();
		this.state = {drafts: this.drafts};
		tab.state = JSON.stringify(this.state);
	}
}
