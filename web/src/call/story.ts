/** A call as it is told: frames are pushed one by one, when they are read from a report as well as while the call lives. */

import { Causes } from "./causes";
import type { Finding, Frame } from "./journal";
import { Lanes } from "./lanes";
import { SILENCE, type Speech, stepSpeech } from "./speech";
import { type Spans, stepSpans } from "./spans";
import { NOTHING_YET, type State, step } from "./state";

export class Story {
  readonly frames: Frame[] = [];
  readonly lanes = new Lanes();
  readonly causes = new Causes();
  speech: Speech = SILENCE;
  spans: Spans = [];
  private readonly places = new Map<number, number>();
  private readonly states: State[] = [];
  private readonly found = new Map<number, Finding[]>();

  constructor(frames: Iterable<Frame> = [], findings: readonly Finding[] = []) {
    for (const one of findings) if (one.seq !== undefined) this.found.set(one.seq, [...(this.found.get(one.seq) ?? []), one]);
    for (const frame of frames) this.push(frame);
  }

  push(frame: Frame): void {
    this.places.set(frame.seq, this.frames.length);
    this.frames.push(frame);
    this.lanes.push(frame);
    this.causes.push(frame);
    this.speech = stepSpeech(this.speech, frame);
    this.spans = stepSpans(this.spans, frame);
    this.states.push(step(this.states[this.states.length - 1] ?? NOTHING_YET, frame));
  }

  /** A rule has something to say of a frame, while the call goes on. */
  remark(finding: Finding): void {
    if (finding.seq !== undefined) this.found.set(finding.seq, [...this.findings(finding.seq), finding]);
  }

  frame(seq: number): Frame | undefined {
    const place = this.places.get(seq);
    return place === undefined ? undefined : this.frames[place];
  }

  /** How things stood after that frame. */
  after(seq: number): State {
    return this.states[this.places.get(seq) ?? -1] ?? NOTHING_YET;
  }

  findings(seq: number): readonly Finding[] {
    return this.found.get(seq) ?? [];
  }

  /** Numbers of frames on which a rule has something to say. */
  get remarked(): number[] {
    return [...this.found.keys()].sort((one, other) => one - other);
  }
}
