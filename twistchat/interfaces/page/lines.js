// Lines as people see them. What others wrote becomes text nodes only; links lead out harmlessly.

import {element, isolated} from "./dom.js";
import {parts, say} from "./words.js";

const LINK = /https?:\/\/[^\s<>"'`{}|\\^]+/gi;
const TAIL = /[.,;:!?…，。；：！？、）】》」』)\]]+$/;
const HUES = 18;

export function named(name) {
	let hash = 7;
	for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 9973;
	const node = element("b", "name", isolated(name));
	node.style.setProperty("--hue", (hash % HUES) * (360 / HUES));
	return node;
}

/** A text with its links. */
export function linked(text) {
	const span = element("span", "text");
	span.dir = "auto";
	let at = 0;
	for (const match of text.matchAll(LINK)) {
		let address = match[0].replace(TAIL, "");
		if (match[0][address.length] === ")" && address.includes("(")) address += ")";
		const link = linkTo(address);
		if (!link) continue;
		span.append(text.slice(at, match.index), link);
		at = match.index + address.length;
	}
	span.append(text.slice(at));
	return span;
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

const language = () => document.documentElement.lang;

export function clock(seconds) {
	const date = new Date(seconds * 1000);
	const time = element("time", "", date.toLocaleTimeString(language(), {timeStyle: "short", hourCycle: "h23"}));
	time.dateTime = date.toISOString();
	time.title = date.toLocaleString(language());
	return time;
}

export function day(seconds) {
	return new Date(seconds * 1000).toLocaleDateString(language(), {dateStyle: "full"});
}

/** One line. `own` and `mention` say how it concerns the reader. */
export function lineNode(value, {own = false, mention = false, room = ""} = {}) {
	const {kind, name, text = "", time} = value;
	const node = element("li", `${kind}${own ? " own" : ""}${mention ? " mention" : ""}`, clock(time), " ");
	if (room) node.append(element("span", "where", isolated(room)), " ");
	node.dataset.day = day(time);
	if (value.number) node.dataset.number = value.number;
	node.append(...content(kind, name, text, value));
	return node;
}

function content(kind, name, text, value) {
	switch (kind) {
		case "said":
		case "whispered":
			return [named(name), " ", linked(text)];
		case "acted":
			return ["* ", named(name), " ", linked(text)];
		case "announced":
			name = `📢 ${say("admin")}${value.room ? "" : ` · ${say("everyone")}`}`;
			return [element("b", "who", name), " ", linked(text)];
		case "joined":
		case "renamed":
		case "topicset":
		case "removed":
			return parts(kind, {name: name || say("admin"), text});
		case "left":
			return parts(text ? "leftWhy" : "leftRoom", {name, text});
	}
	return [name ? named(name) : "", " ", linked(text)];
}

/** A line that stands only here: an answer, a remark, a refusal. */
export function noticeNode(text, className) {
	const node = element("li", `told ${className}`, clock(Date.now() / 1000), " ", linked(text));
	node.dataset.day = day(Date.now() / 1000);
	return node;
}

export function waitingNode(name, text) {
	return element("li", "said own waiting", element("time", "", "⋯"), " ", named(name), " ", linked(text));
}

export function mentions(text, name) {
	const at = name && text.toLowerCase().indexOf(name.toLowerCase());
	if (typeof at !== "number" || at < 0) return false;
	const isWord = (character) => /[a-z0-9_]/i.test(character ?? "");
	const end = at + name.length;
	return !(isWord(text[at - 1]) && isWord(text[at])) && !(isWord(text[end - 1]) && isWord(text[end]));
}
