// One conversation, a room or two people's: its lines in the log's order, each once, and what is unread.

export const fold = (name) => name.normalize("NFKC").toLowerCase();

export const MOST_LINES = 3000; // kept in the page for a conversation

export class Room {
	/** `list` is what the lines' nodes are put into. */
	constructor(name, list, isPrivate = false) {
		this.name = name;
		this.isPrivate = isPrivate;
		this.said = []; // of a private one, what came: the server does not store it
		this.topic = "";
		this.isLocked = false; // only who is invited comes in
		this.people = new Map(); // lower case to name
		this.list = list;
		this.sticks = true; // to the newest line
		this.top = 0;
		this.fresh = 0; // lines below what is seen
		this.unread = 0;
		this.mentions = 0;
		this.isIn = false;
		this.divider = null; // the line that was the first new one
		this.seenUpTo = 0; // the highest number that was seen here
		this.before = 0; // the highest number before the connection went
		this.recent = []; // what has come since one is back, until that is whole
		this.joinedAt = 0;
		this.clear();
	}

	clear() {
		this.lines = []; // {number, node}, numbers growing; those without one stay where they came
		this.numbers = new Set();
		this.highest = 0;
		this.beginning = false; // whether nothing older is stored
		this.list.replaceChildren();
	}

	/** What it is remembered by: a room and a person may have one name. */
	get key() {
		return (this.isPrivate ? "@" : "#") + fold(this.name);
	}

	/** The lowest number shown, or what comes after all of them. */
	get lowest() {
		return this.lines.find((line) => line.number)?.number ?? Infinity;
	}

	has(number) {
		return number > 0 && this.numbers.has(number);
	}

	/** Where a line of a number belongs; those without one come last. */
	placeOf(number) {
		const isLate = number && number < this.highest;
		return isLate ? this.lines.findIndex((line) => line.number > number) : this.lines.length;
	}

	/** The node that a line would stand before, or nothing. */
	nextTo(number) {
		return this.lines[this.placeOf(number)]?.node ?? null;
	}

	/** Put a line at its place. Returns whether that is the end. */
	add(number, node) {
		const next = this.nextTo(number);
		this.lines.splice(this.placeOf(number), 0, {number, node});
		if (number) this.numbers.add(number);
		this.highest = Math.max(this.highest, number);
		this.list.insertBefore(node, next ?? this.firstWaiting());
		return next === null;
	}

	/** Whether the last line is that notice. */
	endsWith(text) {
		const last = this.lines.at(-1)?.node;
		return Boolean(last?.classList.contains("told")) && last.lastChild.textContent === text;
	}

	/** Lines that are not stored yet stand last. */
	firstWaiting() {
		return this.list.querySelector(":scope > .waiting");
	}

	/** Forget everything up to a number, when there would be a hole behind it. */
	forgetUpTo(number) {
		this.drop(this.lines.findLastIndex((line) => line.number && line.number <= number) + 1);
		this.beginning = false;
	}

	/** Let lines behind a number stay where they are, and have no number: it is other lines' now. */
	unnumber(after) {
		for (const line of this.lines.filter(({number}) => number > after)) {
			this.numbers.delete(line.number);
			line.number = 0;
		}
		for (const mark of ["highest", "seenUpTo", "before"]) this[mark] = Math.min(this[mark], after);
	}

	trim() {
		if (this.lines.length > MOST_LINES) this.drop(this.lines.length - MOST_LINES), (this.beginning = false);
	}

	drop(count) {
		for (const line of this.lines.splice(0, count)) {
			this.numbers.delete(line.number);
			line.node.remove();
		}
	}

	/** Have what is new begin with a line; with none, nothing is new. */
	divide(node) {
		this.divider?.classList.remove("newhere");
		this.divider = node;
		node?.classList.add("newhere");
	}

	/** The node of a line, if it is here. */
	nodeOf(number) {
		return this.lines.find((line) => line.number === number)?.node;
	}

	/** The node of the first line behind a number. */
	nodeBehind(number) {
		return this.lines.find((line) => line.number > number)?.node;
	}

	/** Count a line that nobody has seen yet. */
	count(isMention) {
		this.unread++;
		if (isMention) this.mentions++;
	}

	seen() {
		this.unread = this.mentions = 0;
	}
}
