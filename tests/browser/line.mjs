// A TCP proxy between a browser and the server that can break connections. The offline mode of browsers does not affect
// open WebSockets, so it cannot simulate a broken connection.

import { connect, createServer } from "node:net";

export async function openLine(port) {
  const sockets = new Set();
  const answers = new Map();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) return near.destroy();
    const far = connect(port, "127.0.0.1");
    answers.set(far, near);
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        answers.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** Closes all connections, and rejects new ones. */
    cut,
    /** Discards the data from the server on existing connections. Data from the browser still arrives. */
    deafen() {
      for (const [far, near] of answers) far.unpipe(near).resume();
    },
    mend: () => void (whole = true),
    close() {
      cut();
      server.close();
    },
  };
}
