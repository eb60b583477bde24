/** Whether output has colours. */
import { type Paint, withColour, withoutColour } from '../text/paint.js';

/**
 * Colours at a terminal, unless `NO_COLOR` has a value (https://no-color.org) or `TERM` is `dumb`.
 * `FORCE_COLOR` wins over both and needs no terminal, as in Node: `0` and `false` mean none, any other
 * value means colours (https://force-color.org). An empty variable counts as missing.
 */
export function paintFor({ isTTY }: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const { FORCE_COLOR, NO_COLOR, TERM } = env;
  const isColoured = FORCE_COLOR
    ? FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
    : isTTY === true && !NO_COLOR && TERM !== 'dumb';
  return isColoured ? withColour : withoutColour;
}
