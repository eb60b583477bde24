/** Starts the stand-ins of the benchmark in a process of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Addresses {
  /** The section `threatq` of a run document. */
  threatq: { host: string; client_id: string; client_secret: string };
  /** The stand-in that validates requests. */
  visionOne: string;
  /** The same with a list of 60,000 objects of the collection with 100,000 rows. */
  fullVisionOne: string;
  /** Two ThreatQs that answer after 50 ms, with one data collection in two states. */
  nights: [even: Addresses['threatq'], odd: Addresses['threatq']];
  /** A Vision One that answers after 50 ms. */
  visionOneOfNights: string;
  /** Answers each request after 50 ms, and validates nothing. */
  slowList: string;
}

export interface Services extends Addresses, Disposable {}

export async function startServices(): Promise<Services> {
  const file = fileURLToPath(new URL('stand-in.ts', import.meta.url));
  const child: ChildProcess = fork(file, { execArgv: ['--import', 'tsx'] });
  const addresses = await new Promise<Addresses>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Addresses));
    child.once('exit', () => reject(new Error('the stand-ins could not be started')));
  });
  return { ...addresses, [Symbol.dispose]: () => void child.kill() };
}
