// The page: what people see and press, put together. `Talk` has the conversation, `Room` its lines.

import {alert, announce, callFor} from "./attention.js";
import {Composer} from "./composer.js";
import {$, element, onSubmit} from "./dom.js";
import {Door} from "./door.js";
import {closeDrawers} from "./drawers.js";
import {lineNode, mentions, noticeNode, waitingNode} from "./lines.js";
import {Lists} from "./lists.js";
import {Log} from "./log.js";
import {fold} from "./room.js";
import {Search} from "./search.js";
import {Settings} from "./settings.js";
import {remember} from "./storage.js";
import {Talk} from "./talk.js";
import {say} from "./words.js";

const SAID = new Set(["said", "acted", "announced", "whispered"]); // what people want to know of
const ROOMS_SECONDS = 60; // between two looks at which rooms there are

// --- what the conversation tells

const ui = {
	get shown() {
		return log.room;
	},

	list: () => element("ol", "lines"),

	entered() {
		remember(talk.name, talk.wish.key);
		door.close();
		showStatus("");
	},

	caughtUp() {
		const {room} = log;
		if (!room || (!room.isPrivate && !talk.rooms.has(room.name))) show([...talk.rooms.values()][0]);
		if (!composer.commands.length) askCommands();
		lists.refresh();
		if (!document.querySelector("dialog[open]") && document.activeElement === document.body) composer.focus();
	},

	refused: (code, text) => door.refused(code, text, talk.wish.name),

	ended(why, text) {
		door.ended(why, text);
		talk.reset();
		log.show(null);
		lists.refresh();
	},

	status(text) {
		if (door.isOpen) door.say(say("noAnswer"));
		else showStatus(text);
	},

	line(room, value) {
		const own = talk.isMine(value.name) && value.kind !== "announced";
		const isOpen = value.kind !== "whispered" && value.name !== "";
		const mention = !own && isOpen && mentions(value.text ?? "", talk.name);
		const isLast = log.place(room, value.number, lineNode(value, {own, mention}));
		const isNew = value.past ? room.before > 0 && value.number > room.before : true;
		if (isNew && !own && SAID.has(value.kind)) noted(room, value, mention, isLast);
	},

	notice(room, text, className) {
		const where = room ?? log.room ?? [...talk.rooms.values()][0];
		if (where) log.place(where, 0, noticeNode(text, className));
		announce(text);
	},

	waiting(item, isWaiting) {
		item.node?.remove();
		item.node = isWaiting ? waitingNode(talk.name, item.text) : null;
		if (!isWaiting) return;
		item.room.list.append(item.node);
		if (item.room === log.room) log.toEnd();
	},

	answered(item, {refused, notices, past}) {
		if (refused) {
			ui.notice(item.room, refused.text, "refusal");
			if (item.expected && item.room === log.room) composer.giveBack(item.text);
		}
		if (/^\/(search|more|missed)\b/i.test(item.line) && past.length) return search.show(past, notices);
		const shown = notices.filter((each) => each.code !== "turned" && each.code !== "older");
		for (const each of shown) ui.notice(item.room, each.text, "notice");
		if (/^\/(msg|w|tell|query|whisper|pm)\s/i.test(item.line) && !refused) {
			const other = talk.privates.get(fold(item.line.split(/\s+/)[1]));
			if (other) show(other);
		}
	},

	turned: (room) => show(room),

	left(room) {
		if (log.room === room) show([...talk.rooms.values()].at(-1) ?? null);
		lists.refresh();
	},

	renamed() {
		remember(talk.name, talk.wish.key);
		lists.refresh();
	},

	changed: () => lists.refresh(),
};

function showStatus(text) {
	$("status-text").textContent = text;
	$("status").hidden = !text;
	document.body.classList.toggle("offline", Boolean(text));
}

/** Count, read out and call for a line that somebody else said. */
function noted(room, value, mention, isLast) {
	const isSeen = room === log.room && !document.hidden && log.isAtEnd;
	if (room === log.room && isLast && !log.isAtEnd) {
		room.fresh++;
		log.showFresh();
	}
	const isForMe = mention || value.kind === "whispered" || value.kind === "announced";
	if (!isSeen) room.count(isForMe), lists.refresh();
	if (value.kind === "announced") alert(`${say("admin")}: ${value.text}`);
	else if (room === log.room) announce(`${value.name}: ${value.text}`);
	if (isForMe && document.hidden && !value.past) callFor(value);
}

// --- which room is looked at

function show(room) {
	const before = log.room;
	if (before && before !== room) before.draft = composer.value;
	log.show(room);
	if (room && room !== before) composer.value = room.draft;
	closeDrawers();
	seen();
	lists.refresh();
	if (room && matchMedia("(hover: hover)").matches) composer.focus();
}

function seen() {
	const {room} = log;
	if (room) room.sticks = log.isAtEnd;
	if (!room || document.hidden || !log.isAtEnd) return;
	room.fresh = 0;
	log.showFresh();
	if (!room.unread) return;
	room.seen();
	lists.refresh();
}

async function join(name) {
	const {refused, notices} = await talk.ask(`/join ${name}`);
	if (refused) return ui.notice(null, refused.text, "refusal");
	const turned = notices.find((each) => each.code === "turned");
	if (turned) talk.turnedTo(turned.data.room);
}

function close(room) {
	if (!room.isPrivate) return void talk.ask(`/leave ${room.name}`);
	talk.privates.delete(fold(room.name));
	ui.left(room);
}

async function askCommands() {
	composer.commands = await talk.askCommands();
}

// --- all together

const talk = new Talk(new URL("chat", location.href).href.replace(/^http/, "ws"), ui);
const log = new Log({scrolled: seen, older: (room) => talk.askOlder(room)});
const lists = new Lists(talk, {show, join, close, shown: () => log.room});
const search = new Search(talk);
const composer = new Composer($("text"), $("choices"), {
	send: (text) => log.room && talk.type(log.room, text),
	names: () => [...(log.room?.people.values() ?? [])],
	escape: () => (closeDrawers(), search.open(false)),
});
const door = new Door((name, key) => talk.enter(name, key));

onSubmit("say", () => composer.submit());
onSubmit("join", () => {
	const name = $("join-name").value.trim();
	$("join-name").value = "";
	if (name) join(name);
});
$("fresh").onclick = () => (log.toEnd(), seen(), composer.focus());
$("retry").onclick = () => talk.connection.open();
document.addEventListener("visibilitychange", seen);
addEventListener("keydown", (event) => {
	if (event.key === "Escape") closeDrawers();
	const isPlain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
	if (isPlain && [document.body, $("log")].includes(document.activeElement) && log.room) composer.focus();
});
setInterval(() => !document.hidden && talk.isIn && !talk.isCatchingUp && talk.askRooms(), ROOMS_SECONDS * 1000);

new Settings({
	language(code, isChosen) {
		talk.language = code;
		if (isChosen && talk.isIn) talk.ask(`/lang ${code}`).then(askCommands);
		lists.refresh();
	},
	quit: () => talk.leave(),
});
door.open();
door.again();
