// A TCP proxy that can break connections without closing them in an orderly way, like a failing network. Its address
// stays the same when the server restarts on another port.
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
    /** Connects to another server from now on. */
    leadTo(next) {
      port = next;
    },
    /** Breaks all connections, and rejects new ones until `up` is called. */
    down() {
      down = true;
      cut();
    },
    up() {
      down = false;
    },
    stop() {
      // Also rejects connections that arrive while the proxy closes.
      down = true;
      cut();
      proxy.close();
    },
  };
}

/**
 * Resets a socket. Node.js cannot reset a socket whose writable side is ending: its handle would never close, and the
 * process would never exit.
 */
function reset(socket) {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
