// Lines as people see them: a time, who, and what.

import {element, icon, isolated} from "./dom.js";
import {mentions, prose} from "./prose.js";
import {parts, say} from "./words.js";

const FIRST_ROOM = "lobby"; // who comes into it comes into the chat
const HUES = 18;
const SAID = new Set(["said", "acted"]); // what may name somebody

export function named(name) {
	let hash = 7;
	for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 9973;
	const node = element("b", "name", isolated(name));
	node.style.setProperty("--hue", (hash % HUES) * (360 / HUES));
	return node;
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

/** Whether a line speaks to somebody. */
export function concerns(value, name) {
	return SAID.has(value.kind) && mentions(value.text ?? "", name);
}

/** One line. `own` and `mention` say how it concerns the reader; what it says besides is in its dataset. */
export function lineNode(value, {own = false, mention = false, room = ""} = {}) {
	const {kind, name, time} = value;
	const body = element("div", "body", ...(room ? [element("span", "where", isolated(room)), " "] : []));
	body.append(...content(value));
	const node = lineOf(`${kind}${own ? " own" : ""}${mention ? " mention" : ""}`, time, body);
	if (kind === "said" || kind === "whispered") node.dataset.name = name;
	if (value.number) node.dataset.number = value.number;
	return node;
}

function lineOf(className, time, body) {
	const node = element("li", className, clock(time), body);
	node.dataset.day = day(time);
	node.dataset.time = time;
	return node;
}

/** Who says what is announced: a moderator, or the administrator, who has no name. */
export const announcer = ({name}) => name || say("admin");

function content(value) {
	const {kind, name, text = ""} = value;
	switch (kind) {
		case "acted":
			return ["* ", named(name), " ", prose(text)];
		case "announced": {
			const who = `${announcer(value)}${value.room ? "" : ` · ${say("everyone")}`}`;
			return [element("b", "who", icon("horn"), " ", isolated(who)), " ", prose(text)];
		}
	}
	const key = HAPPENINGS[kind]?.(value);
	return key ? happening(key, value) : [name ? named(name) : "", " ", prose(text)];
}

const isFirst = ({room}) => room === FIRST_ROOM;

/** By which sentence it is shown what happened. */
const HAPPENINGS = {
	joined: (value) => (isFirst(value) ? "joined" : "joinedRoom"),
	left: (value) => (value.text ? "leftWhy" : isFirst(value) ? "left1" : "leftRoom"),
	renamed: () => "renamed",
	topicset: () => "topicset",
	removed: () => "removed",
	private: ({state}) => (state === "on" ? "privateOn" : "privateOff"),
	topiclock: ({state}) => (state === "on" ? "topiclockOn" : "topiclockOff"),
	secret: ({state}) => (state === "on" ? "secretOn" : "secretOff"),
	moderated: ({state}) => (state === "on" ? "moderatedOn" : "moderatedOff"),
	outside: ({state}) => (state === "on" ? "outsideOn" : "outsideOff"),
	limit: ({state}) => (state === "off" ? "limitOff" : "limitOn"),
	voicegiven: () => "voicegiven",
	voicetaken: () => "voicetaken",
	barred: () => "barred",
	unbarred: () => "unbarred",
	keyset: () => "keyset",
	keygone: () => "keygone",
	optaken: () => "optaken",
	opgiven: ({name}) => (name ? "opgiven" : "opagain"),
	invited: () => "invited",
	putout: ({text}) => (text ? "putoutWhy" : "putout"),
};

const happening = (key, {name, text, room, to, by, state}) =>
	parts(key, {name: name || say("admin"), text, room, to, by, state});

/** A line that stands only here: an answer, a remark, a refusal. */
export function noticeNode(text, className) {
	return lineOf(`told ${className}`, Date.now() / 1000, element("div", "body", prose(text)));
}

export function waitingNode(name, text) {
	const body = element("div", "body", named(name), " ", prose(text));
	return element("li", "said own waiting", element("time", "", "…"), body);
}
