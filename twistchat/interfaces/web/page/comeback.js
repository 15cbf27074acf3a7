// Back again after the connection was gone: into the same rooms, the gap filled from the log, each line once.

const PAGE = 100; // lines asked for at once, the most that the server gives
const MOST_PAGES = 20; // asked for to fill a gap; older ones come when one scrolls up

/** Ask for what stands before a line. */
export const askBefore = (talk, number) => talk.ask(`/history ${PAGE} before ${number}`);

/** Go into all rooms again, `first` being the one that the server let one into, and send what was typed meanwhile. */
export async function catchUp(talk, first) {
	const others = [...talk.rooms.values()].filter((room) => room !== first);
	others.sort((a, b) => (a === talk.ui.shown) - (b === talk.ui.shown)); // the one that is looked at comes last
	if (!(await fill(talk, first))) return;
	for (const room of others) {
		const answer = await talk.ask(`/join ${room.name}`);
		if (answer.lost) return;
		if (answer.refused) talk.goneFrom(room), talk.ui.notice(null, answer.refused.text, "refusal");
		else if (!(await fill(talk, room))) return;
	}
	if (talk.wanted.size && !talk.wanted.has(first.name) && talk.rooms.size > 1) await talk.ask(`/leave ${first.name}`);
	talk.caughtUp();
}

/** Ask for what one missed, until it reaches what one has. False if the connection went again. */
async function fill(talk, room) {
	const seen = room.before || 0;
	const reaches = (values) => values.some((each) => each.kind !== "announced" && each.number <= seen);
	let values = room.recent ?? [];
	let isWhole = !seen || reaches(values);
	for (let pages = 0; !isWhole && pages < MOST_PAGES; pages++) {
		const numbers = values.filter((each) => pages || each.kind !== "announced").map((each) => each.number);
		const answer = await askBefore(talk, Math.min(room.joinedAt, ...numbers));
		if (answer.lost) return false;
		values = answer.past;
		isWhole = !values.length || reaches(values);
	}
	if (!isWhole) room.forgetUpTo(seen);
	const own = (room.recent ?? []).filter((each) => each.number > seen && talk.isMine(each.name));
	talk.outbox.settle(room, own);
	room.recent = null;
	return true;
}
