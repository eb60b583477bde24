/** The ways an answer goes out: whole, in half, not at all, or without an end. */
import type { ServerResponse } from 'node:http';
import type { Answer, Received } from './faults.js';

function encoded({ status, headers, body }: Answer): {
  payload: Buffer;
  head: Record<string, string>;
} {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const type = typeof body !== 'string' ? 'application/json' : contentTypeOf(body);
  const payload = Buffer.from(status === 204 ? '' : text);
  const head = { 'content-type': type, 'content-length': String(payload.length) };
  return { payload, head: { ...head, ...headers } };
}

const contentTypeOf = (text: string) =>
  text.trimStart().startsWith('<') ? 'text/html' : 'text/plain';

export function send(res: ServerResponse, request: Received, answer: Answer): void {
  if (res.destroyed || res.headersSent) return;
  const { payload, head } = encoded(answer);
  request.status = answer.status;
  res.writeHead(answer.status, head);
  res.end(payload);
}

export function cut(res: ServerResponse, request: Received, answer: Answer): void {
  if (res.destroyed) return;
  const { payload, head } = encoded(answer);
  request.status = answer.status;
  res.writeHead(answer.status, head);
  res.write(payload.subarray(0, Math.floor(payload.length / 2)), () => res.destroy());
}

export function reset(res: ServerResponse, scheme: 'http' | 'https'): void {
  // Only a bare TCP socket can send a real RST.
  if (scheme === 'http') res.socket?.resetAndDestroy();
  else res.destroy();
}

/** Chunked and without a length, so that a client has to count for itself; it is valid JSON. */
export async function sendHuge(
  res: ServerResponse,
  request: Received,
  bytes: number,
): Promise<void> {
  request.status = 200;
  res.writeHead(200, { 'content-type': 'application/json' });
  const filler = Buffer.alloc(64 * 1024, 'x');
  res.write('"');
  for (let left = bytes - 2; left > 0 && !res.destroyed; left -= filler.length) {
    const room = res.write(filler.subarray(0, Math.min(left, filler.length)));
    if (room || res.destroyed) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        res.off('drain', go).off('close', go);
        resolve();
      };
      res.on('drain', go).on('close', go);
    });
  }
  res.end('"');
}
