/** The runs that the benchmark measures: what they read, and what is on the list. */
import { OBJECT_KEYS, type ObjectKey } from '../../src/indicator/indicator.js';

export interface Scenario {
  /** For `--only`. The stand-in has a port for each scenario; the data collection has the name as its hash. */
  name: string;
  /** In words, for the printed table. */
  what: string;
  /** Indicators of the data collection. */
  rows: number;
  /** Their types, in turn. */
  types: readonly ObjectKey[];
  /**
   * What the list has:
   * - `nothing`
   * - `full`: objects that others added, as many of each type as its cap allows
   * - `exported`: what a run before exported, after which 1 % of the indicators got another score
   */
  listed: 'nothing' | 'full' | 'exported';
  /** How long the services take for each answer, in milliseconds. */
  answerMs: number;
  /** Whether `npm run bench -- --quick` measures it. */
  isQuick: boolean;
  /** Whether it is also measured with reports. */
  hasReport?: true;
  /** The time to reach, as a multiple of that of the floor client. It is printed and not checked. */
  aim?: number;
}

const FOUR_TYPES = ['domain', 'url', 'fileSha256', 'ip'] as const;

export const SCENARIOS: Scenario[] = [
  {
    name: 'first',
    what: '10,000 indicators, empty list',
    rows: 10_000,
    types: FOUR_TYPES,
    listed: 'nothing',
    answerMs: 50,
    isQuick: true,
    aim: 1.2,
  },
  {
    name: 'nightly',
    what: '10,000 indicators, listed already, 1 % changed',
    rows: 10_000,
    types: FOUR_TYPES,
    listed: 'exported',
    answerMs: 50,
    isQuick: false,
  },
  {
    name: 'full',
    what: '10,000 indicators, full list',
    rows: 10_000,
    types: FOUR_TYPES,
    listed: 'full',
    answerMs: 50,
    isQuick: false,
    aim: 1.12,
  },
  {
    name: 'six',
    what: '600 indicators of six types, full list',
    rows: 600,
    types: OBJECT_KEYS,
    listed: 'full',
    answerMs: 50,
    isQuick: true,
    aim: 1.15,
  },
  {
    name: 'large',
    what: '100,000 indicators, full list',
    rows: 100_000,
    types: FOUR_TYPES,
    listed: 'full',
    answerMs: 50,
    isQuick: false,
    aim: 1.3,
    hasReport: true,
  },
];

/** A run of one object. Its requests take no time, so that only the start of the action is measured. */
export const ONE_OBJECT: Scenario = {
  name: 'one',
  what: 'one object',
  rows: 1,
  types: ['domain'],
  listed: 'nothing',
  answerMs: 0,
  isQuick: true,
};
