// The WebSocket: comes again by itself after growing waits, and knows which requests are not answered yet.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;

export class Connection {
	/** `on` has opened(), message(object), and waiting(seconds) or lost() when it goes, to come back or not. */
	constructor(url, on) {
		this.url = url;
		this.on = on;
		this.wait = FIRST_WAIT;
		this.socket = null;
		this.wanted = false;
		const again = () => this.wanted && !this.socket && this.open();
		addEventListener("online", again);
		document.addEventListener("visibilitychange", () => !document.hidden && again());
	}

	open() {
		this.wanted = true;
		this.stopWaiting();
		if (this.socket) return;
		const socket = (this.socket = new WebSocket(this.url));
		socket.onopen = () => this.on.opened();
		socket.onmessage = (event) => this.socket === socket && this.on.message(JSON.parse(event.data));
		socket.onclose = () => this.socket === socket && this.gone();
	}

	/** Close, and stay so until `open`. */
	close() {
		this.wanted = false;
		this.stopWaiting();
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

	gone() {
		this.socket = null;
		if (!this.wanted) return this.on.lost();
		const wait = this.wait * (0.75 + Math.random() / 2); // so that not everybody comes back at once
		this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
		const until = Date.now() + wait;
		this.on.waiting(Math.ceil(wait / 1000));
		this.ticks = setInterval(() => this.on.waiting(Math.max(0, Math.ceil((until - Date.now()) / 1000))), 1000);
		this.timer = setTimeout(() => this.open(), wait);
	}
}
