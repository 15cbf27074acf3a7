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
		this.people = new Map(); // lower case to name
		this.list = list;
		this.sticks = true; // to the newest line
		this.top = 0;
		this.fresh = 0; // lines below what is seen
		this.unread = 0;
		this.mentions = 0;
		this.isIn = false;
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

	/** Put a line at its place. Returns whether that is the end. */
	add(number, node) {
		let at = this.lines.length;
		if (number) {
			this.numbers.add(number);
			if (number < this.highest) at = this.lines.findIndex((line) => line.number > number);
			this.highest = Math.max(this.highest, number);
		}
		const next = this.lines[at]?.node ?? null;
		this.lines.splice(at, 0, {number, node});
		this.list.insertBefore(node, next ?? this.firstWaiting());
		return next === null;
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

	trim() {
		if (this.lines.length > MOST_LINES) this.drop(this.lines.length - MOST_LINES), (this.beginning = false);
	}

	drop(count) {
		for (const line of this.lines.splice(0, count)) {
			this.numbers.delete(line.number);
			line.node.remove();
		}
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
