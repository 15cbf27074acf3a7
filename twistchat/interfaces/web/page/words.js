// What the page itself says; the server has it in each language. Its own sentences come in the one it is asked for.

export const LANGUAGES = {en: "English", zh_CN: "简体中文", zh_TW: "繁體中文"};
let words = {};

/** The first of the browser's languages that there is here. */
export function preferred(wanted) {
	for (const tag of wanted) {
		if (/^zh\b.*\b(hant|tw|hk|mo)\b/i.test(tag)) return "zh_TW";
		if (/^zh\b/i.test(tag)) return "zh_CN";
		if (/^en\b/i.test(tag)) return "en";
	}
	return "en";
}

/** Go on in a language. False where it cannot be had now. */
export async function speak(code) {
	const answer = await fetch(`words/${code}.json`).catch(() => null);
	if (!answer?.ok) return false;
	words = await answer.json();
	return true;
}

/** A sentence as text. */
export function say(key, data = {}) {
	return sentence(key).replace(/\{(\w+)\}/g, (_, name) => data[name] ?? "");
}

/** The server's sentence with its time, which is in the server's zone, in the reader's. */
export function inOwnZone(text, data, language) {
	if (!data?.until) return text;
	const options = {dateStyle: "medium", timeStyle: "short", hourCycle: "h23"};
	const date = new Date(data.until.replace(" ", "T"));
	const shown = date.toLocaleString(language ?? document.documentElement.lang, options);
	return text.replace(/[\d-]{10} \d\d:\d\d( [A-Z]+| [+-]\d+)?/, () => shown);
}

/** A sentence as nodes, for what people chose themselves; each is isolated from the others' direction. */
export function parts(key, data) {
	return sentence(key).split(/(\{\w+\})/).map((part) => {
		const name = /^\{(\w+)\}$/.exec(part);
		if (!name) return document.createTextNode(part);
		const node = data[name[1]];
		if (node instanceof Node) return node;
		const isolated = document.createElement("bdi");
		isolated.textContent = node ?? "";
		return isolated;
	});
}

const sentence = (key) => words[key] ?? key;
