/**
 * Property tests try the same values on each run, so that a red run tells of the change at hand. For
 * others: `PROPERTY_SEED=7 npm test`.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_125) });
