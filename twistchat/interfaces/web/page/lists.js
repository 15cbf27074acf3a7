// What stands around the conversation: rooms, private ones, people, the head, and the window's title.

import {$, element, fill, icon, iconButton, isolated} from "./dom.js";
import {named} from "./lines.js";
import {prose} from "./prose.js";
import {fold} from "./room.js";
import {say} from "./words.js";

const MOST_OTHERS = 50;
const SERVER = document.title; // as the server calls itself

export class Lists {
	constructor(talk, screen) {
		this.talk = talk;
		this.screen = screen;
		this.isDue = false;
		$("topic").onclick = () => $("topic").classList.toggle("whole"); // it may be longer than there is room for
	}

	/** Draw with the next frame. */
	refresh() {
		if (this.isDue) return;
		this.isDue = true;
		const draw = () => this.isDue && ((this.isDue = false), this.draw());
		requestAnimationFrame(draw);
		if (document.hidden) setTimeout(draw, 50); // no frames are drawn then
	}

	draw() {
		const {talk} = this;
		fill($("rooms"), [...talk.rooms.values()], (room) => this.roomRow(room));
		fill($("privates"), [...talk.privates.values()], (room) => this.roomRow(room));
		$("privates-part").hidden = !talk.privates.size;
		const others = talk.others.filter((each) => !talk.rooms.has(each.room)).slice(0, MOST_OTHERS);
		fill($("others"), others, (other) => this.otherRow(other));
		$("others-part").hidden = !others.length;
		this.drawHead(this.screen.shown);
		this.drawUnread(this.screen.shown);
		this.screen.moderating.draw();
	}

	drawHead(room) {
		const {talk} = this;
		$("title").textContent = room?.name ?? SERVER;
		$("topic").title = room?.topic ?? "";
		$("topic").replaceChildren(...(room?.topic ? [prose(room.topic)] : []));
		const people = room ? (room.isPrivate ? [room.name, talk.name] : [...room.people.values()]) : [];
		people.sort((a, b) => a.localeCompare(b));
		$("count").textContent = people.length;
		fill($("people"), people, (name) => this.personRow(name));
		$("text").ariaLabel = $("text").placeholder = room ? say("writeTo", {to: room.name}) : say("noRoom");
	}

	drawUnread(shown) {
		const rooms = [...this.talk.rooms.values(), ...this.talk.privates.values()];
		const total = rooms.reduce((sum, room) => sum + room.unread, 0);
		const elsewhere = total - (shown?.unread ?? 0);
		document.title = `${total ? `(${total}) ` : ""}${shown ? `${shown.name} · ` : ""}${SERVER}`;
		$("elsewhere").hidden = !elsewhere;
		$("elsewhere").textContent = elsewhere;
	}

	roomRow(room) {
		const isShown = room === this.screen.shown;
		const open = element("button", "row", isolated(room.name));
		if (room.isLocked) open.prepend(icon("lock"), " ", element("span", "unseen", say("privateRoom")), " ");
		if (room.unread) {
			const count = element("span", "", String(room.unread));
			count.ariaHidden = "true";
			const words = element("span", "unseen", say("unread", {n: room.unread}));
			open.append(" ", element("b", room.mentions ? "badge loud" : "badge", count, words));
		}
		if (isShown) open.ariaCurrent = "true";
		open.onclick = () => this.screen.show(room);
		const label = say(room.isPrivate ? "close1" : "leave1", {name: room.name});
		const close = iconButton("close", "close", label, () => this.screen.close(room));
		return element("li", isShown ? "current" : "", open, close);
	}

	otherRow({room, count, topic}) {
		const open = element("button", "row", isolated(room), " ", element("small", "", String(count)));
		if (topic) open.title = topic;
		open.onclick = () => this.screen.join(room);
		return element("li", "", open);
	}

	personRow(name) {
		const isMe = fold(name) === fold(this.talk.name);
		const button = element("button", "row", named(name), isMe ? element("small", "", ` ${say("you")}`) : "");
		button.disabled = isMe;
		button.onclick = () => this.screen.show(this.talk.privateWith(name));
		return element("li", "", button, ...this.screen.moderating.buttonsFor(name));
	}
}
