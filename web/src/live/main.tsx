/** Shows what the server of a live page tells. Where its socket is stands in the page. */

import { live } from "./live";

const root = document.getElementById("page");
const address = root?.dataset["live"];
if (root !== null && address !== undefined) {
  root.textContent = "";
  live(root, address);
}
