/** Draws the lanes of a call on a canvas. Text on a canvas is ink: nothing of it can become an element. */

import { type Axis, ticks } from "../call/axis";
import type { Frame } from "../call/journal";
import { duration, isTrouble, visible } from "../call/words";
import { ends, type Layout, RULER, type SpanBox, type SpeechBox } from "./geometry";

/** The part of the axis that is seen: `left` in pixels from its beginning, at this zoom. */
export interface Window {
  left: number;
  zoom: number;
  width: number;
}

export interface Picture {
  axis: Axis;
  layout: Layout;
  frames: readonly Frame[];
  window: Window;
  selected: Frame | undefined;
  hovered: number | null;
  chain: ReadonlySet<number>;
  remarked: ReadonlySet<number>;
}

export type Colours = (name: string) => string;

/** The colours of the page as they are now, light or dark. */
export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name) ?? style.getPropertyValue(`--${name}`).trim();
    known.set(name, found);
    return found;
  };
}

const FONT = '11.5px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

export function paint(canvas: HTMLCanvasElement, picture: Picture): void {
  const { layout, window: seen } = picture;
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(seen.width * ratio), Math.round(layout.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const ink = canvas.getContext("2d");
  if (ink === null) return;
  const colour = colours();
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  ink.clearRect(0, 0, seen.width, layout.height);
  ink.font = FONT;
  ink.textBaseline = "middle";
  const x = (place: number): number => place * seen.zoom - seen.left;
  paintBands(ink, picture, colour);
  paintRuler(ink, picture, colour, x);
  const selected = picture.selected;
  if (selected !== undefined) {
    const at = Math.round(x(picture.axis.of(selected))) + 0.5;
    stroke(ink, colour("accent"), 1, () => line(ink, at, RULER, at, layout.height), 0.5);
  }
  paintFrames(ink, picture, colour, x);
  for (const box of layout.spans) paintSpan(ink, box, seen, colour, x);
  for (const box of layout.speech) paintSpeech(ink, box, seen, colour, x);
  paintNotes(ink, picture, colour, x);
}

function paintBands(ink: CanvasRenderingContext2D, { layout, window: seen }: Picture, colour: Colours): void {
  for (const band of layout.bands) {
    ink.fillStyle = colour("ground");
    ink.fillRect(0, band.top, seen.width, band.height);
    ink.fillStyle = colour("line");
    ink.fillRect(0, band.top, seen.width, 1);
    ink.fillRect(0, band.top + band.height - 1, seen.width, 1);
  }
}

function paintRuler(ink: CanvasRenderingContext2D, { axis, layout, window: seen }: Picture, colour: Colours, x: (place: number) => number): void {
  const [begin, end] = [seen.left / seen.zoom, (seen.left + seen.width) / seen.zoom];
  for (const rest of axis.breaks) {
    const [from, to] = [x(rest.begin), x(rest.end)];
    if (to < 0 || from > seen.width) continue;
    ink.fillStyle = colour("raised");
    ink.globalAlpha = 0.7;
    ink.fillRect(from + 1, RULER, to - from - 2, layout.height - RULER);
    ink.globalAlpha = 1;
    const label = duration(rest.span_s);
    ink.fillStyle = colour("muted");
    if (ink.measureText(label).width + 6 < to - from) ink.fillText(label, (from + to - ink.measureText(label).width) / 2, layout.height - 9);
  }
  for (const tick of ticks(axis, begin, end, 64 / seen.zoom)) {
    const at = Math.round(x(tick.place)) + 0.5;
    stroke(ink, colour("line"), 1, () => line(ink, at, RULER - 5, at, layout.height));
    ink.fillStyle = colour("muted");
    ink.fillText(clock(tick.at_s), at + 4, RULER / 2);
  }
  ink.fillStyle = colour("line");
  ink.fillRect(0, RULER - 1, seen.width, 1);
}

/** `0:07.5`, or `1:02:00` from an hour on. */
export function clock(at_s: number): string {
  const [hours, minutes] = [Math.floor(at_s / 3600), Math.floor((at_s % 3600) / 60)];
  const rest = at_s % 60;
  const told = Number.isInteger(Number(rest.toFixed(2))) ? rest.toFixed(0).padStart(2, "0") : rest.toFixed(2).replace(/0$/, "").padStart(4, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${told}` : `${minutes}:${told}`;
}

function paintFrames(ink: CanvasRenderingContext2D, picture: Picture, colour: Colours, x: (place: number) => number): void {
  const { axis, layout, window: seen } = picture;
  const bands = new Map(layout.bands.map((band) => [band.lane.id, band]));
  const heads = seen.zoom >= 0.35;
  const faint = Math.max(0.25, Math.min(0.8, 1.6 * seen.zoom)); // from far away lines would be all that is seen
  for (const frame of picture.frames) {
    const at = Math.round(x(axis.of(frame))) + 0.5;
    if (at < -6 || at > seen.width + 6) continue;
    const [from, to] = ends(frame, bands);
    if (from === undefined || to === undefined) continue;
    const own = frame.seq === picture.selected?.seq || frame.seq === picture.hovered;
    const trouble = isTrouble(frame) || picture.remarked.has(frame.seq);
    const tint = own || picture.chain.has(frame.seq) ? colour("accent") : trouble ? colour("bad") : colour(LINK[frame.link] ?? "media");
    if (from === to) dot(ink, at, from, tint, trouble, own);
    else arrow(ink, at, from, to, tint, own ? 2 : picture.chain.has(frame.seq) ? 1.75 : 1, heads || own, faint);
  }
}

const LINK: Record<string, string> = { app: "app", model: "model", media: "media", world: "world" };

function arrow(ink: CanvasRenderingContext2D, at: number, from: number, to: number, tint: string, width: number, head: boolean, faint: number): void {
  stroke(ink, tint, width, () => line(ink, at, from, at, to), width > 1 ? 1 : faint);
  if (!head) return;
  const back = to > from ? -5 : 5;
  ink.fillStyle = tint;
  ink.beginPath();
  ink.moveTo(at, to);
  ink.lineTo(at - 3, to + back);
  ink.lineTo(at + 3, to + back);
  ink.fill();
}

function dot(ink: CanvasRenderingContext2D, at: number, y: number, tint: string, trouble: boolean, own: boolean): void {
  ink.fillStyle = tint;
  ink.beginPath();
  const size = (trouble ? 5 : 2.5) + (own ? 1 : 0);
  if (trouble) for (const [dx, dy] of [[0, -size], [size, 0], [0, size], [-size, 0]] as const) ink.lineTo(at + dx, y + dy);
  else ink.arc(at, y, size, 0, 2 * Math.PI);
  ink.fill();
}

function paintSpan(ink: CanvasRenderingContext2D, box: SpanBox, seen: Window, colour: Colours, x: (place: number) => number): void {
  const [from, to] = [x(box.begin), x(box.end)];
  if (to < 0 || from > seen.width) return;
  const role = { jambonz: "verb", model: "model", app: "app", world: "world", caller: "verb" }[box.span.lane];
  ink.fillStyle = colour(box.span.bad ? "bad-ground" : `${role}-ground`);
  block(ink, from, box.top, Math.max(3, to - from), box.height);
  ink.fillStyle = colour(box.span.bad ? "bad" : role);
  if (to - from > 6 || box.end - box.begin <= 3) ink.fillRect(from, box.top, 2, box.height);
  const note = box.span.note === "" ? "" : `  ${box.span.note}`;
  words(ink, `${box.span.label}${note}`, from, to, box.top + box.height / 2, seen);
}

function paintSpeech(ink: CanvasRenderingContext2D, box: SpeechBox, seen: Window, colour: Colours, x: (place: number) => number): void {
  const [from, to, lost] = [x(box.begin), x(box.end), x(box.cut_end)];
  if (lost < 0 || from > seen.width) return;
  const own = box.utterance.by === "caller" ? "says" : "hears";
  if (lost > to + 2) {
    hatch(ink, to, box.top, lost - to, box.height, colour);
    ink.fillStyle = colour("cut");
    words(ink, box.utterance.cut || `not heard: ${duration(box.utterance.cut_s)}`, to, lost, box.top + box.height / 2, seen, true);
  }
  ink.fillStyle = colour(`${own}-ground`);
  block(ink, from, box.top, Math.max(3, to - from), box.height);
  ink.fillStyle = colour(own);
  words(ink, box.utterance.text || (box.utterance.end_s === null ? "speaking …" : ""), from, to, box.top + box.height / 2, seen);
}

function hatch(ink: CanvasRenderingContext2D, left: number, top: number, width: number, height: number, colour: Colours): void {
  ink.fillStyle = colour("cut-ground");
  ink.fillRect(left, top, width, height);
  ink.save();
  ink.beginPath();
  ink.rect(left, top, width, height);
  ink.clip();
  stroke(ink, colour("cut"), 1, () => {
    for (let at = left - height; at < left + width; at += 7) line(ink, at, top + height, at + height, top);
  }, 0.16);
  ink.restore();
  ink.setLineDash([3, 3]);
  stroke(ink, colour("cut"), 1, () => ink.rect(left + 0.5, top + 0.5, width - 1, height - 1), 0.7);
  ink.setLineDash([]);
}

/** Marks on the ruler where a rule has something to say, and how far everything has got. */
function paintNotes(ink: CanvasRenderingContext2D, picture: Picture, colour: Colours, x: (place: number) => number): void {
  for (const frame of picture.frames) {
    if (!picture.remarked.has(frame.seq)) continue;
    const at = x(picture.axis.of(frame));
    ink.fillStyle = colour("bad");
    ink.beginPath();
    for (const [dx, dy] of [[-4.5, -9], [4.5, -9], [0, 0]] as const) ink.lineTo(at + dx, RULER + dy);
    ink.fill();
  }
}

/** Words inside a box, as many as fit; they stay in sight while any of the box is. */
function words(ink: CanvasRenderingContext2D, text: string, from: number, to: number, y: number, seen: Window, struck = false): void {
  const [left, right] = [Math.max(from, 0) + 7, Math.min(to, seen.width) - 5];
  if (right - left < 14) return;
  const shown = fitting(ink, visible(text), right - left);
  ink.fillText(shown, left, y + 0.5);
  if (struck && shown !== "") ink.fillRect(left, Math.round(y), ink.measureText(shown).width, 1);
}

function fitting(ink: CanvasRenderingContext2D, text: string, width: number): string {
  if (text.length < 400 && ink.measureText(text).width <= width) return text;
  let [low, high] = [0, Math.min(text.length, 400)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ink.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
}

function block(ink: CanvasRenderingContext2D, left: number, top: number, width: number, height: number): void {
  ink.beginPath();
  if (typeof ink.roundRect === "function") ink.roundRect(left, top, width, height, Math.min(4, width / 2));
  else ink.rect(left, top, width, height);
  ink.fill();
}

function line(ink: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ink.moveTo(x1, y1);
  ink.lineTo(x2, y2);
}

function stroke(ink: CanvasRenderingContext2D, tint: string, width: number, path: () => void, alpha = 1): void {
  ink.save();
  [ink.strokeStyle, ink.lineWidth, ink.globalAlpha] = [tint, width, alpha];
  ink.beginPath();
  path();
  ink.stroke();
  ink.restore();
}
