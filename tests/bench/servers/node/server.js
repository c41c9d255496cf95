// socket.io on its default engine, behind the contract of the benchmarks.
"use strict";

const http = require("http").createServer();
const io = new (require("socket.io").Server)(http);

io.on("connection", (socket) => {
  socket.on("echo", (payload, ack) => ack(payload));
  socket.on("echobin", (payload, ack) => ack(payload));
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack();
  });
  socket.on("leave", (room, ack) => {
    socket.leave(room);
    ack();
  });
  socket.on("say", (room, payload) => io.to(room).emit("said", payload));
});

// A backlog as the other servers have it.
http.listen(Number(process.env.PORT || 3000), "127.0.0.1", 4096);
