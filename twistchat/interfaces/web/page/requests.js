// What was asked of the server and is not answered yet.

export class Requests {
	constructor(connection) {
		this.connection = connection;
		this.asked = 0;
		this.open = new Map();
	}

	/** The request that something answers, if it answers one. */
	of(value) {
		return value.id ? this.open.get(value.id) : undefined;
	}

	/**
	 * Send a line. The answer has `refused`, `lost`, or neither; and the notices and lines of the past that came of it.
	 * A request that collects has those lines alone: they are not put into their rooms.
	 */
	ask(line, collects = false) {
		if (!this.connection.isOpen) return Promise.resolve({lost: true, notices: [], past: []});
		const id = String(++this.asked);
		return new Promise((resolve) => {
			const request = {notices: [], past: [], collects};
			request.answer = (answer) => {
				this.open.delete(id);
				resolve({notices: request.notices, past: request.past, ...answer});
			};
			this.open.set(id, request);
			this.connection.send({line, id});
		});
	}

	/** No answer comes any more. */
	lose() {
		for (const request of this.open.values()) request.answer({lost: true});
	}
}
