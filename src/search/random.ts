/** Numbers from 0 below a bound, always the same ones for the same seed. */
export type Random = (below: number) => number;

/** As mulberry32; `stream` tells apart those that begin with the same seed. */
export function randomFrom(seed: number, stream = 0): Random {
  let state = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0x85ebca6b) ^ mixed(stream);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    return Math.floor((mixed(state) / 2 ** 32) * below);
  };
}

function mixed(word: number): number {
  let bits = Math.imul(word ^ (word >>> 15), word | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return (bits ^ (bits >>> 14)) >>> 0;
}
