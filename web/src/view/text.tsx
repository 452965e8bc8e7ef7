/** Text of a call on the page: as text nodes, with what cannot be seen made visible, and numbers of frames to click. */

import type { ComponentChildren } from "preact";
import { visible } from "../call/words";

export function Said({ text }: { text: string }) {
  return <>{visible(text)}</>;
}

const REFERENCE = /(#(?:0|[1-9][0-9]{0,8})\b)/;

/** `#101` leads to that frame, if there is one. */
export function Linked({ text, known, open }: { text: string; known: (seq: number) => boolean; open: (seq: number) => void }) {
  const parts: ComponentChildren[] = text.split(REFERENCE).map((part, place) => {
    const seq = place % 2 === 1 ? Number(part.slice(1)) : -1;
    if (seq < 0 || !known(seq)) return visible(part);
    return (
      <button type="button" class="reference" onClick={() => open(seq)} aria-label={`open frame ${seq}`}>
        {part}
      </button>
    );
  });
  return <>{parts}</>;
}
