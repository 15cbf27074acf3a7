// What people are told who do not look: for ears, by a sound, by the system.

import {$, element} from "./dom.js";
import {kept} from "./storage.js";
import {say} from "./words.js";

const TOGETHER = 500; // ms in which lines are counted together
const MOST_AT_ONCE = 20; // lines read out; of more only the last is
const MOST_KEPT = 50; // for a screen reader to look back at

let waiting = new Map(); // by what the next one of its kind takes the place of
let reading = 0;

/** Have a text read out after those that came before it; in place of an earlier one of the same subject. */
export function announce(text, subject = {}) {
	waiting.set(subject, text);
	reading ||= setTimeout(() => {
		const texts = [...waiting.values()];
		const isMuch = texts.length > MOST_AT_ONCE;
		const shown = isMuch ? [say("andLast", {n: texts.length, text: texts.at(-1)})] : texts;
		$("live").append(...shown.map((each) => element("p", "", each)));
		while ($("live").children.length > MOST_KEPT) $("live").firstChild.remove();
		waiting = new Map();
		reading = 0;
	}, TOGETHER);
}

/** Have a text read out at once. */
export function alert(text) {
	$("alert").replaceChildren(element("p", "", text));
}

/** What is heard of a line in the conversation that is looked at, or of a private one. */
export function heard({kind, name, text}) {
	if (kind === "whispered") return say("privately", {name, text});
	return kind === "acted" ? `${name} ${text}` : `${name}: ${text}`;
}

/** Ask for leave to notify. Returns nothing, or the word for why there is none. */
export async function askForLeave() {
	if (!window.isSecureContext) return "notifyInsecure";
	if ((await window.Notification?.requestPermission()) !== "granted") return "notifyDenied";
	return show("twistchat", say("notifyOn")) ? "" : "notifyNone";
}

/** Browsers of phones have notifications, and allow none to a page by itself. */
function show(title, body) {
	try {
		new Notification(title, {body, tag: "twistchat"}).onclick = () => focus();
		return true;
	} catch {
		return false;
	}
}

/** Call for somebody who looks elsewhere. */
export function callFor(value) {
	if (kept.sound) ring();
	if (kept.notify && window.Notification?.permission === "granted") show(value.name || say("admin"), value.text);
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
