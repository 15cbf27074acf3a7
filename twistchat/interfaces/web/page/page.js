// The page: what people see and press, put together. `Talk` has the conversation, `Screen` shows it.

import {Composer} from "./composer.js";
import {$, onSubmit} from "./dom.js";
import {Door} from "./door.js";
import {closeDrawers} from "./drawers.js";
import {Lists} from "./lists.js";
import {Log} from "./log.js";
import {Memory} from "./memory.js";
import {Moderating} from "./moderating.js";
import {Screen} from "./screen.js";
import {Secrets} from "./secrets.js";
import {Search} from "./search.js";
import {Settings} from "./settings.js";
import {Talk} from "./talk.js";

const ROOMS_SECONDS = 60; // between two looks at which rooms there are

const screen = new Screen();
const talk = new Talk(new URL("chat", location.href).href.replace(/^http/, "ws"), screen);
const log = new Log({scrolled: () => screen.seen(), older: (room) => talk.askOlder(room)});
const shown = () => log.room;
const lists = new Lists(talk, screen);
const search = new Search(talk, screen);
const composer = new Composer($("text"), $("choices"), {
	send: (lines) => screen.send(lines),
	names: () => [...(log.room?.people.values() ?? [])],
	changed: () => memory.due(),
	escape: () => (closeDrawers(), search.open(false)),
});
const memory = new Memory(talk, {shown, draft: () => composer.value});
const door = new Door((wish, isSame) => {
	if (!isSame) memory.clear();
	else if (!talk.rooms.size) memory.restore();
	talk.enter(wish);
});
const secrets = new Secrets((line) => talk.ask(line).then((answer) => screen.tell(answer)));
const moderating = new Moderating(talk, screen);
screen.has({secrets, moderating, talk, log, lists, search, composer, memory, door});
composer.value = memory.draftOf(null);

onSubmit("say", () => composer.submit());
onSubmit("join", async () => {
	const name = $("join-name").value.trim();
	if (name && (await screen.join(name))) $("join-name").value = "";
});
$("fresh").onclick = () => (log.toEnd(), screen.seen(), composer.focus());
$("retry").onclick = () => talk.connection.open();
document.addEventListener("visibilitychange", () => screen.seen());
addEventListener("keydown", (event) => {
	if (event.key === "Escape" && !$("settings").open) closeDrawers();
	const isPlain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
	if (isPlain && [document.body, $("log")].includes(document.activeElement)) composer.focus();
});
setInterval(() => !document.hidden && talk.isIn && !talk.isCatchingUp && talk.askRooms(), ROOMS_SECONDS * 1000);

const settings = new Settings({
	language(code, isChosen) {
		talk.language = code;
		if (isChosen && talk.isIn) talk.ask(`/lang ${code}`).then(() => screen.askCommands());
		lists.refresh();
	},
	quit: () => talk.leave(),
});
await settings.greet();
door.open();
door.again();
