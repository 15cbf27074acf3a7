// The page: what people see and press. `Talk` has the conversation, `Room` its lines.

import {Composer} from "./composer.js";
import {element, isolated, lineNode, linked, mentions, named, noticeNode, waitingNode} from "./lines.js";
import {Talk, fold} from "./talk.js";
import {LANGUAGES, preferred, say, speak} from "./words.js";

const $ = (id) => document.getElementById(id);
const all = (selector) => document.querySelectorAll(selector);
const NEAR = 48; // pixels from the end that still count as there
const SAID = new Set(["said", "acted", "announced", "whispered"]); // what people want to know of
const LIVE_LINES = 3; // read out; of more only the last is

const onSubmit = (id, act) => ($(id).onsubmit = (event) => (event.preventDefault(), act()));

// --- what is remembered

const kept = new Proxy({}, {
	get: (_, key) => localStorage.getItem(`twistchat.${key}`) ?? "",
	set: (_, key, value) => (localStorage.setItem(`twistchat.${key}`, value), true),
});

function keyFor(name) {
	const stored = sessionStorage.getItem("twistchat.key");
	if (stored && sessionStorage.getItem("twistchat.name") === fold(name)) return stored;
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function remember(name, key) {
	kept.name = name;
	kept[`key.${fold(name)}`] = key;
	sessionStorage.setItem("twistchat.name", fold(name));
	sessionStorage.setItem("twistchat.key", key);
	sessionStorage.setItem("twistchat.in", "1");
}

// --- languages

function translate(code) {
	speak(code);
	document.documentElement.lang = code.replace("_", "-");
	for (const node of all("[data-t]")) node.textContent = say(node.dataset.t);
	for (const node of all("[data-label]")) {
		node.ariaLabel = say(node.dataset.label);
		if (node.matches("button")) node.title = node.ariaLabel;
	}
	for (const node of all("[data-hint]")) node.ariaLabel = node.placeholder = say(node.dataset.hint);
	for (const select of all(".languages")) select.value = code;
	talk.language = code;
}

function chooseLanguage(code) {
	kept.language = code;
	translate(code);
	if (talk.isIn) talk.ask(`/lang ${code}`).then(askCommands);
	refresh();
}

// --- what the conversation tells

const ui = {
	shown: null, // the room that is looked at

	entered() {
		remember(talk.name, talk.wish.key);
		$("door").hidden = true;
		$("chat").hidden = false;
		$("status").hidden = true;
		$("refusal").textContent = "";
		document.body.classList.remove("offline");
	},

	caughtUp() {
		if (!ui.shown || (!ui.shown.isPrivate && !talk.rooms.has(ui.shown.name))) show([...talk.rooms.values()][0]);
		if (!composer.commands.length) askCommands();
		refresh();
		if (!document.querySelector("dialog[open]") && document.activeElement === document.body) composer.focus();
	},

	refused(code, text) {
		openDoor(text);
		const key = kept[`key.${fold(talk.wish.name)}`];
		$("takeover").hidden = code !== "name-taken" || !key;
	},

	ended(why, text) {
		sessionStorage.removeItem("twistchat.in");
		openDoor([say(why), why === "left" && text ? text : ""].join(" ").trim());
		$("takeover").hidden = why !== "elsewhere";
		talk.reset();
		ui.shown = null;
		$("log").replaceChildren();
		refresh();
	},

	status(text) {
		if (!$("door").hidden) return void ($("refusal").textContent = say("noAnswer"));
		$("status-text").textContent = text;
		$("status").hidden = false;
		document.body.classList.add("offline");
	},

	line(room, value) {
		const own = talk.isMine(value.name) && value.kind !== "announced";
		const mention = !own && value.kind !== "whispered" && value.name !== "" && mentions(value.text ?? "", talk.name);
		const isLast = place(room, value.number, lineNode(value, {own, mention}));
		const isNew = value.past ? room.before > 0 && value.number > room.before : true;
		if (isNew && !own) noted(room, value, mention, isLast);
	},

	notice(room, text, className) {
		place(room ?? ui.shown ?? [...talk.rooms.values()][0], 0, noticeNode(text, className));
		announce(text);
	},

	waiting(item, isWaiting) {
		item.node?.remove();
		item.node = isWaiting ? waitingNode(talk.name, item.text) : null;
		if (!isWaiting) return;
		item.room.list.append(item.node);
		if (item.room === ui.shown) toEnd();
	},

	answered(item, {refused, notices, past}) {
		if (refused) {
			ui.notice(item.room, refused.text, "refusal");
			if (item.expected && item.room === ui.shown) composer.giveBack(item.text);
		}
		if (/^\/(search|more|missed)\b/i.test(item.line) && past.length) return showFound(past, notices);
		const shown = notices.filter((each) => each.code !== "turned" && each.code !== "older");
		for (const each of shown) ui.notice(item.room, each.text, "notice");
		if (/^\/(msg|w|tell|query|whisper|pm)\s/i.test(item.line) && !refused) {
			const other = talk.privates.get(fold(item.line.split(/\s+/)[1]));
			if (other) show(other);
		}
	},

	turned: (room) => show(room),

	left(room) {
		if (ui.shown === room) show([...talk.rooms.values()].at(-1) ?? null);
		refresh();
	},

	renamed() {
		remember(talk.name, talk.wish.key);
		refresh();
	},

	changed: () => refresh(),
};

const talk = new Talk(new URL("chat", location.href).href.replace(/^http/, "ws"), ui);

// --- lines in their place

/** Put a line into a room without moving what somebody reads. Returns whether it is the last one. */
function place(room, number, node) {
	if (!room) return false;
	const log = $("log");
	const isShown = room === ui.shown;
	const stuck = isShown && isAtEnd();
	const height = log.scrollHeight;
	const top = log.scrollTop;
	const isLast = room.add(number, node);
	markDay(node);
	if (node.nextElementSibling) markDay(node.nextElementSibling);
	if (isShown) {
		if (stuck) toEnd();
		else if (!isLast && node.offsetTop <= top + NEAR) log.scrollTop = top + log.scrollHeight - height;
	}
	if (isLast && (!isShown || stuck)) room.trim();
	return isLast;
}

function markDay(node) {
	const before = node.previousElementSibling?.dataset.day;
	node.classList.toggle("newday", Boolean(node.dataset.day) && node.dataset.day !== before);
}

const isAtEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < NEAR;

function toEnd() {
	$("log").scrollTop = $("log").scrollHeight;
	if (ui.shown) (ui.shown.fresh = 0), (ui.shown.sticks = true);
	showFresh();
}

function showFresh() {
	const count = ui.shown?.fresh ?? 0;
	$("fresh").hidden = !count;
	$("fresh").textContent = say(count === 1 ? "newLine" : "newLines", {n: count});
}

function noted(room, value, mention, isLast) {
	if (!SAID.has(value.kind)) return;
	const isSeen = room === ui.shown && !document.hidden && isAtEnd();
	if (room === ui.shown && isLast && !isAtEnd()) {
		room.fresh++;
		showFresh();
	}
	const isForMe = mention || value.kind === "whispered" || value.kind === "announced";
	if (!isSeen) room.count(isForMe), refresh();
	if (value.kind === "announced") readAloud($("alert"), `${say("admin")}: ${value.text}`);
	else if (room === ui.shown) announce(`${value.name}: ${value.text}`);
	if (isForMe && document.hidden && !value.past) callFor(value);
}

// --- for ears

let unread = [];
let reading = 0;

function announce(text) {
	unread.push(text);
	reading ||= setTimeout(() => {
		const last = unread.at(-1);
		readAloud($("live"), unread.length > LIVE_LINES ? say("andLast", {n: unread.length, text: last}) : unread.join("\n"));
		unread = [];
		reading = 0;
	}, 1500);
}

function readAloud(region, text) {
	region.replaceChildren(element("p", "", text));
}

function callFor(value) {
	if (kept.sound) ring();
	const isAllowed = kept.notify && window.Notification?.permission === "granted";
	if (isAllowed) new Notification(value.name || say("admin"), {body: value.text, tag: "twistchat"}).onclick = () => focus();
}

/** A short soft tone; browsers allow none before something was pressed on the page. */
function ring() {
	if (!navigator.userActivation?.hasBeenActive) return;
	const audio = new AudioContext();
	const tone = new OscillatorNode(audio, {frequency: 660});
	const volume = new GainNode(audio, {gain: 0.1});
	volume.gain.linearRampToValueAtTime(0, 0.4);
	tone.connect(volume).connect(audio.destination);
	tone.onended = () => audio.close();
	tone.start();
	tone.stop(0.4);
}

// --- which room is looked at

function show(room) {
	const before = ui.shown;
	if (before && before !== room) {
		before.top = $("log").scrollTop;
		before.sticks = isAtEnd();
		before.draft = composer.value;
	}
	ui.shown = room;
	$("log").replaceChildren(...(room ? [room.list] : []));
	if (room && room !== before) composer.value = room.draft;
	if (room?.sticks) toEnd();
	else if (room) $("log").scrollTop = room.top;
	closeDrawers();
	seen();
	refresh();
	if (room && matchMedia("(hover: hover)").matches) composer.focus();
}

function seen() {
	if (ui.shown) ui.shown.sticks = isAtEnd();
	if (!ui.shown || document.hidden || !isAtEnd()) return;
	ui.shown.fresh = 0;
	showFresh();
	if (!ui.shown.unread) return;
	ui.shown.seen();
	refresh();
}

let isDue = false;

function refresh() {
	if (isDue) return;
	isDue = true;
	requestAnimationFrame(() => {
		isDue = false;
		draw();
	});
	if (document.hidden) setTimeout(() => isDue && ((isDue = false), draw()), 50); // no frames are drawn then
}

function draw() {
	fill($("rooms"), [...talk.rooms.values()], roomRow);
	fill($("privates"), [...talk.privates.values()], roomRow);
	$("privates-part").hidden = !talk.privates.size;
	const others = talk.others.filter((each) => !talk.rooms.has(each.room)).slice(0, 50);
	fill($("others"), others, otherRow);
	$("others-part").hidden = !others.length;
	drawHead();
	const rooms = [...talk.rooms.values(), ...talk.privates.values()];
	const total = rooms.reduce((sum, room) => sum + room.unread, 0);
	const elsewhere = total - (ui.shown?.unread ?? 0);
	document.title = `${total ? `(${total}) ` : ""}${ui.shown ? `${ui.shown.name} · ` : ""}twistchat`;
	$("elsewhere").hidden = !elsewhere;
	$("elsewhere").textContent = elsewhere;
}

/** Show rows, if any has changed; the one that had the focus has it again. */
function fill(list, values, row) {
	const rows = values.map(row);
	const old = [...list.children];
	if (rows.length === old.length && rows.every((each, at) => each.isEqualNode(old[at]))) return;
	const focused = list.contains(document.activeElement) && document.activeElement;
	const nameOf = (each) => each.querySelector("bdi").textContent;
	list.replaceChildren(...rows);
	if (!focused) return;
	const again = rows.find((each) => nameOf(each) === nameOf(focused.parentNode));
	again?.querySelector(`.${focused.className}`)?.focus();
}

function drawHead() {
	const room = ui.shown;
	$("title").textContent = room?.name ?? "";
	$("topic").replaceChildren(...(room?.topic ? [linked(room.topic)] : []));
	const people = room ? (room.isPrivate ? [room.name, talk.name] : [...room.people.values()]) : [];
	people.sort((a, b) => a.localeCompare(b));
	$("count").textContent = people.length;
	fill($("people"), people, personRow);
	$("text").ariaLabel = $("text").placeholder = say("writeTo", {to: room?.name ?? ""});
}

function roomRow(room) {
	const open = element("button", "row", isolated(room.name));
	if (room.unread) {
		const badge = element("b", room.mentions ? "badge loud" : "badge", String(room.unread));
		badge.ariaLabel = say("unread", {n: room.unread});
		open.append(" ", badge);
	}
	if (room === ui.shown) open.ariaCurrent = "true";
	open.onclick = () => show(room);
	const close = element("button", "close", "×");
	close.title = say(room.isPrivate ? "close1" : "leave1", {name: room.name});
	close.ariaLabel = close.title;
	close.onclick = () => {
		if (!room.isPrivate) return void talk.ask(`/leave ${room.name}`);
		talk.privates.delete(fold(room.name));
		ui.left(room);
	};
	return element("li", room === ui.shown ? "current" : "", open, close);
}

function otherRow({room, count, topic}) {
	const open = element("button", "row", isolated(room), " ", element("small", "", String(count)));
	if (topic) open.title = topic;
	open.onclick = () => join(room);
	return element("li", "", open);
}

function personRow(name) {
	const isMe = fold(name) === fold(talk.name);
	const button = element("button", "row", named(name), isMe ? element("small", "", ` ${say("you")}`) : "");
	button.disabled = isMe;
	button.onclick = () => show(talk.privateWith(name));
	return element("li", "", button);
}

async function join(name) {
	const {refused, notices} = await talk.ask(`/join ${name}`);
	if (refused) return ui.notice(null, refused.text, "refusal");
	const turned = notices.find((each) => each.code === "turned");
	if (turned) talk.turnedTo(turned.data.room);
}

// --- the door

function openDoor(text = "") {
	$("chat").hidden = true;
	$("door").hidden = false;
	$("refusal").textContent = text;
	$("go").disabled = false;
	$("name").value ||= kept.name;
	$("name").focus();
}

function enter(name, key) {
	if (!name.trim()) return;
	$("takeover").hidden = true;
	$("refusal").textContent = say("connecting");
	talk.enter(name.trim(), key);
}

onSubmit("enter", () => enter($("name").value, keyFor($("name").value)));
$("takeover").onclick = () => enter($("name").value, kept[`key.${fold($("name").value)}`]);

// --- looking back

let isAsking = false;

async function askOlder() {
	const room = ui.shown;
	if (!room || isAsking || $("log").scrollTop > 200 || $("log").scrollHeight <= $("log").clientHeight) return;
	isAsking = true;
	$("log").ariaBusy = "true";
	await talk.askOlder(room);
	$("log").ariaBusy = null;
	isAsking = false;
}

function showFound(values, notices, before = []) {
	openSearch(true);
	$("found").replaceChildren(...before, ...values.map((value) => lineNode(value, {room: value.room})));
	for (const node of $("found").children) markDay(node);
	$("found-note").textContent = say("found", {n: $("found").children.length});
	$("more").hidden = !notices.some((each) => each.code === "found-more" || each.code === "found-so-far");
}

async function search(line) {
	const {refused, past, notices} = await talk.ask(line, true);
	const before = line === "/more" ? [...$("found").children] : [];
	showFound(past, notices, before);
	if (!past.length) $("found-note").textContent = refused?.text ?? notices.map((each) => each.text).join(" ");
}

function openSearch(isOpen) {
	$("searching").hidden = !isOpen;
	$("search-open").ariaExpanded = isOpen;
	if (isOpen) $("words").focus();
}

$("search-open").onclick = () => openSearch($("searching").hidden);
$("search-close").onclick = () => (openSearch(false), $("search-open").focus());
onSubmit("search", () => $("words").value.trim() && search(`/search ${$("words").value}`));
$("more").onclick = () => search("/more");

// --- drawers, on a phone

function drawer(which) {
	for (const [part, button] of [["side", "side-open"], ["people-part", "people-open"]]) {
		const isOpen = part === which && !$(part).classList.contains("open");
		$(part).classList.toggle("open", isOpen);
		$(button).ariaExpanded = isOpen;
		if (isOpen) $(part).querySelector("button")?.focus();
	}
	$("curtain").hidden = !document.querySelector(".open");
}

const closeDrawers = () => drawer(null);
$("side-open").onclick = () => drawer("side");
$("people-open").onclick = () => {
	if (matchMedia("(max-width: 900px)").matches) drawer("people-part");
	else $("chat").classList.toggle("alone");
};
$("curtain").onclick = closeDrawers;

// --- settings

$("settings-open").onclick = () => $("settings").showModal();
$("quit").onclick = () => ($("settings").close(), talk.leave());
$("notify").onchange = async () => {
	const isAllowed = $("notify").checked && (await window.Notification?.requestPermission()) === "granted";
	$("notify").checked = isAllowed;
	kept.notify = isAllowed ? "1" : "";
};
$("sound").onchange = () => {
	kept.sound = $("sound").checked ? "1" : "";
	if (kept.sound) ring();
};
for (const select of all(".languages")) {
	select.append(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code)));
	select.onchange = () => chooseLanguage(select.value);
}

// --- writing

const composer = new Composer($("text"), $("choices"), {
	send: (text) => ui.shown && talk.type(ui.shown, text),
	names: () => [...(ui.shown?.people.values() ?? [])],
	escape: () => (closeDrawers(), openSearch(false)),
});

async function askCommands() {
	composer.commands = await talk.askCommands();
}

onSubmit("say", () => composer.submit());
onSubmit("join", () => {
	const name = $("join-name").value.trim();
	$("join-name").value = "";
	if (name) join(name);
});

// --- all the rest

$("fresh").onclick = () => (toEnd(), seen(), composer.focus());
$("retry").onclick = () => talk.connection.open();
$("log").addEventListener("scroll", () => (seen(), askOlder()), {passive: true});
document.addEventListener("visibilitychange", seen);
let height = 0;
new ResizeObserver(() => {
	if ($("log").scrollHeight - $("log").scrollTop - height < NEAR) toEnd();
	height = $("log").clientHeight;
}).observe($("log"));
addEventListener("keydown", (event) => {
	if (event.key === "Escape") closeDrawers();
	const isPlain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
	if (isPlain && [document.body, $("log")].includes(document.activeElement) && ui.shown) composer.focus();
});
setInterval(() => !document.hidden && talk.isIn && !talk.isCatchingUp && talk.askRooms(), 60000);

for (const id of ["notify", "sound"]) $(id).checked = kept[id] === "1";
translate(kept.language in LANGUAGES ? kept.language : preferred(navigator.languages));
openDoor();
if (sessionStorage.getItem("twistchat.in") && kept.name) enter(kept.name, keyFor(kept.name));
