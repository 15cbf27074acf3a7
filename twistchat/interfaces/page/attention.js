// What people are told who do not look: for ears, by a sound, by the system.

import {$, element} from "./dom.js";
import {kept} from "./storage.js";
import {say} from "./words.js";

const LIVE_LINES = 3; // read out; of more only the last is

let unread = [];
let reading = 0;

/** Have a text read out, with others that come at the same time. */
export function announce(text) {
	unread.push(text);
	reading ||= setTimeout(() => {
		const isMuch = unread.length > LIVE_LINES;
		readAloud($("live"), isMuch ? say("andLast", {n: unread.length, text: unread.at(-1)}) : unread.join("\n"));
		unread = [];
		reading = 0;
	}, 1500);
}

/** Have a text read out at once. */
export function alert(text) {
	readAloud($("alert"), text);
}

function readAloud(region, text) {
	region.replaceChildren(element("p", "", text));
}

/** Call for somebody who looks elsewhere. */
export function callFor(value) {
	if (kept.sound) ring();
	const isAllowed = kept.notify && window.Notification?.permission === "granted";
	if (!isAllowed) return;
	new Notification(value.name || say("admin"), {body: value.text, tag: "twistchat"}).onclick = () => focus();
}

/** A short soft tone; browsers allow none before something was pressed on the page. */
export function ring() {
	if (!navigator.userActivation?.hasBeenActive) return;
	const audio = new AudioContext();
	const tone = new OscillatorNode(audio, {frequency: 660});
	const volume = new GainNode(audio, {gain: 0.1});
	volume.gain.linearRampToValueAtTime(0, 0.4);
	tone.connect(volume).connect(audio.destination);
	tone.onended = () => audio.close();
	tone.start();
	tone.stop(0.4);
}
