/** Reads what a check returned. */
import type { Checked } from '../../src/indicator/checked.js';

export function sentValue(checked: Checked): string | undefined {
  return 'value' in checked ? checked.value : undefined;
}

export function problemOf(checked: Checked): string | undefined {
  return 'problem' in checked ? checked.problem : undefined;
}
