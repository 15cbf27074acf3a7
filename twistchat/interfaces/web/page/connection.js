// The WebSocket: comes again by itself after growing waits, and is given up when no sign of life comes through it.

const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 30000;
const QUIET = 25000; // ms without a word from the server after which it is asked for one
const PATIENCE = 15000; // ms for that, and for the way in; a talker who is held back is answered in less
const HURRY = 5000; // ms, where there is reason to doubt

export class Connection {
	/**
	 * `on` has opened(), message(object), silent(), which asks the server for a sign of life and says whether it could,
	 * and waiting(seconds) or lost() when the connection goes, to come back or not.
	 */
	constructor(url, on) {
		this.url = url;
		this.on = on;
		this.wait = FIRST_WAIT;
		this.socket = null;
		this.wanted = false;
		addEventListener("online", () => this.doubt());
		addEventListener("pagehide", () => this.wanted && this.socket && (this.drop(), this.on.lost()));
		addEventListener("pageshow", () => this.doubt());
		document.addEventListener("visibilitychange", () => !document.hidden && this.doubt());
	}

	open() {
		this.wanted = true;
		this.stopWaiting();
		if (this.socket) return;
		const socket = (this.socket = new WebSocket(this.url));
		socket.onopen = () => this.socket === socket && this.on.opened();
		socket.onmessage = (event) => this.socket === socket && this.heard(JSON.parse(event.data));
		socket.onclose = () => this.socket === socket && this.gone();
		this.expect(PATIENCE);
	}

	/** Close, and stay so until `open`. */
	close() {
		this.wanted = false;
		this.stopWaiting();
		this.drop();
	}

	/** Have no more to do with a socket: a dead one's own end comes minutes later. */
	drop() {
		clearTimeout(this.pulse);
		const socket = this.socket;
		this.socket = null;
		socket?.close();
	}

	stopWaiting() {
		clearTimeout(this.timer);
		clearInterval(this.ticks);
	}

	/** What was reached works: the next wait is a short one again. */
	works() {
		this.wait = FIRST_WAIT;
	}

	get isOpen() {
		return this.socket?.readyState === WebSocket.OPEN;
	}

	send(value) {
		this.socket.send(JSON.stringify(value));
	}

	/** Send what the server has to answer. */
	asks(value) {
		this.send(value);
		this.expect(PATIENCE);
	}

	// --- signs of life

	heard(value) {
		this.isAsked = false;
		clearTimeout(this.pulse);
		this.pulse = setTimeout(() => this.ask(PATIENCE), QUIET);
		this.on.message(value);
	}

	/** The world has changed: it may be back, or what is open may lead nowhere. */
	doubt() {
		if (!this.wanted) return;
		if (!this.socket) this.open();
		else if (this.isOpen) this.ask(HURRY);
	}

	ask(patience) {
		if (this.isAsked || this.on.silent()) this.expect(patience);
	}

	expect(patience) {
		clearTimeout(this.pulse);
		this.isAsked = true;
		this.pulse = setTimeout(() => (this.drop(), this.gone()), patience);
	}

	gone() {
		this.drop();
		if (!this.wanted) return this.on.lost();
		const wait = this.wait * (0.75 + Math.random() / 2); // so that not everybody comes back at once
		this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
		const until = Date.now() + wait;
		this.on.waiting(Math.ceil(wait / 1000));
		this.ticks = setInterval(() => this.on.waiting(Math.max(0, Math.ceil((until - Date.now()) / 1000))), 1000);
		this.timer = setTimeout(() => this.open(), wait);
	}
}
