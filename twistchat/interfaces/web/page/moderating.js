// The codes that make one a moderator: by the page's address, or typed. With the first that holds, the desk is loaded.

import {tab} from "./storage.js";

const LINK = /^#moderate=([\w-]{1,40})$/u;
const GONE = new Set(["wrong-code", "not-a-code"]); // what says that a code is of no use any more

export class Moderating {
	constructor(talk, screen) {
		this.talk = talk;
		this.screen = screen;
		this.desk = null;
		this.early = []; // what the server said while it was loaded
		addEventListener("hashchange", () => this.takeLink());
		this.takeLink();
	}

	/** Take the code out of the page's address, where neither a bookmark nor somebody behind one shall find it. */
	takeLink() {
		const [, code] = LINK.exec(location.hash) ?? [];
		if (!code) return;
		history.replaceState(null, "", location.pathname + location.search);
		this.remember(code);
		if (this.talk.isIn && !this.talk.isCatchingUp) this.show(code);
	}

	get codes() {
		return tab.codes.split(" ").filter(Boolean);
	}

	/** Keep a code for this tab, for when the connection or the page comes again. */
	remember(code) {
		tab.codes = [...new Set([...this.codes, code])].slice(-20).join(" ");
	}

	/** Note how a line went that was typed: it may have been a code. */
	typed({name, rest}, refused) {
		if (name === "moderate" && !refused) this.remember(rest.replace(/\s+/gu, ""));
	}

	/** Show the codes of this tab again, as one is in anew. */
	async cameIn() {
		this.desk?.clear();
		for (const code of this.codes) await this.show(code);
	}

	async show(code) {
		const answer = await this.talk.ask(`/moderate ${code}`);
		if (GONE.has(answer.refused?.code)) tab.codes = this.codes.filter((each) => each !== code).join(" ");
		this.screen.tell(answer);
		this.talk.follow(answer);
	}

	/** Take what the server remarks. */
	take(value) {
		if (this.desk) return this.desk.take(value);
		if (value.code === "moderating" && !this.early.length) this.load();
		if (value.code === "moderating" || this.early.length) this.early.push(value);
	}

	async load() {
		const {Desk} = await import("./desk.js");
		this.desk = new Desk(this.talk, this.screen);
		for (const value of this.early.splice(0)) this.desk.take(value);
	}

	draw() {
		this.desk?.draw();
	}

	buttonsFor(name) {
		return this.desk?.buttonsFor(name) ?? [];
	}
}
