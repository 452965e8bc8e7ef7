/** Where in the page one is, as the part of its address behind `#`: `#s3f101` is frame 101 of the third scenario. */

export interface Address {
  call: number | null;
  seq: number | null;
}

export function parse(hash: string): Address {
  const found = /^#s([1-9][0-9]{0,6})(?:f(0|[1-9][0-9]{0,8}))?$/.exec(hash);
  return { call: found?.[1] === undefined ? null : Number(found[1]), seq: found?.[2] === undefined ? null : Number(found[2]) };
}

export const format = ({ call, seq }: Address): string => (call === null ? "#" : `#s${call}${seq === null ? "" : `f${seq}`}`);
