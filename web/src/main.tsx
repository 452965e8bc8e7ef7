/** Reads what the report put into the page, and shows it. (The live page has a script of its own: a report knows no network.) */

import { render } from "preact";
import type { Difference } from "./call/difference";
import type { Call, Frame, Run } from "./call/journal";
import { Story } from "./call/story";
import { App } from "./view/app";
import { Comparison } from "./view/comparison";

function embedded<T>(id: string): T | undefined {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : undefined;
}

const framesOf = (call: Call): Frame[] => embedded<Frame[]>(`call-${call.number}`) ?? [];
const told = new Map<number, Story>();

/** A call is read when it is looked at: a page with hundreds of them opens at once. */
function story(call: Call): Story {
  const known = told.get(call.number) ?? new Story(framesOf(call), call.findings);
  told.set(call.number, known);
  return known;
}

const run = embedded<Run>("run");
const root = document.getElementById("page");
if (run !== undefined && root !== null) {
  root.textContent = "";
  const difference = embedded<Difference>("difference");
  render(difference === undefined ? <App run={run} story={story} version={0} /> : <Comparison run={run} difference={difference} framesOf={framesOf} />, root);
}
