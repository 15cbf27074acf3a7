// Which words behind a slash are commands, by every name: as the server says with its welcome.

const LOOKS_BACK = new Set(["search", "more", "missed"]); // what these find is shown apart

const GAP = "[ \\-_.\u2010-\u2014\u3000]?";
const DIGIT = "[0-9\uff10-\uff19]";
const group = (count) => `${DIGIT}{4}(?:${GAP}${DIGIT}{4}){${count - 1}}`;
const CODE = new RegExp(`(?<!${DIGIT})${group(4)}(?!${DIGIT})`, "gu");
const LINK = new RegExp(`(?<=^\\s*(?:/.*\\s)?)${group(2)}\\s*$`, "u");

/** A line without the codes of names in it, for where it is given back or kept. */
export function withoutCodes(line) {
	return line.replace(CODE, "••••-••••-••••-••••").replace(LINK, "••••-••••");
}

export class Commands {
	constructor() {
		this.rows = new Map(); // any name to {name, trace}
	}

	/** Take the table of a welcome; an older server has none, and then a command has one name. */
	learn(told = []) {
		for (const {name, aliases = [], words = [], trace} of told) {
			for (const each of [name, ...aliases, ...words]) this.rows.set(each, {name, trace});
		}
	}

	/** What a line is: the command's first name and what stands behind it; no name where it is a text to say. */
	parse(line) {
		const [, word, rest] = /^\s*\/([^\s/]\S*)\s*(.*)$/su.exec(line) ?? [];
		if (!word) return {name: "", rest: /^\s*\/\//u.test(line) ? line.replace("/", "") : line};
		const row = this.rows.get(word.toLowerCase()) ?? {name: word.toLowerCase()};
		return {name: row.name, rest, trace: row.trace ?? (row.name === "me" ? "acted" : "nothing")};
	}

	looksBack(line) {
		return LOOKS_BACK.has(this.parse(line).name);
	}

	/** How the log has a line once it is stored; null where it tells nothing of it. */
	expected(line) {
		const {name, rest, trace} = this.parse(line);
		if (name && trace !== "acted") return null;
		return {kind: name ? "acted" : "said", text: bare(rest)};
	}
}

/** A text as it can be compared after the server has cleaned it. */
export function bare(text) {
	return text.replace(/[\p{C}\p{DI}\s]/gu, "");
}
