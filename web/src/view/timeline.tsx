/** The lanes of a call on one axis of time: to zoom, to pan, to point at. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Axis } from "../call/axis";
import type { Frame } from "../call/journal";
import { spanText } from "../call/spans";
import type { Story } from "../call/story";
import { duration, gist, seconds, short } from "../call/words";
import { ends, layout, type Layout } from "./geometry";
import { Overview } from "./overview";
import { paint, type Window } from "./paint";
import { Said } from "./text";

const NEAR = 7;
const MOST_ZOOM = 12;
/** Smaller than that a call is not drawn at first: a long one is seen in parts, and whole in the overview. */
const READABLE = 0.75;
const WIDEST = 2.5;
/** Room behind the end. */
const AHEAD = 24;

interface Hit {
  seq: number;
  title: string;
  text: string;
  x: number;
  y: number;
}

interface Props {
  story: Story;
  shown: readonly Frame[];
  selected: number | null;
  select: (seq: number) => void;
  calm: boolean;
  setCalm: (calm: boolean) => void;
  version: number;
  /** Counts what the keyboard asks for: more or less zoom, or the whole call. */
  asked: { zoom: number; whole: number };
  /** A call that goes on: how far it has got, and whether that stays in sight until somebody looks elsewhere. */
  live?: Live | undefined;
}

export interface Live {
  now_s: number;
  follows: boolean;
  leave: () => void;
}

export function Timeline({ story, shown, selected, select, calm, setCalm, version, asked, live }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; left: number; moved: boolean } | null>(null);
  const [width, setWidth] = useState(0);
  const [hit, setHit] = useState<Hit | null>(null);
  const [scheme, setScheme] = useState(0);
  const now_s = Math.max(live?.now_s ?? 0, story.frames[story.frames.length - 1]?.at_s ?? 0);
  const axis = useMemo(() => new Axis(shown, story.speech.utterances, calm, live === undefined ? null : now_s), [shown, version, calm, now_s]);
  const plan = useMemo(() => layout(story.lanes.all, axis, story.speech.utterances, story.spans, now_s), [axis, version]);
  const least = width > 0 ? Math.min(live === undefined ? WIDEST : 1, (width - 24) / Math.max(1, axis.length)) : 1;
  const [view, moveView] = useState<{ left: number; zoom: number } | null>(null);
  const bounded = (zoom: number, left: number): { zoom: number; left: number } => {
    const kept = Math.min(MOST_ZOOM, Math.max(least, zoom));
    return { zoom: kept, left: Math.max(-12, Math.min(left, axis.length * kept - width + AHEAD)) };
  };
  const { zoom, left } = bounded(view?.zoom ?? Math.max(least, READABLE), live?.follows === true ? Infinity : (view?.left ?? -12));
  const setView = (to: { left: number; zoom: number }): void => {
    if (live?.follows === true && to.zoom === zoom && to.left < left - 1) live.leave();
    moveView(to);
  };
  const window: Window = { zoom, left, width };
  const zoomBy = (factor: number, at = width / 2): void => {
    const next = Math.min(MOST_ZOOM, Math.max(least, zoom * factor));
    setView(bounded(next, ((left + at) / zoom) * next - at));
  };
  const chosen = selected === null ? undefined : story.frame(selected);

  useLayoutEffect(() => {
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (box.current !== null) watch.observe(box.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const changed = (): void => setScheme((count) => count + 1);
    dark.addEventListener("change", changed);
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", changed);
    };
  }, []);
  useLayoutEffect(() => {
    if (chosen === undefined || width === 0 || live?.follows === true) return;
    const at = axis.of(chosen) * zoom - left;
    if (at < 30 || at > width - 30) moveView(bounded(zoom, axis.of(chosen) * zoom - width / 2));
  }, live === undefined ? [selected, axis, width] : [selected, width]);
  useEffect(() => {
    if (asked.zoom !== 0) zoomBy(asked.zoom > 0 ? 1.5 : 1 / 1.5, chosen === undefined ? width / 2 : axis.of(chosen) * zoom - left);
  }, [asked.zoom]);
  useEffect(() => {
    if (asked.whole > 0) setView(bounded(least, 0));
  }, [asked.whole]);
  useLayoutEffect(() => {
    if (canvas.current === null || width === 0) return;
    const chain = new Set(selected === null ? [] : [...story.causes.chain(selected), ...story.causes.effectsOf(selected)]);
    paint(canvas.current, {
      axis, layout: plan, frames: shown, window, selected: chosen, hovered: hit?.seq ?? null, chain, remarked: new Set(story.remarked),
    });
  }, [axis, plan, shown, zoom, left, width, selected, hit?.seq, scheme]);

  const find = (event: PointerEvent): Hit | null => {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return nearest(shown, axis, plan, window, event.clientX - bounds.left, event.clientY - bounds.top);
  };
  return (
    <section class="timeline" aria-label="lanes of the call">
      <Overview axis={axis} utterances={story.speech.utterances} now_s={now_s} window={window} remarked={story.remarked} story={story} scheme={scheme}
        move={(to) => setView(bounded(zoom, to))} zoomBy={zoomBy} whole={() => setView(bounded(least, 0))} calm={calm} setCalm={setCalm} />
      <div class="lanes">
        <div class="lane-names" style={{ height: `${plan.height}px` }}>
          {plan.bands.map((band) => (
            <div key={band.lane.id} class={`lane-name of-${band.lane.role}`} style={{ top: `${band.top}px`, height: `${band.height}px` }}>
              <span class="lane-label"><Said text={band.lane.name} /></span>
              {band.lane.role === "caller" && (
                <span class="tracks" aria-hidden="true">
                  <span class="track-says">says</span>
                  <span class="track-hears">hears</span>
                </span>
              )}
            </div>
          ))}
        </div>
        <div ref={box} class="lane-canvas">
          <canvas
            ref={canvas}
            style={{ width: `${width}px`, height: `${plan.height}px` }}
            role="img"
            aria-label="who spoke when, and which frames passed between whom; the list of frames below tells the same in words"
            onPointerDown={(event) => {
              drag.current = { x: event.clientX, left, moved: false };
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={(event) => {
              const held = drag.current;
              if (held !== null && (held.moved || Math.abs(event.clientX - held.x) > 3)) {
                held.moved = true;
                setHit(null);
                setView(bounded(zoom, held.left - (event.clientX - held.x)));
              } else setHit(find(event));
            }}
            onPointerUp={(event) => {
              const found = drag.current?.moved === true ? null : find(event);
              drag.current = null;
              if (found !== null) select(found.seq);
            }}
            onPointerCancel={() => (drag.current = null)}
            onPointerLeave={() => setHit(null)}
            onWheel={(event) => {
              const turned = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
              if (event.ctrlKey || event.metaKey) zoomBy(Math.exp(-event.deltaY / 300), event.clientX - event.currentTarget.getBoundingClientRect().left);
              else if (turned !== 0) setView(bounded(zoom, left + turned));
              else return;
              event.preventDefault();
            }}
          />
          {hit !== null && (
            <div class="tip" style={{ left: `${Math.min(hit.x + 12, Math.max(0, width - 330))}px`, top: `${hit.y + 14}px` }}>
              <b><Said text={hit.title} /></b>
              {hit.text !== "" && <span><Said text={hit.text} /></span>}
            </div>
          )}
        </div>
      </div>
    </section>
  );
}

/** What is at that point: a word somebody said, something that took time, or the frame nearest to it. */
function nearest(shown: readonly Frame[], axis: Axis, plan: Layout, window: Window, x: number, y: number): Hit | null {
  const place = (x + window.left) / window.zoom;
  const within = (box: { begin: number; top: number; height: number }, end: number): boolean =>
    box.begin <= place && place <= Math.max(end, box.begin + 3 / window.zoom) && box.top <= y && y <= box.top + box.height;
  const spoken = plan.speech.find((box) => within(box, box.cut_end));
  if (spoken !== undefined) {
    const { by, text, cut, cut_s, begin_s, end_s, seq, last_seq } = spoken.utterance;
    const lost = cut_s > 0 ? ` · not heard, ${duration(cut_s)}: ${cut}` : "";
    const took = end_s === null ? "" : `, ${duration(end_s - begin_s)}`;
    return { seq: by === "caller" ? seq : last_seq, title: `${by === "caller" ? "says" : "hears"}${took}`, text: short(`${text}${lost}`, 400), x, y };
  }
  const span = plan.spans.find((box) => within(box, box.end));
  if (span !== undefined) return { seq: span.span.seq, title: spanText(span.span), text: `#${span.span.seq} to #${span.span.last_seq}`, x, y };
  const bands = new Map(plan.bands.map((band) => [band.lane.id, band]));
  let best: { frame: Frame; far: number } | null = null;
  for (const frame of shown) {
    const away = Math.abs(axis.of(frame) * window.zoom - window.left - x);
    if (away > NEAR) continue;
    const [from, to] = ends(frame, bands);
    if (from === undefined || to === undefined) continue;
    const outside = Math.max(0, Math.min(from, to) - 6 - y, y - Math.max(from, to) - 6);
    const far = away + 3 * outside;
    if (far <= NEAR + 12 && (best === null || far < best.far)) best = { frame, far };
  }
  if (best === null) return null;
  const { frame } = best;
  return { seq: frame.seq, title: `${seconds(frame.at_s)} s  #${frame.seq}  ${frame.kind}`, text: short(gist(frame), 240), x, y };
}
