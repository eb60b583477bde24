/** A list that answers each request after 50 ms, with as little work as possible. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const REQUEST_MS = 50;

/** @returns the URL of the list */
export async function startPlainList(): Promise<string> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      // The objects are flat, so each object except the first follows `},{`.
      const objects = Buffer.concat(chunks).toString('latin1').split('},{').length;
      const body = `[${Array.from({ length: objects }, () => '{"status":201}').join(',')}]`;
      const answer = () => res.writeHead(207, { 'content-type': 'application/json' }).end(body);
      setTimeout(answer, REQUEST_MS);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
