/** `npm run tables`: writes the tables of the Markdown files from the code and the manifest. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentTables } from './readme/sources.js';
import { PRINTED_FILES, withPrintedTables } from './readme/tables.js';
import { ROOT } from './support/bundle.js';

for (const name of PRINTED_FILES.filter((n) => existsSync(join(ROOT, n)))) {
  const file = join(ROOT, name);
  const text = readFileSync(file, 'utf8');
  const printed = withPrintedTables(text, currentTables());
  if (printed !== text) writeFileSync(file, printed);
  console.log(`${name}: ${printed === text ? 'unchanged' : 'changed'}`);
}
