/** A data collection and a list as values, for tests of plans without any request. */

import type { Actual, Plan, PlanSettings } from '../../src/export/changes.js';
import { describerFor, tagged } from '../../src/export/description.js';
import { desiredOf, type MadeObject } from '../../src/export/desired.js';
import { evaluate } from '../../src/export/evaluate.js';
import { Ledger } from '../../src/export/ledger.js';
import { planChanges } from '../../src/export/plan.js';
import type { Settings } from '../../src/export/settings.js';
import { type ListIdentity, listIdentity } from '../../src/indicator/identity.js';
import type { Indicator, ObjectKey } from '../../src/indicator/indicator.js';
import type { Listed } from '../../src/vision-one/list-reader.js';
import { LISTS, type ListName } from '../../src/vision-one/lists.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';
import { BLOCKLIST_SETTINGS, EXCEPTION_SETTINGS } from './in-process.js';
import { evaluationContext } from './mapping.js';

export const OWN_TAG = '0123456789abcdef';
export const SIBLING_TAG = 'fedcba9876543210';
export const NOW = Date.UTC(2026, 0, 1);
export const DAY = 86_400_000;

/** An object on the list, as an analyst would have added it unless `given` says otherwise. */
export function listedObject(value: string, given: Partial<Listed> = {}): Listed {
  return {
    key: 'domain',
    value,
    description: 'by Ann',
    scanAction: 'block',
    riskLevel: 'high',
    modified: NOW - DAY,
    expires: NOW + 30 * DAY,
    inExceptionList: false,
    ...given,
  };
}

export const ownDescription = (score: number | null = null) =>
  tagged(`Source=ThreatQ; Collection=c2${score === null ? '' : `; Score=${score}`}`, OWN_TAG);

/** The list as a plan sees it. */
function actualOf(objects: readonly Listed[]): Actual {
  const byIdentity = new Map<ListIdentity, Listed[]>();
  for (const listed of objects) {
    const identity = listIdentity(listed.key, listed.value);
    byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), listed]);
  }
  return {
    find: (_, identity) => byIdentity.get(identity) ?? [],
    size: (key) => objects.filter((listed) => listed.key === key).length,
    all: () => objects.map((listed) => [listIdentity(listed.key, listed.value), listed] as const),
  };
}

export interface World {
  indicators: Indicator[];
  listed: Listed[];
  list?: ListName;
  cap?: number;
  settings?: Partial<Settings>;
  plan?: Partial<PlanSettings>;
}

/** The objects that indicators make, in the order of the indicators. */
function madeOf({ indicators, list = 'suspicious_objects', settings }: World): MadeObject[] {
  const ledger = new Ledger();
  const defaults = list === 'exceptions' ? EXCEPTION_SETTINGS : BLOCKLIST_SETTINGS;
  const context = evaluationContext({
    list: LISTS[list],
    settings: { ...defaults, ...settings },
    protectedHosts: list === 'exceptions' ? undefined : [],
  });
  return indicators.flatMap((indicator) =>
    evaluate(indicator, context).objects.map((made) => ledger.open(made)),
  );
}

/** Plans the changes of a world with the defaults of the blocklist action. */
export function planOf(world: World): Plan {
  const { listed, list = 'suspicious_objects', cap = LISTS[list].cap, settings, plan } = world;
  const { existing_objects = 'changed', removed_indicators = 'keep' } = settings ?? {};
  return planChanges(desiredOf(madeOf(world), undefined), actualOf(listed), {
    list: { ...LISTS[list], cap },
    existing: existing_objects,
    removes: removed_indicators === 'remove',
    protects: settings?.protect_existing ?? true,
    ownerTag: OWN_TAG,
    describe: describerFor('c2'),
    noRemovalReason: undefined,
    allowLargeRemoval: true,
    limit: 10_000,
    approval: undefined,
    now: NOW,
    ...plan,
  });
}

const keyOf = ({ key, value }: { key: ObjectKey; value: string }) =>
  `${key} ${value}`.toLowerCase();

/** The list after a plan was applied. Vision One updates an object that is listed in another case. */
export function applied(listed: readonly Listed[], plan: Plan): Listed[] {
  const after = new Map(listed.map((object) => [keyOf(object), object]));
  for (const removal of plan.removals) after.delete(keyOf(removal.listed));
  for (const { key, object } of plan.additions) {
    const value = object[key] ?? '';
    const before = after.get(keyOf({ key, value }));
    after.set(keyOf({ key, value }), {
      ...listedObject(before?.value ?? value, { key }),
      ...listedSettings(object),
      modified: NOW - DAY,
    });
  }
  return [...after.values()];
}

function listedSettings({
  description = '',
  scanAction = 'log',
  riskLevel = 'high',
  daysToExpiration: days = 30,
}: VisionOneObject): Partial<Listed> {
  return { description, scanAction, riskLevel, expires: days < 0 ? undefined : NOW + days * DAY };
}
