// Somebody at the page's WebSocket, by npm's `ws`: says what is typed, and prints each object that comes.
"use strict";
const WebSocket = require("ws");

const [url, name] = process.argv.slice(2);
const socket = new WebSocket(url, { origin: new URL(url).origin.replace("ws:", "http:") });
socket.on("open", () => socket.send(JSON.stringify({ name })));
socket.on("message", (data) => console.log(data.toString()));
socket.on("close", () => process.exit(0));
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  socket.send(JSON.stringify({ line }));
});
