// Going to a day: in the conversation, or, where that is too far back, beside it.

import {$, onSubmit} from "./dom.js";

const MOST = 100; // lines shown of a day that is too far back

export class Days {
	/** `on` has reachBehind(room, number) and reachSince(room, seconds); `found(values)` shows the rest. */
	constructor(talk, on, found) {
		this.talk = talk;
		this.on = on;
		this.found = found;
		onSubmit("days", () => this.go($("day").value));
	}

	/** Show what was said from a day's beginning on, in the reader's own zone. */
	async go(written) {
		const [year, month, day] = written.split("-").map(Number);
		const [start, end] = [new Date(year, month - 1, day), new Date(year, month - 1, day + 1)];
		const room = this.on.shown;
		if (!room) return;
		if (room.isPrivate) return this.on.reachSince(room, start / 1000) || this.found([]); // the server keeps none
		this.talk.turnTo(room);
		const last = (await this.before(start, 1)).at(-1)?.number ?? 0;
		if (await this.on.reachBehind(room, last)) return;
		this.found((await this.before(end, MOST)).filter((each) => each.number > last));
	}

	async before(moment, count) {
		const {past} = await this.talk.ask(`/history ${count} before ${moment.toISOString()}`, true);
		return past;
	}
}
