// The benchmark server on socket.io with its default engine.
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

// The same backlog as the other servers.
http.listen(Number(process.env.PORT || 3000), "127.0.0.1", 4096);
