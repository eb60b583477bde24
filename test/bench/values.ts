/** Generated indicators and listed objects. The same number always gives the same one. */
import { createHash } from 'node:crypto';
import { type ObjectKey, typeForKey } from '../../src/indicator/indicator.js';

function valueFor(key: ObjectKey, n: number): string {
  const host = `c2-${n}.bad-actor-${n % 97}.com`;
  switch (key) {
    case 'domain':
      return host;
    case 'ip':
      return `45.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
    case 'url':
      return `${host}/panel/gate.php?id=${n}`;
    case 'senderMailAddress':
      return `sender-${n}@bad-actor-${n % 97}.com`;
    case 'fileSha1':
      return createHash('sha1').update(host).digest('hex');
    case 'fileSha256':
      return createHash('sha256').update(host).digest('hex');
  }
}

/** A row as ThreatQ gives it, with the fields that public examples have. */
export function threatqRow(n: number, types: readonly ObjectKey[]) {
  const kind = n % types.length;
  const key = types[kind] ?? 'domain';
  const time = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  const stamp = time.slice(0, 19).replace('T', ' ');
  return {
    id: n + 1,
    type_id: kind + 1,
    status_id: 1,
    class: 'network',
    value: valueFor(key, n),
    hash: createHash('md5').update(String(n)).digest('hex'),
    score: n % 11,
    created_at: stamp,
    updated_at: stamp,
    touched_at: stamp,
    published_at: stamp,
    type: { id: kind + 1, name: typeForKey(key), class: 'network' },
    status: { id: 1, name: 'Active', description: 'Poses a threat and is being exported.' },
    sources: [{ id: n, name: 'Threat feed', source_type: 'connectors' }],
    tags: ['c2', 'botnet'],
  };
}

/** An object that another system added to the Suspicious Object List. No indicator has its value. */
export function listedObject(key: ObjectKey, n: number) {
  const value = valueFor(key, 1_000_000 + n);
  return {
    type: key,
    [key]: key === 'url' ? `http://${value}` : value,
    description: `Added by the sandbox, report ${n}`,
    scanAction: 'block',
    riskLevel: 'high',
    inExceptionList: false,
    lastModifiedDateTime: '2026-11-01T08:30:00Z',
    expiredDateTime: '2027-01-01T00:00:00Z',
  };
}
