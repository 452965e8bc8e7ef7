/**
 * The time axis: seconds of a call to places on a line, and back.
 *
 * Much happens at one instant of virtual time, and then nothing for long. So frames of one instant stand side by side, in order, and
 * silence (nobody speaks, nothing passes) may be drawn shorter than it was. Places are pixels at a zoom of 1; the axis only ever grows to the right.
 */

import type { Utterance } from "./speech";

export const PX_A_SECOND = 80;
const STEP = 6;
const STEP_TRUE = 1.5;
const SHORT_S = 0.5;
const EVER_SHORTER = 24;

/** One instant: its frames stand between `begin` and `end`. */
interface Instant {
  at_s: number;
  begin: number;
  end: number;
}

/** A stretch of silence that is drawn shorter than it was. */
export interface Break {
  begin: number;
  end: number;
  span_s: number;
}

export interface Moment {
  seq: number;
  at_s: number;
}

export class Axis {
  readonly breaks: readonly Break[];
  readonly length: number;
  private readonly instants: readonly Instant[];
  private readonly places: ReadonlyMap<number, number>;

  /** `frames` in order; `calm` is whether silence is shortened; a call that goes on reaches to `until_s`. */
  constructor(frames: readonly Moment[], utterances: readonly Utterance[], calm: boolean, until_s: number | null = null) {
    const spoken = utterances.map((one) => [one.begin_s, one.end_s ?? Infinity] as const);
    const ends = spoken.flat().filter(Number.isFinite);
    const moments: { at_s: number; seq: number | null }[] = [...frames, ...ends.map((at_s) => ({ at_s, seq: null })), ...(until_s === null ? [] : [{ at_s: until_s, seq: null }])].sort((a, b) => a.at_s - b.at_s);
    const instants: Instant[] = [];
    const places = new Map<number, number>();
    const breaks: Break[] = [];
    let place = 0;
    for (const moment of moments) {
      const now = instants[instants.length - 1];
      if (now === undefined || moment.at_s > now.at_s) {
        const from_s = now?.at_s ?? Math.min(0, moment.at_s);
        const middle_s = (from_s + moment.at_s) / 2;
        const silent = calm && !spoken.some(([begin_s, end_s]) => begin_s < middle_s && middle_s < end_s);
        const span_s = moment.at_s - from_s;
        const drawn = PX_A_SECOND * (silent ? shortened(span_s) : span_s);
        if (silent && span_s > 2 * SHORT_S) breaks.push({ begin: place, end: place + drawn, span_s });
        place += drawn;
        instants.push({ at_s: moment.at_s, begin: place, end: place });
      }
      if (moment.seq === null) continue;
      places.set(moment.seq, place);
      place += calm ? STEP : STEP_TRUE;
      (instants[instants.length - 1] as Instant).end = place;
    }
    [this.instants, this.places, this.breaks, this.length] = [instants, places, breaks, place];
  }

  /** Where a frame stands; where its instant begins when it is not drawn itself. */
  of(moment: Moment): number {
    return this.places.get(moment.seq) ?? this.at(moment.at_s);
  }

  /** Where a second stands. */
  at(at_s: number): number {
    const place = this.before((one) => one.at_s <= at_s);
    const [now, next] = [this.instants[place], this.instants[place + 1]];
    if (now === undefined) return 0;
    if (at_s === now.at_s) return now.begin;
    if (next === undefined) return now.end + (at_s - now.at_s) * PX_A_SECOND;
    return now.end + ((next.begin - now.end) * (at_s - now.at_s)) / (next.at_s - now.at_s);
  }

  /** Which second stands there. */
  second(place: number): number {
    const at = this.before((one) => one.begin <= place);
    const [now, next] = [this.instants[at], this.instants[at + 1]];
    if (now === undefined) return this.instants[0]?.at_s ?? 0;
    if (place <= now.end) return now.at_s;
    if (next === undefined) return now.at_s + (place - now.end) / PX_A_SECOND;
    return now.at_s + ((next.at_s - now.at_s) * (place - now.end)) / (next.begin - now.end);
  }

  /** The last instant for which `holds`, which is true of the first ones and then never again. */
  private before(holds: (one: Instant) => boolean): number {
    let [low, high] = [0, this.instants.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.instants[middle] as Instant)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Silence up to half a second is as long as it was; then ever shorter, and an hour still longer than a minute. */
function shortened(span_s: number): number {
  return span_s <= SHORT_S ? span_s : SHORT_S + Math.log(span_s / SHORT_S) * (EVER_SHORTER / PX_A_SECOND);
}

const STEPS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Round seconds between two places, at least `apart` from one another (all of these in places). */
export function ticks(axis: Axis, begin: number, end: number, apart: number): { at_s: number; place: number }[] {
  const [from_s, to_s] = [axis.second(begin), axis.second(Math.min(end, axis.length))];
  const some = Math.max(1, Math.floor((end - begin) / apart));
  const step_s = STEPS_S.find((one) => (to_s - from_s) / one <= some) ?? 3600;
  const found: { at_s: number; place: number }[] = [];
  for (let number = Math.ceil(from_s / step_s); number * step_s <= to_s && found.length < 200; number += 1) {
    const at_s = number * step_s;
    const place = axis.at(at_s);
    const before = found[found.length - 1];
    const hidden = axis.breaks.some((one) => one.begin + 1 < place && place < one.end - 1); // how long it was stands there already
    if (!hidden && (before === undefined || place - before.place >= apart)) found.push({ at_s, place });
  }
  return found;
}
