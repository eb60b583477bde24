/**
 * Property tests use the same values in each run, so that a failure is due to a change. For other values:
 * `PROPERTY_SEED=7 npm test`.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_125) });
