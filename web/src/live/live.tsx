/** Begins the live page. Where its socket is stands in the page itself. */

import { render } from "preact";
import type { Socket } from "./connection";
import { Session } from "./session";
import { Sound } from "./sound/sound";
import { LiveApp } from "./view/app";

/** `address` is that of the websocket, as the server has written it; the script that makes sound lies beside the page's own. */
export function live(root: HTMLElement, address: string): void {
  const socket = new URL(address, document.baseURI);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  let version = 0;
  const show = (): void => {
    version += 1;
    render(<LiveApp session={session} version={version} />, root);
  };
  const session: Session = new Session(
    { dial: () => new WebSocket(socket) as unknown as Socket, later: (ms, what) => void setTimeout(what, ms) },
    new Sound(new URL("sound.js", document.baseURI).href),
    show,
  );
  show();
}
