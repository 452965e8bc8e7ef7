/** The frames of a call as a list, of which only what is in sight is drawn. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Frame } from "../call/journal";
import { type Lane, wayOf } from "../call/lanes";
import type { Story } from "../call/story";
import { gist, isTrouble, seconds, short } from "../call/words";
import { Said } from "./text";

const ROW = 28;
const BEYOND = 8;

interface Props {
  story: Story;
  shown: readonly Frame[];
  selected: number | null;
  select: (seq: number) => void;
  open: (seq: number) => void;
  /** A call that goes on: the newest frame stays in sight, until somebody scrolls away from it. */
  follows?: boolean;
  leave?: (() => void) | undefined;
}

export function Frames({ story, shown, selected, select, open, follows = false, leave }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const place = selected === null ? -1 : shown.findIndex((frame) => frame.seq === selected);
  const measure = (): void => {
    const now = box.current;
    if (now !== null) setScroll({ top: now.scrollTop, height: now.clientHeight });
  };
  useLayoutEffect(() => {
    const watch = new ResizeObserver(measure);
    if (box.current !== null) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    const now = box.current;
    if (now === null || place < 0 || follows) return;
    const top = place * ROW;
    if (top < now.scrollTop + ROW || top + 2 * ROW > now.scrollTop + now.clientHeight) now.scrollTop = top - now.clientHeight / 3;
    measure();
  }, [selected, shown]);
  useLayoutEffect(() => {
    const now = box.current;
    if (now === null || !follows) return;
    now.scrollTop = now.scrollHeight;
    measure();
  }, [shown, follows, scroll.height]);
  const first = Math.max(0, Math.floor(scroll.top / ROW) - BEYOND);
  const beyond = Math.min(shown.length, Math.ceil((scroll.top + scroll.height) / ROW) + BEYOND);
  const lanes = story.lanes.all;
  return (
    <div
      ref={box}
      class="frames"
      role="listbox"
      tabIndex={0}
      aria-label="frames of the call"
      {...(place >= 0 ? { "aria-activedescendant": `frame-${selected}` } : {})}
      onScroll={measure}
      onWheel={(event) => {
        if (follows && event.deltaY < 0) leave?.();
      }}
    >
      <div class="frames-all" role="presentation" style={{ height: `${shown.length * ROW}px` }}>
        {shown.slice(first, beyond).map((frame, offset) => (
          <Row key={frame.seq} story={story} frame={frame} lanes={lanes} top={(first + offset) * ROW} place={first + offset} of={shown.length}
            previous={shown[first + offset - 1]} selected={frame.seq === selected} select={select} open={open} />
        ))}
      </div>
      {shown.length === 0 && <p class="empty">No frame fits.</p>}
    </div>
  );
}

interface RowProps {
  story: Story;
  frame: Frame;
  lanes: readonly Lane[];
  top: number;
  place: number;
  of: number;
  previous: Frame | undefined;
  selected: boolean;
  select: (seq: number) => void;
  open: (seq: number) => void;
}

function Row({ story, frame, lanes, top, place, of, previous, selected, select, open }: RowProps) {
  const found = story.findings(frame.seq);
  const trouble = found.some((one) => one.severity === "error") || isTrouble(frame);
  const way = wayOf(frame);
  const name = (id: string): string => lanes.find((lane) => lane.id === id)?.name ?? id;
  const route = way.from === way.to ? name(way.from) : `${name(way.from)} to ${name(way.to)}`;
  const same = previous !== undefined && previous.at_s === frame.at_s;
  return (
    <div
      id={`frame-${frame.seq}`}
      class={`frame${selected ? " selected" : ""}${trouble ? " trouble" : ""}${found.length > 0 ? " remarked" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      role="option"
      aria-selected={selected}
      aria-setsize={of}
      aria-posinset={place + 1}
      onClick={() => select(frame.seq)}
      onDblClick={() => open(frame.seq)}
    >
      <span class={`frame-time${same ? " same" : ""}`}>{seconds(frame.at_s)}</span>
      <span class="frame-number">#{frame.seq}</span>
      <Route lanes={lanes} from={way.from} to={way.to} link={frame.link} label={route} />
      <span class={`frame-kind link-${frame.link}`}><Said text={short(frame.kind, 60)} /></span>
      <span class="frame-gist"><Said text={short(gist(frame), 200)} /></span>
      {found.length > 0 && <span class="frame-code">{found[0]?.code}</span>}
    </div>
  );
}

const GAP = 14;

/** Small lanes, and the arrow between two of them. */
function Route({ lanes, from, to, link, label }: { lanes: readonly Lane[]; from: string; to: string; link: string; label: string }) {
  const at = (id: string): number => 6 + GAP * Math.max(0, lanes.findIndex((lane) => lane.id === id));
  const [x1, x2] = [at(from), at(to)];
  const back = x2 > x1 ? -4 : 4;
  return (
    <svg class={`route stroke-${link}`} width={12 + GAP * (lanes.length - 1)} height={ROW} role="img" aria-label={label}>
      <title>{label}</title>
      {lanes.map((lane) => (
        <line key={lane.id} class="route-lane" x1={at(lane.id)} x2={at(lane.id)} y1={0} y2={ROW} />
      ))}
      {from === to ? (
        <circle class="route-dot" cx={x1} cy={ROW / 2} r={3} />
      ) : (
        <>
          <line class="route-line" x1={x1} x2={x2 + back} y1={ROW / 2} y2={ROW / 2} />
          <path class="route-dot" d={`M${x2} ${ROW / 2}l${back * 1.25} -3.5v7z`} />
        </>
      )}
    </svg>
  );
}
