// What the browser keeps: for everybody who comes with it, and for this tab alone.

import {fold} from "./room.js";

export const kept = new Proxy({}, {
	get: (_, key) => localStorage.getItem(`twistchat.${key}`) ?? "",
	set: (_, key, value) => (localStorage.setItem(`twistchat.${key}`, value), true),
});

/** The secret by which a name is this tab's own; another one for another name. */
export function keyFor(name) {
	const stored = sessionStorage.getItem("twistchat.key");
	if (stored && sessionStorage.getItem("twistchat.name") === fold(name)) return stored;
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The secret that some tab of this browser had for a name, or nothing. */
export const earlierKey = (name) => kept[`key.${fold(name)}`];

export function remember(name, key) {
	kept.name = name;
	kept[`key.${fold(name)}`] = key;
	sessionStorage.setItem("twistchat.name", fold(name));
	sessionStorage.setItem("twistchat.key", key);
	sessionStorage.setItem("twistchat.in", "1");
}

/** Whether this tab was in when it was loaded again. */
export const wasIn = () => Boolean(sessionStorage.getItem("twistchat.in"));

export const isOut = () => sessionStorage.removeItem("twistchat.in");
