/** Where lanes lie and what lies on them: boxes for speech and spans, from top to bottom, in pixels. */

import type { Axis } from "../call/axis";
import type { Frame } from "../call/journal";
import { type Lane, laneOfLeg, wayOf } from "../call/lanes";
import type { Span, Spans } from "../call/spans";
import type { Utterance } from "../call/speech";

export const RULER = 24;
const GUTTER = 20;
const ROW = 21;
const PAD = 3;
const MOST_ROWS = 4;

export interface Band {
  lane: Lane;
  top: number;
  height: number;
}

/** A box on a lane; `begin` and `end` are places on the axis. */
interface Box {
  begin: number;
  end: number;
  top: number;
  height: number;
}
export type SpeechBox = Box & { utterance: Utterance; cut_end: number };
export type SpanBox = Box & { span: Span };

export interface Layout {
  bands: readonly Band[];
  height: number;
  speech: readonly SpeechBox[];
  spans: readonly SpanBox[];
}

/** What is still open ends at `now_s`. */
export function layout(lanes: readonly Lane[], axis: Axis, utterances: readonly Utterance[], spans: Spans, now_s: number): Layout {
  const placed = new Map(lanes.map((lane) => [lane.id, rows(spans.filter((span) => span.lane === lane.role), axis, now_s)]));
  const bands: Band[] = [];
  let top = RULER + 6;
  for (const lane of lanes) {
    const used = lane.role === "caller" ? 2 : Math.min(MOST_ROWS, Math.max(1, 1 + Math.max(0, ...(placed.get(lane.id) ?? []).map((one) => one.row))));
    const height = used * ROW + 2 * PAD;
    bands.push({ lane, top, height });
    top += height + GUTTER;
  }
  const boxes = bands.flatMap((band) =>
    band.lane.role === "caller"
      ? []
      : (placed.get(band.lane.id) ?? []).map(({ span, row, begin, end }) => ({
          span, begin, end, top: band.top + PAD + Math.min(row, MOST_ROWS - 1) * ROW + 1, height: ROW - 2,
        })),
  );
  return { bands, height: top - GUTTER + 18, speech: utterances.flatMap((one, place) => speechBox(one, utterances.slice(place + 1), bands, axis, now_s)), spans: boxes };
}

function speechBox(utterance: Utterance, later: readonly Utterance[], bands: readonly Band[], axis: Axis, now_s: number): SpeechBox[] {
  const band = bands.find((one) => one.lane.id === laneOfLeg(utterance.leg));
  if (band === undefined) return [];
  const end_s = utterance.end_s ?? now_s;
  const end = axis.at(end_s);
  const next = later.find((one) => one.by === utterance.by && one.leg === utterance.leg);
  const lost = axis.at(end_s + utterance.cut_s);
  const cut_end = utterance.cut_s > 0 ? Math.max(end, next === undefined ? lost : Math.min(lost, axis.at(next.begin_s) - 4)) : end;
  const top = band.top + PAD + (utterance.by === "caller" ? 0 : ROW) + 1;
  return [{ utterance, begin: axis.of({ seq: utterance.seq, at_s: utterance.begin_s }), end, cut_end, top, height: ROW - 2 }];
}

interface Placed {
  span: Span;
  row: number;
  begin: number;
  end: number;
}

/** Spans that overlap lie below one another. */
function rows(spans: readonly Span[], axis: Axis, now_s: number): Placed[] {
  const free: number[] = [];
  return spans.map((span) => {
    const begin = axis.of({ seq: span.seq, at_s: span.begin_s });
    const end = Math.max(begin + 3, span.end_s === null ? axis.at(now_s) : axis.of({ seq: span.last_seq, at_s: span.end_s }));
    let row = free.findIndex((taken) => taken <= begin + 0.5);
    if (row < 0) row = free.length;
    free[row] = end;
    return { span, row, begin, end };
  });
}

/** From which height to which a frame is drawn; the same twice for what stays on its lane. */
export function ends(frame: Frame, bands: ReadonlyMap<string, Band>): [number?, number?] {
  const way = wayOf(frame);
  const [from, to] = [bands.get(way.from), bands.get(way.to)];
  if (from === undefined || to === undefined) return [];
  if (from === to) return [from.top + from.height, from.top + from.height];
  return from.top < to.top ? [from.top + from.height, to.top] : [from.top, to.top + to.height];
}
