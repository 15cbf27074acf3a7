// A chat server in memory, as far as the page talks with it: one log for all rooms, one person who is the page's.

const PAST = 20; // lines of the past on coming in

export class Server {
	constructor() {
		this.log = []; // {kind, number, room, name, text}
		this.number = 0;
		this.taken = []; // lines that were taken, in their order
		this.people = new Map([["bob", null]]); // name to key
		this.locked = ""; // a room that nobody may come into
		this.members = new Map(); // socket to {name, rooms, room}
	}

	accepts() {}

	loses(socket) {
		this.members.delete(socket);
	}

	takes(socket, value) {
		if ("line" in value) this.asked(socket, value);
		else this.greeted(socket, value);
	}

	greeted(socket, {name, key}) {
		const isTaken = this.people.has(name) && this.people.get(name) !== key;
		if (isTaken) return socket.gives({kind: "refused", code: "name-taken", text: `${name} is taken`, data: {}});
		for (const [other, member] of this.members) if (member.name === name) other.drops();
		this.people.set(name, key);
		this.members.set(socket, {name, rooms: new Set(), room: ""});
		socket.gives({kind: "welcome", name});
		this.joins(socket, "lobby");
	}

	joins(socket, room) {
		const member = this.members.get(socket);
		member.room = room;
		if (member.rooms.has(room)) return;
		for (const line of this.inRoom(room).slice(-PAST)) socket.gives({...line, past: true});
		member.rooms.add(room);
		this.happens("joined", room, member.name);
	}

	inRoom(room, before = Infinity) {
		return this.log.filter((each) => each.room === room && each.number < before);
	}

	/** Store a line and tell those who are in the room. */
	happens(kind, room, name, text = "", more = {}) {
		const line = {kind, number: ++this.number, time: this.number, room, name, text, ...more};
		this.log.push(line);
		for (const [socket, {rooms}] of this.members) if (rooms.has(room)) socket.gives(line);
		return line.number;
	}

	whispers(socket, name, to, text) {
		socket.gives({kind: "whispered", number: 0, time: 0, name, to, text});
	}

	asked(socket, {line, id}) {
		const member = this.members.get(socket);
		this.taken.push(line);
		const [command, ...words] = line.split(" ");
		const notice = (code, data = {}, text = code) => socket.gives({kind: "notice", id, code, data, text});
		const refused = (code) => socket.gives({kind: "refused", id, code, text: `refused: ${code}`, data: {}});
		let number = 0;
		switch (command) {
			case "/leave":
				member.rooms.delete(words[0]);
				notice("left", {room: words[0]});
				break;
			case "/join":
				if (words[0] === this.locked) return refused("locked");
				this.joins(socket, words[0]);
				notice("turned", {room: words[0]});
				break;
			case "/history":
				for (const each of this.inRoom(member.room, Number(words[2])).slice(-Number(words[0]))) {
					socket.gives({...each, past: true, id});
				}
				break;
			case "/who":
				notice("who", {room: words[0], people: [...this.people.keys()]});
				break;
			case "/msg":
				if (!this.people.has(words[0])) return refused("no-such-person");
				this.whispers(socket, member.name, words[0], words.slice(1).join(" "));
				break;
			case "/ping":
				notice("pong");
				break;
			case "/rooms":
			case "/help":
				break;
			default:
				if (line.startsWith("/")) return refused("no-such-command");
				number = this.happens("said", member.room, member.name, line);
		}
		socket.gives({kind: "done", id, number});
	}
}
