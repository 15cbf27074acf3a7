// Times that the server tells in its own zone, shown in the reader's.

import assert from "node:assert/strict";
import {test} from "node:test";

process.env.TZ = "Asia/Shanghai";
const {inOwnZone} = await import("../../twistchat/interfaces/web/page/words.js");

const DATA = {until: "2026-11-27 05:31:00+00:00"};

for (const zone of ["UTC", "CET", "+0545", "-03"]) {
	test(`a time in ${zone} is shown in the reader's zone`, () => {
		const shown = inOwnZone(`bob is muted until 2026-11-27 05:31 ${zone}: you can read. Reason: -`, DATA, "en-GB");
		assert.equal(shown, "bob is muted until 27 Nov 2026, 13:31: you can read. Reason: -");
	});
}

test("what has no end stays as it is, and so does a time in its reason", () => {
	const text = "bob is muted for good. Reason: since 2026-11-27 05:31";
	assert.equal(inOwnZone(text, {until: null}, "en-GB"), text);
	assert.equal(inOwnZone(text, undefined, "en-GB"), text);
});
