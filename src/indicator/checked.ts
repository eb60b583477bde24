/** What a check of one value returns. */

/** The value as it is sent; or why it cannot be sent, as a clause whose subject is the value. */
export type Checked = { value: string } | { problem: string };

export function problem(text: string): Checked {
  return { problem: text };
}

export const WILDCARD_PROBLEM =
  'it has a wildcard, and the Suspicious Object List accepts no wildcards';
