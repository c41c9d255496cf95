// A TCP line between a browser and the server that can be cut. A browser's own offline mode leaves open WebSockets
// alone, so that it does not show what a dead line does.

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
    /** Ends every connection, and lets no new one through. */
    cut,
    /** Loses what the server says on the connections there are, while it still hears the browser. */
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
