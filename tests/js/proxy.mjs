// A way to a server that can be cut, as a network is: the connections break, and nobody says goodbye. Its address stays
// where servers come and go, which cannot be sure to be given the port of the one before.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export async function proxyTo(port) {
  const open = new Set();
  let down = false;
  const proxy = createServer((near) => {
    if (down) return near.resetAndDestroy();
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from);
      from.setNoDelay(true).on("error", () => {}).on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");

  const cut = () => open.forEach(reset);
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    /** Leads to another server from now on. */
    leadTo(next) {
      port = next;
    },
    /** Breaks all connections, and refuses others until `up`. */
    down() {
      down = true;
      cut();
    },
    up() {
      down = false;
    },
    stop() {
      // Who comes while it closes is sent away, too.
      down = true;
      cut();
      proxy.close();
    },
  };
}

/** Node cannot reset a socket whose writable side is ending: its handle would never close, and the process never exit. */
function reset(socket) {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
