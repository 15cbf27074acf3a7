// Texts as people see them: links, code in backquotes, all of it text nodes. Links lead out harmlessly.

import {element} from "./dom.js";

const PART = /(?<fence>```)(?<block>.+?)```|(?<!`)`(?<code>[^`]+)`(?!`)|(?<link>https?:\/\/[^\s<>"'`{}|\\^]+)/giu;
const TAIL = /[.,;:!?…，。；：！？、）】》」』)\]]+$/u;

/** A text with its links and its code. */
export function prose(text) {
	const span = element("span", "text");
	span.dir = "auto";
	let at = 0;
	for (const match of text.matchAll(PART)) {
		const {block, code, link} = match.groups;
		const address = link && trimmed(link);
		const node = address ? linkTo(address) : element("code", block ? "block" : "", block ?? code);
		if (!node) continue;
		span.append(text.slice(at, match.index), node);
		at = match.index + (address ?? match[0]).length;
	}
	span.append(text.slice(at));
	return span;
}

/** A text without what is shown as an address or as code. */
export const plain = (text) => text.replace(PART, " ");

/** An address as it ends in a sentence: without the full stop, and with a bracket only if it was opened. */
function trimmed(link) {
	const address = link.replace(TAIL, "");
	return link[address.length] === ")" && address.includes("(") ? `${address})` : address;
}

function linkTo(address) {
	let url;
	try {
		url = new URL(address);
	} catch {
		return null;
	}
	if (url.protocol !== "https:" && url.protocol !== "http:") return null;
	const link = element("a", "", address);
	link.href = url.href;
	link.target = "_blank";
	link.rel = "noopener noreferrer";
	return link;
}

/** Whether a text names somebody: not inside another word, an address or code. */
export function mentions(text, name) {
	if (!name) return false;
	const [said, wanted] = [plain(text).toLowerCase(), name.toLowerCase()];
	const isWord = (character) => /[a-z0-9_]/i.test(character ?? "");
	for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1)) {
		const end = at + wanted.length;
		const isInside = (edge) => isWord(said[edge - 1]) && isWord(said[edge]);
		if (!isInside(at) && !isInside(end)) return true;
	}
	return false;
}
