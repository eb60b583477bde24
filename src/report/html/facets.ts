/** By what the rows of the table are filtered. Pure functions. */
import type { Item } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { escapeInvisible } from '../../text/escape-invisible.js';
import { truncate } from '../../text/truncate.js';
import { changeOf, displayedOutcome, labelOf, outcomeLabel } from '../labels.js';

interface Facet {
  /** Its name in the URL of a filtered table. */
  key: string;
  label: string;
  codeOf: (item: Item) => string | undefined;
  labelOf: (code: string, item: Item) => string;
}

export const FACETS: readonly Facet[] = [
  {
    key: 'outcome',
    label: 'Outcome',
    codeOf: displayedOutcome,
    labelOf: (_, item) => outcomeLabel(item),
  },
  { key: 'change', label: 'Change', codeOf: changeOf, labelOf },
  { key: 'type', label: 'Type', codeOf: ({ type }) => type, labelOf: defang },
  {
    key: 'reason',
    label: 'Reason',
    codeOf: (item) => ('reason' in item ? item.reason : undefined),
    labelOf,
  },
];

const MAX_LABEL_CHARS = 40;

export interface Facets {
  /** The codes and labels of each facet, in the order of FACETS. */
  options: [code: string, label: string][][];
  /** Each combination of options that occurs: their indexes in the order of FACETS, −1 for none. */
  groups: number[][];
  groupOf: Map<Item, number>;
}

/** With the groups, the page's script filters and counts without looking at the cells of each row. */
export function facetsOf(items: readonly Item[]): Facets {
  const facets: Facets = { options: FACETS.map(() => []), groups: [], groupOf: new Map() };
  const optionIndexes = FACETS.map(() => new Map<string, number>());
  const groupIndexes = new Map<string, number>();
  for (const item of items) {
    const group = FACETS.map(({ codeOf, labelOf }, at) => {
      const code = codeOf(item);
      if (code === undefined) return -1;
      return indexIn(optionIndexes[at], code, () => {
        const label = truncate(labelOf(code, item), MAX_LABEL_CHARS);
        facets.options[at]?.push([code, escapeInvisible(label)]);
      });
    });
    const index = indexIn(groupIndexes, group.join(), () => facets.groups.push(group));
    facets.groupOf.set(item, index);
  }
  return facets;
}

/** The index of a key in the order in which keys are added. */
function indexIn(indexes: Map<string, number> | undefined, key: string, onNew: () => void): number {
  const known = indexes?.get(key);
  if (known !== undefined) return known;
  const index = indexes?.size ?? 0;
  indexes?.set(key, index);
  onNew();
  return index;
}
