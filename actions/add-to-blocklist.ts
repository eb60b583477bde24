import { start } from '../src/host/main.js';

await start({
  list: 'suspicious_objects',
  id: 'add_to_blocklist',
  manifest: new URL('../manifest.yaml', import.meta.url),
});
