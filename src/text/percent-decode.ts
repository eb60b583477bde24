/** Decodes percent-encoded text as UTF-8; returns it unchanged if it is malformed. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
