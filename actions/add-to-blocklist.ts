import { start } from '../src/cli/main.js';

await start({
  list: 'suspicious_objects',
  id: 'add_to_blocklist',
  manifest: new URL('../manifest.yaml', import.meta.url),
});
