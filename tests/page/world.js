// What the page's scripts find in a browser, made for tests: sockets that lead to a server in memory, a window and a
// document that only pass events on, timers that stand still until a test moves them.

import {readFile} from "node:fs/promises";
import {mock} from "node:test";

import {speak} from "../../twistchat/interfaces/web/page/words.js";

const WORDS = new URL("../../twistchat/interfaces/web/page/words.json", import.meta.url);

export const sockets = [];

/** A WebSocket; `network` says what becomes of what is sent. */
class Socket {
	static OPEN = 1;

	constructor() {
		this.readyState = 0;
		sockets.push(this);
		queueMicrotask(() => network.isUp && !network.isSilent && this.opens());
		queueMicrotask(() => network.isUp || this.drops());
	}

	opens() {
		this.readyState = Socket.OPEN;
		network.server?.accepts(this);
		this.onopen();
	}

	get isThrough() {
		return this.readyState === Socket.OPEN && !network.isSilent;
	}

	send(text) {
		if (this.isThrough) queueMicrotask(() => network.server?.takes(this, JSON.parse(text)));
	}

	/** Give the page an object, as the server's. */
	gives(value) {
		if (this.isThrough) this.onmessage({data: JSON.stringify({v: 1, ...value})});
	}

	drops() {
		if (this.readyState === 3) return;
		this.readyState = 3;
		network.server?.loses(this);
		this.onclose?.({});
	}

	/** The page closes: what a dead relay never answers ends a minute later, which nobody waits for here. */
	close() {
		this.readyState = 2;
	}
}

/** The way to the server: gone when it is not up; a relay that passes nothing on when it is silent. */
export const network = {isUp: true, isSilent: false, server: null};

globalThis.fetch = async () => new Response(await readFile(WORDS));
await speak("en");

/** Begin a test: a new window, no sockets, timers that stand still. */
export function begin(server = null) {
	const page = new EventTarget();
	sockets.length = 0;
	Object.assign(network, {isUp: true, isSilent: false, server});
	globalThis.WebSocket = Socket;
	globalThis.addEventListener = page.addEventListener.bind(page);
	globalThis.dispatchEvent = page.dispatchEvent.bind(page);
	globalThis.document = Object.assign(new EventTarget(), {hidden: false});
	mock.timers.reset();
	mock.timers.enable({apis: ["setTimeout", "setInterval", "Date"]});
}

/** Let everything happen that needs no time. */
export async function settled() {
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Let time pass. */
export async function passes(seconds) {
	for (let second = 0; second < seconds; second++) {
		mock.timers.tick(1000);
		await settled();
	}
}
