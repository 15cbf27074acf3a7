// What a typed line is, by the server's own table, and in which pieces a text is sent.

import assert from "node:assert/strict";
import {test} from "node:test";

import {Commands, withoutCodes} from "../../twistchat/interfaces/web/page/commands.js";
import {messages} from "../../twistchat/interfaces/web/page/composer.js";

const TOLD = [
	{name: "quit", aliases: ["exit", "q"], words: ["退出"], trace: "goodbye"},
	{name: "me", aliases: ["action"], words: ["动作"], trace: "acted"},
	{name: "search", aliases: [], words: ["搜索"], trace: "nothing"},
];

test("a command is known by every name that the server tells, also in other languages", () => {
	const commands = new Commands();
	commands.learn(TOLD);
	for (const line of ["/me waves", "/ACTION waves", "/动作 waves"]) {
		assert.equal(commands.parse(line).name, "me");
		assert.deepEqual(commands.expected(line), {kind: "acted", text: "waves"});
	}
	assert.ok(commands.looksBack("/搜索 tea"));
	assert.equal(commands.expected("/退出"), null);
});

test("with an older server, which tells no table, a command has one name", () => {
	const commands = new Commands();
	commands.learn();
	assert.ok(commands.looksBack("/search tea"));
	assert.equal(commands.parse("/nosuch thing").name, "nosuch");
	assert.deepEqual(commands.expected("/me waves"), {kind: "acted", text: "waves"});
});

test("two slashes say a text that begins with one, and so does a slash alone", () => {
	const commands = new Commands();
	assert.deepEqual(commands.expected("//etc/passwd"), {kind: "said", text: "/etc/passwd"});
	assert.deepEqual(commands.expected("  //etc/passwd"), {kind: "said", text: "/etc/passwd"});
	assert.equal(commands.parse("  /me waves").name, "me");
	assert.equal(commands.parse("/ x").name, "");
});

test("each line of a text is a message, as it was written", () => {
	assert.deepEqual(messages("def f():\n\treturn 1\n\n/usr/bin\n"), ["def f():", "    return 1", "//usr/bin"]);
	assert.deepEqual(messages("{\n  // no command\n \t/nor this"), ["{", "  /// no command", "    //nor this"]);
	assert.deepEqual(messages("\u3000\u3000一段  话 "), ["\u3000\u3000一段  话"]);
	assert.deepEqual(messages("  /who"), ["/who"]);
	assert.deepEqual(messages(" \n \u3000\n"), []);
});

test("a code of a name is given back unreadable, however it was typed, and nothing else is", () => {
	for (const code of ["4821-9035-7716-2240", "4821903577162240", "4821 9035 7716 2240", "４８２１９０３５７７１６２２４０"]) {
		assert.equal(withoutCodes(`/nick ada ${code}`), "/nick ada ••••-••••-••••-••••");
		assert.equal(withoutCodes(`mine: ${code}!`), "mine: ••••-••••-••••-••••!");
	}
	assert.equal(withoutCodes("/nick ada 7719-0342"), "/nick ada ••••-••••");
	assert.equal(withoutCodes("77190342"), "••••-••••");
	for (const text of ["room 12345678 at 9", "12345678901234567", "/me counts 123456", "2026-03-01"]) {
		assert.equal(withoutCodes(text), text);
	}
});
