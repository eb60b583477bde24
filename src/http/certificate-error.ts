/** Explains why a certificate was rejected, and what to do about it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface CertificateError {
  /** What is wrong, with the error code. */
  message: string;
  /** What to do about it: whole sentences. */
  advice: string;
}

/** The codes of OpenSSL and Node for certificate errors. A retry cannot help. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)/;

/** @returns undefined if the code is not that of a certificate error */
export function certificateError(
  code: string,
  environment: NodeJS.ProcessEnv,
): CertificateError | undefined {
  if (code === 'CERT_HAS_EXPIRED') {
    return {
      message: `the certificate has expired (${code})`,
      advice: 'Have the certificate renewed, and check the clock of this machine.',
    };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      message: `the certificate is not valid yet (${code})`,
      advice: 'Check the clock of this machine.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return {
      message: `the certificate is for another host name (${code})`,
      advice:
        'Check the configured host name: it must be one that the certificate names, and not an address or an alias.',
    };
  }
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') {
    return {
      message: `the certificate is self-signed and not trusted (${code})`,
      advice: untrustedAdvice(environment, 'the certificate of this service'),
    };
  }
  if (!CERTIFICATE_CODES.test(code)) return undefined;
  return {
    message: `the certificate is not trusted (${code})`,
    advice: untrustedAdvice(
      environment,
      'the certificate authority of this service (or of a proxy that inspects TLS)',
    ),
  };
}

/**
 * Advice on a certificate that is not trusted. It mentions a NODE_EXTRA_CA_CERTS that is wrong.
 * @param missing what must be trusted
 */
function untrustedAdvice(environment: NodeJS.ProcessEnv, missing: string): string {
  const file = environment['NODE_EXTRA_CA_CERTS'];
  const problem = file ? certificateFileProblem(file) : undefined;
  if (problem) {
    return `NODE_EXTRA_CA_CERTS ${problem}: set it to a readable file of PEM certificates, or unset it.`;
  }
  return file
    ? `NODE_EXTRA_CA_CERTS is set, but its file does not contain ${missing}: add it.`
    : `Save ${missing} as a PEM file and name the file in NODE_EXTRA_CA_CERTS.`;
}

function certificateFileProblem(file: string): string | undefined {
  try {
    new X509Certificate(readFileSync(file));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code && /^E[A-Z]+$/.test(code)
      ? `names a file that cannot be read (${code})`
      : 'names a file that contains no PEM certificate';
  }
}
