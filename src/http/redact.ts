/**
 * The last line of defence for secrets: whatever leaves the program goes through a redactor that
 * knows them all, because a service or a proxy may send one back in an error message.
 */
import { CUT } from './cut.js';

const REDACTED = '[redacted]';

/** Shorter texts are no secret that a service would accept, and would black out ordinary words. */
const SHORTEST = 4;

/**
 * All forms in which a secret might come back: as it is, URL-encoded as browsers, Python and RFC 3986
 * have it, in JSON as JavaScript, Python and PHP (ThreatQ's language) write it, in HTML, in base64.
 */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  const url = encodeURIComponent(secret.toWellFormed());
  const strictUrl = url.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  const json = JSON.stringify(secret).slice(1, -1);
  const asciiJson = json.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [
    secret,
    url,
    strictUrl,
    strictUrl.replaceAll('%2F', '/'),
    new URLSearchParams({ s: secret }).toString().slice(2),
    json,
    json.replaceAll('/', '\\/'),
    asciiJson,
    asciiJson.replaceAll('/', '\\/'),
    ...["'", '&#39;', '&#x27;', '&#039;', '&apos;'].map((quote) => html(secret, quote)),
    html(secret, "'").replaceAll('&quot;', '"'),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret, 'utf8').toString('base64url'),
    ...within(secret, 'base64'),
    ...within(secret, 'base64url'),
  ];
}

/** What base64 makes of a secret in the midst of other text, such as `Bearer ` before a key. */
function within(secret: string, encoding: 'base64' | 'base64url'): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    // Without the letters at either end, which hold bits of what stands beside it.
    const core = whole.slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + bytes.length) * 8) / 6),
    );
    return core.length >= 2 * SHORTEST ? core : [];
  });
}

function html(text: string, quote: string): string {
  const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? quote);
}

export class Redactor {
  #forms = new Set<string>();
  #pattern: RegExp | undefined;
  /** The forms, in lower case, by their first letters. */
  #byBeginning = new Map<string, string[]>();
  #longest = 0;

  /** Remembers secrets (API keys, passwords, tokens); what is missing or very short is passed over. */
  add(...secrets: Array<string | null | undefined>): void {
    for (const secret of secrets) {
      if (!secret || secret.length < SHORTEST) continue;
      for (const form of formsOf(secret)) this.#forms.add(form);
    }
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#longest = longestFirst[0]?.length ?? 0;
    this.#byBeginning.clear();
    for (const form of longestFirst.map((text) => text.toLowerCase())) {
      const beginning = form.slice(0, SHORTEST);
      this.#byBeginning.set(beginning, [...(this.#byBeginning.get(beginning) ?? []), form]);
    }
    this.#pattern = longestFirst.length
      ? new RegExp(
          longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
          'gi',
        )
      : undefined;
  }

  /** The text with every known secret, in any of its forms, replaced. */
  text(text: string): string {
    const pattern = this.#pattern;
    if (!pattern) return text;
    let shown = '';
    let hiddenTo = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      if (match.index >= hiddenTo) shown += text.slice(hiddenTo, match.index) + REDACTED;
      hiddenTo = Math.max(hiddenTo, match.index + match[0].length);
      // On from the next character, for the next secret may begin within this one.
      pattern.lastIndex = match.index + 1;
    }
    return this.#hideCut(shown + text.slice(hiddenTo));
  }

  /** A secret may have been cut in two together with the text around it. */
  #hideCut(text: string): string {
    const [last = '', ...before] = text.split(CUT).reverse();
    if (before.length === 0) return text;
    const hidden = before.map((part) => {
      const tail = part.slice(-this.#longest).toLowerCase();
      for (let at = 0; at <= tail.length - SHORTEST; at++) {
        const forms = this.#byBeginning.get(tail.slice(at, at + SHORTEST));
        const cut = tail.slice(at);
        if (forms?.some((form) => form.startsWith(cut))) {
          return part.slice(0, part.length - cut.length) + REDACTED;
        }
      }
      return part;
    });
    return [...hidden.reverse(), last].join(CUT);
  }

  /** A copy of plain data in which every string is redacted; keys and numbers stay. */
  data<T>(value: T): T {
    if (!this.#pattern) return value;
    if (typeof value === 'string') return this.text(value) as T;
    if (Array.isArray(value)) return value.map((entry) => this.data(entry)) as T;
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, this.data(entry)]),
      ) as T;
    }
    return value;
  }
}
