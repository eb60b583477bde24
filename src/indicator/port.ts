/** Ports after host names and addresses. */

export const MAX_PORT = 65_535;

/** Whether a text ends with a port. A text with more than one colon has one only after an IPv6 address in brackets. */
export function hasPort(text: string): boolean {
  const port = /^(?:[^:/?#]*|\[[^\]]*\]):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= MAX_PORT;
}

/** `192.0.2.7` for `192.0.2.7:8080`, `2001:db8::1` for `[2001:db8::1]:443`; a text without a port is unchanged. */
export function withoutPort(text: string): string {
  if (!hasPort(text)) return text;
  return text.slice(0, text.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
