// Coming back when the connection was gone, without a browser: nothing missed, nothing twice, nothing typed lost.

import assert from "node:assert/strict";
import {beforeEach, test} from "node:test";

import {Talk} from "../../twistchat/interfaces/web/page/talk.js";

import {Server} from "./server.js";
import {begin, network, passes, settled, sockets} from "./world.js";

let server, talk, shown;

/** A list of lines without a browser: what is put into it is counted by the room alone. */
const list = () => ({replaceChildren() {}, insertBefore() {}, querySelector: () => null});

/** What the page would show, as texts; `shown` has what was told. */
function screen() {
	return {
		shown: null,
		list,
		entered: () => shown.push("entered"),
		caughtUp: () => shown.push("caught up"),
		refused: (code) => shown.push(code),
		ended: (why) => shown.push(`ended: ${why}`),
		status: (text) => shown.push(text),
		line: (room, value) => (room.add(value.number, {value, remove() {}}), shown.push(value.text || value.kind)),
		notice: (room, text) => shown.push(`notice: ${text}`),
		waiting() {},
		unsent: (item) => shown.push(`unsent: ${item.text}`),
		answered: (item, {refused}) => refused && shown.push(`refused: ${item.text}`),
		turned() {},
		left() {},
		renamed() {},
		changed() {},
	};
}

const texts = (room) => talk.rooms.get(room).lines.map((each) => each.node.value).filter((each) => each.kind === "said")
	.map((each) => each.text);

async function enters() {
	talk.enter({name: "ada", key: "k"});
	await settled();
}

/** The server is away for a while in which the page tries again and again. */
async function away(meanwhile = () => {}) {
	network.isUp = false;
	sockets.at(-1).drops();
	await settled();
	await meanwhile();
	network.isUp = true;
	await passes(60);
}

beforeEach(() => {
	server = new Server();
	shown = [];
	begin(server);
	talk = new Talk("ws://chat", screen());
});

test("one comes in and hears what is said", async () => {
	await enters();
	server.happens("said", "lobby", "bob", "hello");
	assert.deepEqual(texts("lobby"), ["hello"]);
	assert.deepEqual(shown.slice(0, 3), ["entered", "joined", "caught up"]);
});

test("that one's own connection is back is no line of the talk; that others come is", async () => {
	await enters();
	await away();
	server.happens("joined", "lobby", "bob");
	const values = talk.rooms.get("lobby").lines.map((each) => each.node.value);
	assert.deepEqual(values.filter(({kind}) => kind === "joined").map(({name}) => name), ["ada", "bob"]);
});

test("what was said while one was away is there, in its order, each line once", async () => {
	await enters();
	server.happens("said", "lobby", "bob", "before");
	await away(() => {
		for (let number = 0; number < 250; number++) server.happens("said", "lobby", "bob", `missed ${number}`);
	});
	assert.deepEqual(texts("lobby"), ["before", ...Array.from({length: 250}, (_, number) => `missed ${number}`)]);
});

test("one is in all rooms again that one was in", async () => {
	await enters();
	talk.type(talk.rooms.get("lobby"), "/join kitchen");
	await settled();
	await away(() => server.happens("said", "kitchen", "bob", "tea?"));
	assert.deepEqual([...talk.rooms.keys()], ["lobby", "kitchen"]);
	assert.deepEqual(texts("kitchen"), ["tea?"]);
});

test("what a server showed that was apart stays where it is, and what the others said follows", async () => {
	await enters();
	const after = server.happens("said", "lobby", "bob", "everywhere");
	server.happens("said", "lobby", "bob", "only here");
	await settled();
	talk.take({kind: "notice", code: "apart", text: "apart", data: {after, count: 1}});
	talk.take({kind: "said", number: after + 1, time: 0, room: "lobby", name: "eve", text: "instead"});
	assert.deepEqual(texts("lobby"), ["everywhere", "only here", "instead"]);
	assert.ok(shown.includes("notice: apart"));
});

test("what is typed while the server is away is sent once it is back, and once", async () => {
	await enters();
	await away(() => talk.type(talk.rooms.get("lobby"), "typed meanwhile"));
	assert.equal(server.taken.filter((line) => line === "typed meanwhile").length, 1);
	assert.deepEqual(texts("lobby"), ["typed meanwhile"]);
});

test("a line that was stored when the connection went is not sent again, though its answer never came", async () => {
	await enters();
	network.isSilent = true;
	talk.type(talk.rooms.get("lobby"), "stored");
	server.happens("said", "lobby", "ada", "stored");
	network.isSilent = false;
	await away();
	assert.deepEqual(server.taken.filter((line) => line === "stored"), []);
	assert.deepEqual(texts("lobby"), ["stored"]);
	assert.deepEqual(talk.outbox.items, []);
});

test("a line that was not stored when the connection went is sent again", async () => {
	await enters();
	network.isSilent = true;
	talk.type(talk.rooms.get("lobby"), "lost on the way");
	network.isSilent = false;
	await away();
	assert.deepEqual(texts("lobby"), ["lost on the way"]);
});

test("a command that may have been done is named instead of being sent again", async () => {
	await enters();
	network.isSilent = true;
	talk.type(talk.rooms.get("lobby"), "/msg bob psst");
	network.isSilent = false;
	await away();
	assert.ok(shown.some((text) => text.startsWith("notice: ") && text.endsWith("/msg bob psst")));
	assert.ok(!server.taken.includes("/msg bob psst"));
});

test("a log that begins anew is shown from its beginning", async () => {
	await enters();
	for (let number = 0; number < 5; number++) server.happens("said", "lobby", "bob", `old ${number}`);
	await away(() => {
		network.server = server = new Server();
		server.happens("said", "lobby", "bob", "new");
	});
	assert.deepEqual(texts("lobby"), ["new"]);
});

test("tries are further and further apart, half a minute and a quarter at most", async () => {
	await enters();
	network.isUp = false;
	sockets.at(-1).drops();
	await passes(120);
	const tries = sockets.length;
	assert.ok(tries > 5 && tries < 14, `${tries} tries in two minutes`);
	await passes(40);
	assert.ok(sockets.length > tries);
});

test("a browser that is online again tries at once", async () => {
	await enters();
	network.isUp = false;
	sockets.at(-1).drops();
	await passes(100);
	network.isUp = true;
	const tries = sockets.length;
	dispatchEvent(new Event("online"));
	await settled();
	assert.equal(sockets.length, tries + 1);
	assert.ok(talk.isIn);
});

test("who went on elsewhere is told so, and does not come back by itself", async () => {
	await enters();
	sockets.at(-1).gives({kind: "notice", code: "replaced", data: {}, text: ""});
	sockets.at(-1).drops();
	await passes(120);
	assert.equal(shown.at(-1), "ended: elsewhere");
	assert.equal(sockets.length, 1);
});

test("a name that another has is refused, and another one may be tried", async () => {
	talk.enter({name: "bob", key: "k"});
	await settled();
	assert.deepEqual(shown, ["name-taken"]);
	await enters();
	assert.ok(talk.isIn);
});

test("a relay that goes silent is noticed, and what was typed meanwhile is said once", async () => {
	await enters();
	network.isSilent = true;
	talk.type(talk.rooms.get("lobby"), "into the dark");
	await passes(41);
	assert.ok(!talk.isIn);
	assert.ok(shown.some((text) => text.startsWith("The connection is gone")));
	network.isSilent = false;
	await passes(30);
	assert.deepEqual(texts("lobby"), ["into the dark"]);
	assert.equal(server.taken.filter((line) => line === "into the dark").length, 1);
});

test("a quiet server that answers is left alone", async () => {
	await enters();
	await passes(600);
	assert.equal(sockets.length, 1);
	assert.ok(server.taken.filter((line) => line === "/ping").length > 10);
});

for (const [what, event, at] of [
	["a browser that is online again", "online", () => globalThis],
	["a page that is taken out of the browser's cache", "pageshow", () => globalThis],
	["a page that is looked at again", "visibilitychange", () => document],
]) {
	test(`${what} asks for a sign of life at once, and gives the connection up after five seconds`, async () => {
		await enters();
		network.isSilent = true;
		at().dispatchEvent(new Event(event));
		await passes(4);
		assert.equal(sockets.length, 1);
		network.isSilent = false;
		await passes(3);
		assert.equal(sockets.length, 2);
		assert.ok(talk.isIn);
	});
}

test("a page that goes lets the connection go, and is back when the browser takes it out of its cache", async () => {
	await enters();
	dispatchEvent(new Event("pagehide"));
	await passes(60);
	assert.deepEqual([sockets.length, sockets[0].readyState], [1, 2]);
	server.happens("said", "lobby", "bob", "meanwhile");
	dispatchEvent(new Event("pageshow"));
	await settled();
	assert.deepEqual(texts("lobby"), ["meanwhile"]);
});

test("a page that is hidden asks for nothing", async () => {
	await enters();
	const asked = server.taken.length;
	document.hidden = true;
	document.dispatchEvent(new Event("visibilitychange"));
	await settled();
	assert.equal(server.taken.length, asked);
});

test("a way in on which nothing comes is given up, and another one tried", async () => {
	network.isSilent = true;
	talk.enter({name: "ada", key: "k"});
	await passes(15);
	network.isSilent = false;
	await passes(5);
	assert.ok(talk.isIn);
});

test("after a refusal at the door nothing is asked, and nothing tried again until another name is given", async () => {
	talk.enter({name: "bob", key: "k"});
	await passes(50);
	sockets.at(-1).drops();
	await passes(100);
	assert.deepEqual([shown, sockets.length], [["name-taken"], 1]);
	await enters();
	assert.ok(talk.isIn);
});

test("what waits for a room that one cannot come back to is given back, and said nowhere else", async () => {
	await enters();
	talk.type(talk.rooms.get("lobby"), "/join kitchen");
	await settled();
	const kitchen = talk.rooms.get("kitchen");
	await away(() => {
		talk.type(kitchen, "only for the kitchen");
		server.locked = "kitchen";
	});
	assert.ok(shown.includes("unsent: only for the kitchen"));
	assert.ok(!server.taken.includes("only for the kitchen"));
});

test("who had left the lobby is not in it again after coming back", async () => {
	await enters();
	talk.type(talk.rooms.get("lobby"), "/join kitchen");
	await settled();
	await talk.ask("/leave lobby");
	assert.deepEqual([...talk.rooms.keys()], ["kitchen"]);
	await away();
	assert.deepEqual([...talk.rooms.keys()], ["kitchen"]);
});

test("a name that was changed here is the one to come back with", async () => {
	await enters();
	server.happens("renamed", "lobby", "ada", "ada2");
	await away();
	assert.equal(talk.name, "ada2");
});

const gives = (value) => sockets.at(-1).gives(value);

test("who is put out is told why, and nothing else", async () => {
	const whys = [
		[{kind: "notice", code: "kicked", text: "put out", data: {}}, "put out"],
		[{kind: "refused", code: "banned", text: "banned", data: {}}, "banned"],
		[{kind: "notice", code: "room", text: "some answer", data: {}}, ""],
	];
	for (const [value, why] of whys) {
		begin(new Server());
		const told = [];
		talk = new Talk("ws://chat", {...screen(), ended: (...how) => told.push(how)});
		await enters();
		gives(value);
		gives({kind: "goodbye"});
		assert.deepEqual(told, [["left", why]]);
	}
});

test("of many people it is not told who comes and goes, but who is there is known", async () => {
	for (let number = 0; number < 60; number++) server.people.set(`guest${number}`, null);
	await enters();
	const room = talk.rooms.get("lobby");
	server.happens("joined", "lobby", "dan");
	server.happens("said", "lobby", "dan", "hello");
	server.happens("left", "lobby", "bob");
	assert.deepEqual(shown.slice(-1), ["hello"]);
	assert.deepEqual([room.people.has("dan"), room.people.has("bob")], [true, false]);
});

test("who is invited into a room is told so and is not in it yet, and a private room has a lock", async () => {
	await enters();
	sockets.at(-1).gives({kind: "invited", number: 90, time: 90, room: "tea", name: "bob", to: "ada"});
	assert.ok(!talk.rooms.has("tea"));
	assert.ok(shown.some((each) => String(each).startsWith("notice:")));
	server.happens("private", "lobby", "bob", "", {state: "on"});
	assert.equal(talk.rooms.get("lobby").isLocked, true);
	server.happens("private", "lobby", "bob", "", {state: "off"});
	assert.equal(talk.rooms.get("lobby").isLocked, false);
});
