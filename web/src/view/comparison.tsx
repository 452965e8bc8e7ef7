/** Two calls side by side: their lanes, their frames in rows that belong together, and in what the chosen row differs. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { counted, type Difference, nextDifference, type Row, rowsOf, withContext } from "../call/difference";
import type { Call, Finding, Frame, Run } from "../call/journal";
import { Story } from "../call/story";
import { duration, gist, isPiece, seconds, short } from "../call/words";
import { JsonTree } from "./json";
import { Said } from "./text";
import { Timeline } from "./timeline";

const ROW = 28;
const BEYOND = 8;
const AROUND = 2;
const WORDS = { same: "the same", changed: "differs", left: "only in the left call", right: "only in the right call" };
const SIGNS = { same: "", changed: "≠", left: "−", right: "+" };

interface Props {
  run: Run;
  difference: Difference;
  framesOf: (call: Call) => Frame[];
}

export function Comparison({ run, difference, framesOf }: Props) {
  const [left, right] = [run.calls.find((one) => one.number === difference.left), run.calls.find((one) => one.number === difference.right)];
  const stories = useMemo(() => ({
    left: new Story(left === undefined ? [] : framesOf(left), marks(difference, 0)),
    right: new Story(right === undefined ? [] : framesOf(right), marks(difference, 1)),
  }), [difference]);
  const rows = useMemo(() => rowsOf(difference.rows, stories.left, stories.right), [stories]);
  const totals = useMemo(() => counted(rows), [rows]);
  const differing = totals.changed + totals.left + totals.right;
  const [all, setAll] = useState(differing === 0);
  const [place, setPlace] = useState(nextDifference(rows, -1, 1)?.place ?? 0);
  const [calm, setCalm] = useState(true);
  const shown = useMemo(() => (all ? rows : withContext(rows, AROUND)), [rows, all]);
  const chosen = rows[place];
  const jump = (by: 1 | -1): void => setPlace(nextDifference(rows, place, by)?.place ?? place);
  const walk = (by: number): void => {
    const at = shown.findIndex((row) => row.place === place);
    setPlace((shown[Math.max(0, Math.min(shown.length - 1, at + by))] ?? { place }).place);
  };
  const pick = (side: "left" | "right", seq: number | null): void => {
    const row = rows.find((one) => one[side]?.seq === seq);
    if (row === undefined) return;
    if (!shown.includes(row)) setAll(true);
    setPlace(row.place);
  };
  useEffect(() => {
    document.title = `${differing === 0 ? "=" : "≠"} jambonz-sim`;
  }, [differing]);
  useEffect(() => {
    const keys: Record<string, () => void> = {
      j: () => walk(1), ArrowDown: () => walk(1), k: () => walk(-1), ArrowUp: () => walk(-1), n: () => jump(1), N: () => jump(-1), a: () => setAll(!all), i: () => setCalm(!calm),
    };
    const pressed = (event: KeyboardEvent): void => {
      const inside = event.target instanceof Element && event.target.closest(".inspected") !== null;
      if (event.ctrlKey || event.metaKey || event.altKey || (inside && event.key.startsWith("Arrow"))) return;
      const obey = keys[event.key];
      if (obey === undefined) return;
      obey();
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
  if (left === undefined || right === undefined) return <p class="empty">There are no two calls to compare.</p>;
  return (
    <main class="comparison" aria-label="two calls side by side">
      <header class="comparison-head">
        <h1>{differing === 0 ? "Nothing differs" : `${differing} ${differing === 1 ? "frame differs" : "frames differ"}`}</h1>
        <p class="muted" role="status">
          {totals.changed} changed, {totals.left} only left, {totals.right} only right, {totals.same} the same. Ids, times and pieces are no differences.
        </p>
        <div class="comparison-tools">
          <button type="button" class="chip" aria-pressed={!all} title="only what differs  a" onClick={() => setAll(!all)}>Only what differs</button>
          <button type="button" class="chip" aria-label="previous difference" title="previous difference  N" disabled={differing === 0} onClick={() => jump(-1)}>↑</button>
          <button type="button" class="chip" aria-label="next difference" title="next difference  n" disabled={differing === 0} onClick={() => jump(1)}>↓</button>
        </div>
      </header>
      {run.troubles.length > 0 && (
        <pre class="run-trouble" tabIndex={0} role="region" aria-label="what could not be read"><Said text={run.troubles.flatMap((one) => one.lines).join("\n")} /></pre>
      )}
      {difference.left_out > 0 && <p class="left-out">{difference.left_out} rows are left out: there was no room for them on this page.</p>}
      <div class="sides">
        {([["left", left], ["right", right]] as const).map(([side, call]) => (
          <section key={side} class="side" aria-label={`the ${side} call`}>
            <Heading call={call} />
            <Lanes story={stories[side]} selected={chosen?.[side]?.seq ?? null} select={(seq) => pick(side, seq)} calm={calm} setCalm={setCalm} />
          </section>
        ))}
      </div>
      <div class="compared">
        <Rows rows={shown} place={place} choose={setPlace} total={rows.length} />
        <Chosen row={chosen} />
      </div>
    </main>
  );
}

/** Frames that differ are marked in the lanes as those of which a rule speaks. */
function marks(difference: Difference, side: 0 | 1): Finding[] {
  return difference.rows.flatMap(([left, right, fields]) => {
    const seq = side === 0 ? left : right;
    if (seq === null || (left !== null && right !== null && fields === undefined)) return [];
    return [{ code: "", severity: "warning" as const, title: "differs", text: "", why: "", remedy: "", seq }];
  });
}

function Heading({ call }: { call: Call }) {
  return (
    <div class="side-head">
      <span class={`badge ${call.outcome}`}>{call.outcome}</span>
      <h2 title={call.name}><Said text={call.name} /></h2>
      <span class="muted"><Said text={`${call.file}:${call.line}`} />, {duration(call.virtual_s)}, {call.frames} frames{call.left_out > 0 ? `, ${call.left_out} left out` : ""}</span>
    </div>
  );
}

interface LanesProps {
  story: Story;
  selected: number | null;
  select: (seq: number | null) => void;
  calm: boolean;
  setCalm: (calm: boolean) => void;
}

const NEVER = { zoom: 0, whole: 0 };

function Lanes({ story, selected, select, calm, setCalm }: LanesProps) {
  const drawn = useMemo(() => story.frames.filter((frame) => !isPiece(frame)), [story]);
  if (drawn.length === 0) return <p class="empty">There was no room for the frames of this call on this page.</p>;
  return <Timeline story={story} shown={drawn} selected={selected} select={select} calm={calm} setCalm={setCalm} version={0} asked={NEVER} />;
}

interface RowsProps {
  rows: readonly Row[];
  place: number;
  choose: (place: number) => void;
  total: number;
}

function Rows({ rows, place, choose, total }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const at = rows.findIndex((row) => row.place === place);
  const measure = (): void => {
    if (box.current !== null) setScroll({ top: box.current.scrollTop, height: box.current.clientHeight });
  };
  useLayoutEffect(() => {
    const watch = new ResizeObserver(measure);
    if (box.current !== null) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    const now = box.current;
    if (now === null || at < 0) return;
    const top = at * ROW;
    if (top < now.scrollTop + ROW || top + 2 * ROW > now.scrollTop + now.clientHeight) now.scrollTop = top - now.clientHeight / 3;
    measure();
  }, [place, rows]);
  const first = Math.max(0, Math.floor(scroll.top / ROW) - BEYOND);
  const beyond = Math.min(rows.length, Math.ceil((scroll.top + scroll.height) / ROW) + BEYOND);
  return (
    <div ref={box} class="frames rows" role="listbox" tabIndex={0} aria-label="frames of both calls" onScroll={measure} {...(at >= 0 ? { "aria-activedescendant": `row-${place}` } : {})}>
      <div class="frames-all" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
        {rows.slice(first, beyond).map((row, offset) => {
          const number = first + offset;
          const gap = number > 0 && (rows[number - 1] as Row).place !== row.place - 1;
          return (
            <div key={row.place} id={`row-${row.place}`} class={`row of-${row.sort}${row.place === place ? " selected" : ""}${gap ? " gap" : ""}`} role="option" aria-selected={row.place === place}
              aria-posinset={row.place + 1} aria-setsize={total} style={{ transform: `translateY(${number * ROW}px)` }} onClick={() => choose(row.place)}>
              <Cell frame={row.left} />
              {row.sort === "same" ? <span class="row-sign" /> : <span class="row-sign" role="img" aria-label={WORDS[row.sort]}>{SIGNS[row.sort]}</span>}
              <Cell frame={row.right} />
            </div>
          );
        })}
      </div>
      {rows.length === 0 && <p class="empty">{total === 0 ? "Neither call has a frame." : "Nothing differs."}</p>}
    </div>
  );
}

function Cell({ frame }: { frame: Frame | undefined }) {
  if (frame === undefined) return <span class="cell nothing-there" />;
  return (
    <span class="cell">
      <span class="frame-time">{seconds(frame.at_s)}</span>
      <span class="frame-number">#{frame.seq}</span>
      <span class={`frame-kind link-${frame.link}`}><Said text={short(frame.kind, 60)} /></span>
      <span class="frame-gist">{short(gist(frame), 120)}</span>
    </span>
  );
}

function Chosen({ row }: { row: Row | undefined }) {
  if (row === undefined) return <aside class="inspector" aria-label="difference"><p class="empty">Click a row, or walk through the differences with <kbd>n</kbd>.</p></aside>;
  const only = row.left === undefined ? row.right : row.right === undefined ? row.left : undefined;
  const frame = row.right ?? row.left;
  return (
    <aside class="inspector" aria-label="difference">
      <div class="inspected" tabIndex={0} role="region" aria-label="the chosen row" key={row.place}>
        <h3 class="kind"><Said text={frame?.kind ?? ""} /></h3>
        <p class={`row-words of-${row.sort}`}>{WORDS[row.sort]}</p>
        {row.fields.map(([path, left, right], place) => (
          <dl key={place} class="field">
            <dt><Said text={path === "" ? "the content" : path} /></dt>
            <dd class="was"><b>left</b> <Value text={left} /></dd>
            <dd class="is"><b>right</b> <Value text={right} /></dd>
          </dl>
        ))}
        {only !== undefined && <JsonTree value={only.frame} />}
        {only === undefined && row.left !== undefined && row.right !== undefined && (
          <>
            <details open={row.sort === "same"}><summary>Left, #{row.left.seq} at {seconds(row.left.at_s)} s</summary><JsonTree value={row.left.frame} /></details>
            <details><summary>Right, #{row.right.seq} at {seconds(row.right.at_s)} s</summary><JsonTree value={row.right.frame} /></details>
          </>
        )}
      </div>
    </aside>
  );
}

const Value = ({ text }: { text: string | null }) => (text === null ? <span class="muted">absent</span> : <code><Said text={text} /></code>);
