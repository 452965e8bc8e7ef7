/** A frame as JSON: laid out, to fold and unfold, every value a text node. */

import { useState } from "preact/hooks";
import type { Json } from "../call/journal";
import { visible } from "../call/words";

const MOST_CHILDREN = 100;
const MOST_TEXT = 600;

export function JsonTree({ value }: { value: Json }) {
  return (
    <div class="json" role="tree" aria-label="content of the frame">
      <Node value={value} depth={0} last />
    </div>
  );
}

function Node({ name, value, depth, last }: { name?: string; value: Json; depth: number; last: boolean }) {
  const nested = value !== null && typeof value === "object";
  const entries: [string | undefined, Json][] = !nested ? [] : Array.isArray(value) ? value.map((one) => [undefined, one]) : Object.entries(value);
  const [open, setOpen] = useState(depth < 3 && (depth < 2 || entries.length <= 12));
  const [all, setAll] = useState(false);
  const label = name === undefined ? null : <span class="json-name">{visible(JSON.stringify(name))}: </span>;
  const comma = last ? "" : ",";
  const indent = { paddingLeft: `${depth * 14 + 14}px` };
  if (!nested || entries.length === 0) {
    return (
      <div class="json-line" role="treeitem" style={indent}>
        {label}
        {nested ? (Array.isArray(value) ? "[]" : "{}") : <Leaf value={value} />}
        {comma}
      </div>
    );
  }
  const [begin, end] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const shown = all ? entries : entries.slice(0, MOST_CHILDREN);
  return (
    <div role="treeitem" aria-expanded={open}>
      <div class="json-line" style={indent}>
        <button type="button" class="fold" aria-label={`${open ? "fold" : "unfold"} ${name === undefined ? "this" : visible(name)}`} onClick={() => setOpen(!open)}>
          {open ? "▾" : "▸"}
        </button>
        {label}
        {begin}
        {!open && (
          <>
            <button type="button" class="json-more" onClick={() => setOpen(true)}>
              {entries.length} {entries.length === 1 ? "entry" : "entries"}
            </button>
            {end}
            {comma}
          </>
        )}
      </div>
      {open && (
        <div role="group">
          {shown.map(([key, one], place) => (
            <Node key={key ?? place} {...(key === undefined ? {} : { name: key })} value={one} depth={depth + 1} last={place === entries.length - 1} />
          ))}
          {shown.length < entries.length && (
            <button type="button" class="json-more" onClick={() => setAll(true)}>
              {entries.length - shown.length} more
            </button>
          )}
          <div class="json-line" style={indent}>
            {end}
            {comma}
          </div>
        </div>
      )}
    </div>
  );
}

function Leaf({ value }: { value: null | boolean | number | string }) {
  const [all, setAll] = useState(false);
  if (typeof value !== "string") return <span class="json-value">{String(value)}</span>;
  const long = value.length > MOST_TEXT && !all;
  return (
    <span class="json-text">
      {visible(JSON.stringify(long ? value.slice(0, MOST_TEXT) : value))}
      {long && (
        <button type="button" class="json-more" onClick={() => setAll(true)}>
          {value.length - MOST_TEXT} more characters
        </button>
      )}
    </span>
  );
}
