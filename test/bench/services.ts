/** Starts what is measured against. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Addresses {
  /** A run document's section. */
  threatq: { host: string; client_id: string; client_secret: string };
  /** The strict stand-in. */
  visionOne: string;
  /** Takes 50 ms for a request and believes everything. */
  slowList: string;
}

export interface Services extends Addresses, Disposable {}

export async function startServices(): Promise<Services> {
  const file = fileURLToPath(new URL('stand-in.ts', import.meta.url));
  const child: ChildProcess = fork(file, { execArgv: ['--import', 'tsx'] });
  const addresses = await new Promise<Addresses>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Addresses));
    child.once('exit', () => reject(new Error('the stand-in ended before it began')));
  });
  return { ...addresses, [Symbol.dispose]: () => void child.kill() };
}
