/**
 * A throw-away certificate authority and a server certificate for loopback. Node can read X.509 but
 * not write it, so this needs the `openssl` command; tests without it are skipped with a message.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates {
  /** PEM, for NODE_EXTRA_CA_CERTS or a client's `ca`. */
  ca: string;
  key: string;
  cert: string;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** @param names host names in addition to localhost and 127.0.0.1 @returns undefined without openssl */
export function throwAwayCertificates(
  names: readonly string[] = [],
  loopback = ['DNS:localhost', 'IP:127.0.0.1'],
): Certificates | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-tls-'));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) =>
    spawnSync('openssl', args, { cwd: folder, stdio: 'ignore' }).status === 0;
  try {
    const alternatives = [...loopback, ...names.map((name) => `DNS:${name}`)];
    writeFileSync(file('names.cnf'), `subjectAltName=${alternatives.join(',')}\n`);
    const subject = (name: string) => ['-subj', `/CN=${name}`];
    const done =
      openssl(
        ...['req', '-x509', ...newKey, '-days', '2', ...subject('Sandbox throw-away CA')],
        ...['-keyout', 'ca.key', '-out', 'ca.pem'],
      ) &&
      openssl(
        ...['req', ...newKey, ...subject('localhost')],
        ...['-keyout', 'server.key', '-out', 'server.csr'],
      ) &&
      openssl(
        ...['x509', '-req', '-in', 'server.csr', '-days', '2', '-extfile', 'names.cnf'],
        ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '2', '-out', 'server.pem'],
      );
    if (!done) return undefined;
    const read = (name: string) => readFileSync(file(name), 'utf8');
    return { ca: read('ca.pem'), key: read('server.key'), cert: read('server.pem') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
