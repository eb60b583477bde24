import { start } from '../src/cli/main.js';

await start({
  list: 'exceptions',
  id: 'add_to_exception_list',
  manifest: new URL('../manifest.yaml', import.meta.url),
});
