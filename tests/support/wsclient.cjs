// A visit by npm's `ws`, an implementation of WebSocket that nobody here wrote; says on one line what it has seen.
"use strict";
const WebSocket = require("ws");

function opened(url, name) {
  const socket = new WebSocket(url, { origin: new URL(url).origin.replace("ws:", "http:") });
  const came = [];
  let wake = () => {};
  socket.on("message", (data, isBinary) => {
    came.push({ ...JSON.parse(data), isBinary });
    wake();
  });
  socket.on("open", () => socket.send(JSON.stringify({ name })));
  const closed = new Promise((done) => socket.on("close", (code) => done(code)));
  async function next(kind) {
    for (;;) {
      while (came.length) {
        const value = came.shift();
        if (value.kind === kind) return value;
      }
      await new Promise((done) => { wake = done; });
    }
  }
  return { socket, next, closed };
}

async function visit(url, line, fragmented) {
  const zoe = opened(url, "zoe");
  await zoe.next("welcome");
  zoe.socket.send(JSON.stringify({ line, id: "1" }));
  const said = await zoe.next("said");
  const done = await zoe.next("done");
  const bytes = Buffer.from(JSON.stringify({ line: fragmented }));
  for (let at = 0; at < bytes.length; at += 5) { // cuts characters too
    zoe.socket.send(bytes.subarray(at, at + 5), { binary: false, fin: at + 5 >= bytes.length });
  }
  const whole = await zoe.next("said");
  const pong = new Promise((back) => zoe.socket.on("pong", (data) => back(data.toString())));
  zoe.socket.ping("there?");
  const answered = await pong;
  zoe.socket.close(1000);
  const code = await zoe.closed;

  const max = opened(url, "max");
  await max.next("welcome");
  max.socket.send("x".repeat(64 * 1024 + 1));
  const tooLarge = await max.closed;
  return { said, done, whole, answered, code, tooLarge };
}

visit(...process.argv.slice(2)).then((seen) => console.log(JSON.stringify(seen)));
