// What the browser keeps: for everybody who comes with it, and for this tab alone. Where it may keep nothing, the page
// does as long as it is open.

import {fold} from "./room.js";

const PREFIX = "twistchat.";
let blocked = false;

function box(open) {
	try {
		const found = open();
		found.getItem(PREFIX);
		return found;
	} catch {
		blocked = true;
		const memory = new Map();
		return {
			getItem: (key) => memory.get(key) ?? null,
			setItem: (key, value) => memory.set(key, value),
			removeItem: (key) => memory.delete(key),
		};
	}
}

function proxy(storage) {
	return new Proxy({}, {
		get: (_, key) => storage.getItem(PREFIX + key) ?? "",
		set(_, key, value) {
			try {
				if (value) storage.setItem(PREFIX + key, value);
				else storage.removeItem(PREFIX + key);
			} catch {
				// It is full. What is shown is not touched by that.
			}
			return true;
		},
	});
}

/** For all tabs. */
export const kept = proxy(box(() => localStorage));

/** For this tab, over a reload. */
export const tab = proxy(box(() => sessionStorage));

export const isBlocked = () => blocked;

/** The secret by which a name is this tab's own; another one for another name. */
export function keyFor(name) {
	if (tab.key && tab.name === fold(name)) return tab.key;
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The secret that some tab of this browser had for a name, or nothing. */
export const earlierKey = (name) => kept[`key.${fold(name)}`];

export function remember(name, key) {
	kept.name = name;
	kept[`key.${fold(name)}`] = key;
	tab.name = fold(name);
	tab.key = key;
	tab.in = "1";
}
