// The lines of the conversation that is looked at: each in its place, the view where it was, the end in sight.

import {$, element} from "./dom.js";
import {say} from "./words.js";

const NEAR = 48; // pixels from the end that still count as there
const EARLY = 200; // pixels from the beginning where older lines are asked for

export class Log {
	/** `on` has scrolled(), and older(room), which asks for older lines. */
	constructor(on) {
		this.node = $("log");
		this.room = null; // the one that is looked at
		this.isAsking = false;
		this.node.addEventListener("scroll", () => (on.scrolled(), this.askOlder(on)), {passive: true});
		let height = 0;
		new ResizeObserver(() => {
			if (this.node.scrollHeight - this.node.scrollTop - height < NEAR) this.toEnd();
			height = this.node.clientHeight;
		}).observe(this.node);
	}

	get isAtEnd() {
		return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR;
	}

	toEnd() {
		this.node.scrollTop = this.node.scrollHeight;
		if (this.room) (this.room.fresh = 0), (this.room.sticks = true);
		this.showFresh();
	}

	/** Say how many lines came below what is seen. */
	showFresh() {
		const count = this.room?.fresh ?? 0;
		$("fresh").hidden = !count;
		$("fresh").textContent = say(count === 1 ? "newLine" : "newLines", {n: count});
	}

	/** Turn to a room, or to none, at the place where it was left. */
	show(room) {
		if (this.room && this.room !== room) {
			this.room.top = this.node.scrollTop;
			this.room.sticks = this.isAtEnd;
		}
		this.room = room;
		this.node.replaceChildren(room ? room.list : element("p", "told", say("noRoom")));
		if (room?.sticks) this.toEnd();
		else if (room) this.node.scrollTop = room.top;
	}

	/** Say something where no room is shown. */
	say(text) {
		this.node.append(element("p", "told refusal", text));
	}

	/** Put a line into a room without moving what somebody reads. Returns whether it is the last one. */
	place(room, number, line) {
		const isShown = room === this.room;
		const sticks = isShown && this.isAtEnd;
		const {scrollHeight, scrollTop} = this.node;
		const isLast = room.add(number, line);
		markDay(line);
		if (line.nextElementSibling) markDay(line.nextElementSibling);
		if (sticks) this.toEnd();
		else if (isShown && !isLast && line.offsetTop <= scrollTop + NEAR) {
			this.node.scrollTop = scrollTop + this.node.scrollHeight - scrollHeight;
		}
		if (isLast && (!isShown || sticks)) room.trim();
		return isLast;
	}

	async askOlder(on) {
		const {room, node} = this;
		if (!room || this.isAsking || node.scrollTop > EARLY || node.scrollHeight <= node.clientHeight) return;
		this.isAsking = true;
		node.ariaBusy = "true";
		await on.older(room);
		node.ariaBusy = null;
		this.isAsking = false;
	}
}

/** Note at a line whether a day begins with it. */
export function markDay(node) {
	const before = node.previousElementSibling?.dataset.day;
	node.classList.toggle("newday", Boolean(node.dataset.day) && node.dataset.day !== before);
}
