/** Begins the page of `jambonz-sim dev`. Where its socket and its sound script are stands in the page itself. */

import { render } from "preact";
import type { Socket } from "./connection";
import { Session } from "./session";
import { Sound } from "./sound/sound";
import { LiveApp } from "./view/app";

const root = document.getElementById("page");
if (root !== null) {
  const socket = new URL(root.dataset["socket"] ?? "socket", document.baseURI);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  const sound = new Sound(new URL(root.dataset["sound"] ?? "sound.js", document.baseURI).href);
  root.textContent = "";
  let version = 0;
  const show = (): void => {
    version += 1;
    render(<LiveApp session={session} version={version} />, root);
  };
  const session: Session = new Session(
    { dial: () => new WebSocket(socket) as unknown as Socket, later: (ms, what) => void setTimeout(what, ms) },
    sound,
    show,
  );
  show();
}
