/** What a check of one value returns. */

/** The value as it is sent; or why it cannot be sent, as a clause whose subject is the value. */
export type Checked = { value: string } | { problem: string };

export function problem(text: string): Checked {
  return { problem: text };
}

/** Why a domain or a URL with a `*` is refused, by whether the list accepts wildcards. */
export function wildcardProblem(wildcards: boolean): Checked {
  return problem(
    wildcards
      ? 'it has a * where the Exception List accepts none: it accepts one *. at the start of a name, and one * at the end of a URL that has a path'
      : 'it has a wildcard, and the Suspicious Object List accepts no wildcards',
  );
}
