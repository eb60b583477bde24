/** File hashes and mail addresses. */
import { regexes } from 'zod/v4/core';
import { invisibleProblem, trimValue } from './characters.js';
import { type Checked, problem } from './checked.js';
import { checkHost } from './domain.js';
import { refangMail } from './refang.js';

/** Checks a hash with exactly `digits` hexadecimal digits. The value that is sent has lower case. */
export function checkHash(text: string, digits: number): Checked {
  const hash = trimValue(text).toLowerCase();
  if (!/^[0-9a-f]+$/.test(hash)) {
    return problem(invisibleProblem(hash) ?? `it does not have ${digits} hexadecimal digits`);
  }
  if (hash.length === digits) return { value: hash };
  return problem(`it has ${hash.length} hexadecimal digits instead of ${digits}`);
}

/**
 * Checks a mail address. The value that is sent has its domain in lower case and A-labels, and its local
 * part unchanged.
 */
export function checkMail(text: string): Checked {
  const mail = refangMail(text);
  const invisible = invisibleProblem(mail);
  if (invisible !== undefined) return problem(invisible);
  if (mail.includes('*')) {
    return problem('it has a wildcard, and no list accepts wildcards in mail addresses');
  }
  const at = mail.lastIndexOf('@');
  if (at === -1) return problem('it has no @');
  const domain = checkHost(mail.slice(at + 1), { wildcards: false });
  if ('problem' in domain) return problem(`the part after the @ is not usable: ${domain.problem}`);
  const local = mail.slice(0, at);
  // The domain was checked above. It is replaced here because the pattern refuses `_`, which occurs in
  // names that send mail.
  if (!regexes.html5Email.test(`${local}@a.example`)) {
    return problem('it is not a valid mail address');
  }
  return { value: `${local}@${domain.value}` };
}
