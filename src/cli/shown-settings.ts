import { CUSTOM_REGION, type Settings } from '../export/settings.js';
import { truncate } from '../text/truncate.js';
import type { Field } from './manifest.js';

/** Never Block can be long. */
const MAX_SHOWN_CHARS = 1_000;

/** The settings of a run by label, for its report; a masked one is never shown. */
export function shownSettings(fields: Field[], settings: Settings): Record<string, string> {
  const valueByName = new Map<string, unknown>(Object.entries(settings));
  // An address that is not used was not checked: it may have a password.
  if (settings.api_region !== CUSTOM_REGION) valueByName.delete('api_endpoint');
  return Object.fromEntries(
    fields.map(({ name, label, mask, options = [] }) => {
      const value = String(valueByName.get(name) ?? '');
      const shown = options.find((option) => option.value === value)?.label ?? value;
      // Never Block has an entry in each line.
      const line = shown.trim().replace(/\s*[\r\n]+\s*/g, ', ');
      return [label, mask ? 'not shown' : truncate(line, MAX_SHOWN_CHARS)];
    }),
  );
}
