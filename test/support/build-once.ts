/** The zip is built once before all tests, so that none of them can look at an old one. */
import { build } from './bundle.js';

export default async function setup(): Promise<void> {
  await build();
}
