/** Colours in what a terminal shows. */
import { styleText } from 'node:util';

export type Colour = 'green' | 'yellow' | 'red';

/** Colours text. Data must be escaped before: the codes of the colours are control characters. */
export type Paint = (colour: Colour, text: string) => string;

export const withoutColour: Paint = (_, text) => text;

/** Always colours: newer versions of Node would look at the environment, the older ones that run do not. */
export const withColour: Paint = (colour, text) =>
  styleText(colour, text, { validateStream: false });
