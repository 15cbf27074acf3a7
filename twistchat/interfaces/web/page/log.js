// The lines of the conversation that is looked at: each in its place, the view where it was, the end in sight.

import {$, element} from "./dom.js";
import {settle} from "./neighbours.js";
import {say} from "./words.js";

const NEAR = 48; // pixels from the end that still count as there
const HEAD = 96; // pixels from the top of the view, in which a head and a day may come or go
const EARLY = 200; // pixels from the beginning where older lines are asked for

/** Where a line ends; its beginning moves when it gets or loses a head. */
const bottomOf = (line) => line.offsetTop + line.offsetHeight;

export class Log {
	/** `on` has scrolled(), and older(room), which asks for older lines. */
	constructor(on) {
		this.node = $("log");
		this.on = on;
		this.room = null; // the one that is looked at
		this.anchor = null; // {line, top}: the first one in sight, and where
		this.size = "";
		this.isAsking = false;
		this.node.addEventListener("scroll", () => this.scrolled(), {passive: true});
		new ResizeObserver(() => this.resized()).observe(this.node);
	}

	get isAtEnd() {
		return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR;
	}

	scrolled() {
		if (this.size !== this.measured) return; // the window's doing, see resized
		this.noteAnchor();
		this.on.scrolled();
		this.askOlder();
	}

	get measured() {
		return `${this.node.clientWidth} ${this.node.clientHeight}`;
	}

	noteAnchor() {
		const {left, top} = this.node.getBoundingClientRect();
		const line = document.elementFromPoint(left + 20, top + 20)?.closest("#log li");
		this.anchor = line ? {line, top: line.offsetTop - this.node.scrollTop} : null;
	}

	/** The window has another size: what was in sight stays so, the end above all. */
	resized() {
		this.size = this.measured;
		if (this.room?.sticks) this.toEnd();
		else if (this.anchor) this.node.scrollTop = this.anchor.line.offsetTop - this.anchor.top;
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
		$("fresh-text").textContent = say(count === 1 ? "newLine" : "newLines", {n: count});
	}

	/** Turn to a room, or to none, at the place where it was left; or at what is unread. */
	show(room) {
		if (this.room && this.room !== room) {
			this.room.top = this.node.scrollTop;
			this.room.sticks = this.isAtEnd;
			this.room.divide(null);
			this.unmark();
		}
		this.room = room;
		this.node.replaceChildren(room ? room.list : element("p", "told", say("noRoom")));
		if (room?.sticks) this.toEnd();
		else this.node.scrollTop = room?.top ?? 0;
		this.showFresh();
		if (!room?.divider) return;
		if (this.node.scrollTop > room.divider.offsetTop) this.goTo(room.divider);
		room.fresh = this.isAtEnd ? 0 : room.unread;
		this.showFresh();
	}

	/** Have no line be pointed at any more. */
	unmark() {
		for (const each of this.node.querySelectorAll(".hit")) each.classList.remove("hit");
	}

	/** Scroll to a line. */
	goTo(line) {
		this.node.scrollTop = line.offsetTop - this.node.clientHeight / 3;
		this.room.sticks = this.isAtEnd;
		this.anchor = {line, top: line.offsetTop - this.node.scrollTop};
	}

	/** Say something where no room is shown. */
	say(text) {
		this.node.querySelector(".refusal")?.remove();
		this.node.append(element("p", "told refusal", text));
	}

	/** Put a line into a room without moving what somebody reads. Returns whether it is the last one. */
	place(room, number, line) {
		const isShown = room === this.room;
		const sticks = isShown && (this.size === this.measured ? this.isAtEnd : room.sticks);
		const next = isShown && room.nextTo(number);
		const isAbove = next && next.offsetTop <= this.node.scrollTop + HEAD;
		const before = isAbove && bottomOf(next);
		const isLast = room.add(number, line);
		settle(line);
		if (sticks) this.toEnd();
		else if (isAbove) this.node.scrollTop += bottomOf(next) - before;
		if (isLast && (!isShown || sticks)) room.trim();
		return isLast;
	}

	async askOlder() {
		const {room, node} = this;
		if (!room || this.isAsking || node.scrollTop > EARLY || node.scrollHeight <= node.clientHeight) return;
		this.isAsking = true;
		node.ariaBusy = "true";
		await this.on.older(room);
		node.ariaBusy = null;
		this.isAsking = false;
	}
}
