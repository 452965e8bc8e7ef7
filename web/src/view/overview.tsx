/** The whole call as one narrow strip: who spoke, where a rule has something to say, and which part is seen below. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Axis } from "../call/axis";
import type { Utterance } from "../call/speech";
import type { Story } from "../call/story";
import { colours, type Window } from "./paint";

const HEIGHT = 22;
/** Room for the button at the right. */
const BUTTON = 112;

interface Props {
  axis: Axis;
  utterances: readonly Utterance[];
  now_s: number;
  window: Window;
  remarked: readonly number[];
  story: Story;
  scheme: number;
  move: (left: number) => void;
  zoomBy: (factor: number) => void;
  whole: () => void;
  calm: boolean;
  setCalm: (calm: boolean) => void;
}

export function Overview({ axis, utterances, now_s, window: seen, remarked, story, scheme, move, zoomBy, whole, calm, setCalm }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const held = useRef(false);
  const width = Math.max(0, seen.width - BUTTON);
  const scale = width > 0 ? width / Math.max(1, axis.length) : 1;
  useLayoutEffect(() => {
    const ink = canvas.current?.getContext("2d");
    if (canvas.current === null || ink === null || ink === undefined || width === 0) return;
    const ratio = devicePixelRatio || 1;
    [canvas.current.width, canvas.current.height] = [Math.round(width * ratio), HEIGHT * ratio];
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colour = colours();
    for (const one of utterances) {
      const [from, to] = [axis.at(one.begin_s) * scale, axis.at(one.end_s ?? now_s) * scale];
      ink.fillStyle = colour(one.by === "caller" ? "says" : "hears");
      ink.globalAlpha = 0.6;
      ink.fillRect(from, one.by === "caller" ? 5 : 12, Math.max(1.5, to - from), 5);
    }
    ink.globalAlpha = 1;
    ink.fillStyle = colour("bad");
    for (const seq of remarked) {
      const frame = story.frame(seq);
      if (frame !== undefined) ink.fillRect(axis.of(frame) * scale - 1, 1, 2, HEIGHT - 2);
    }
    const left = Math.max(0, (seen.left / seen.zoom) * scale);
    const part = Math.min(width - left, (seen.width / seen.zoom) * scale);
    ink.strokeStyle = colour("accent");
    ink.globalAlpha = 0.9;
    ink.strokeRect(left + 0.5, 0.5, Math.max(4, part - 1), HEIGHT - 1);
    ink.globalAlpha = 0.08;
    ink.fillStyle = colour("accent");
    ink.fillRect(left, 0, part, HEIGHT);
    ink.globalAlpha = 1;
  }, [axis, seen.left, seen.zoom, seen.width, scheme]);
  const go = (event: PointerEvent): void => {
    const at = event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
    move((at / scale) * seen.zoom - seen.width / 2);
  };
  return (
    <div class="overview">
      <div class="zoom" role="group" aria-label="zoom">
        <button type="button" title="smaller  −" aria-label="zoom out" onClick={() => zoomBy(1 / 1.5)}>−</button>
        <button type="button" title="larger  +" aria-label="zoom in" onClick={() => zoomBy(1.5)}>+</button>
        <button type="button" title="the whole call  0" aria-label="fit the whole call" onClick={whole}>fit</button>
      </div>
      <div class="strip">
        <canvas
          ref={canvas}
          style={{ width: `${width}px`, height: `${HEIGHT}px` }}
          role="img"
          aria-label="overview of the whole call"
          onPointerDown={(event) => {
            held.current = true;
            event.currentTarget.setPointerCapture(event.pointerId);
            go(event);
          }}
          onPointerMove={(event) => held.current && go(event)}
          onPointerUp={() => (held.current = false)}
          onPointerCancel={() => (held.current = false)}
        />
      </div>
      <button type="button" class="chip" aria-pressed={calm} title="silence is drawn shorter than it was  i" onClick={() => setCalm(!calm)}>Short silence</button>
    </div>
  );
}
