import type { Settings } from '../export/settings.js';
import type { Field } from './manifest.js';

/** The settings of a run by label, for its report; a masked one is never shown. */
export function shownSettings(fields: Field[], settings: Settings): Record<string, string> {
  const values = settings as unknown as Record<string, unknown>;
  return Object.fromEntries(
    fields.map(({ name, label, mask, options }) => {
      const value = String(values[name] ?? '');
      const shown = options?.find((option) => option.value === value)?.label ?? value;
      return [label, mask ? 'not shown' : shown];
    }),
  );
}
